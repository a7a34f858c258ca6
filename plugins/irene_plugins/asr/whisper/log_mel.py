"""The spectrogram that Whisper models hear, computed once per hop of a sliding window."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from irene import EncoderCache, Samples

Spectrogram = npt.NDArray[np.float32]

N_SAMPLES = 480_000
"""samples of the window that models see: 30 s at 16 kHz"""
_FRAME = 400
"""samples of a frame: 25 ms, under a Hann window"""
_STEP = 160
"""samples between two frames: 10 ms"""
_FRAMES_PER_HOP = 10
_HOP = _STEP * _FRAMES_PER_HOP
_BLOCK = _FRAME + _STEP * (_FRAMES_PER_HOP - 1)
"""samples that the frames of one hop are made of"""
_FLOOR = 1e-10
"""least power of a band"""
_RANGE = 8.0
"""the loudest band of the window reaches so many decades above the quietest that is told apart"""
_KEPT = 64
"""hops that are kept: 6.4 s, which is more than a window that slides"""


class LogMel:
    """Computes log-mel spectrograms of windows of up to 30 s; any thread may ask.

    As openai-whisper does (Radford et al., "Robust Speech Recognition via Large-Scale Weak
    Supervision", 2022): power of a short-time Fourier transform in mel bands, decimal logarithm, at
    most eight decades below the loudest band of the window. Up to that last step each hop of 100 ms
    depends on nothing but its own samples, so windows that overlap share it, exactly; only the
    step itself is taken for each window. What is silence behind the audio is not computed at all.
    """

    def __init__(self, filters: npt.NDArray[np.float32]) -> None:
        """`filters` are those of the model, shape (bands, 201)."""
        self._filters = np.ascontiguousarray(filters.T, np.float32)
        angles = 2 * np.pi * np.arange(_FRAME) / _FRAME
        self._window = (0.5 - 0.5 * np.cos(angles)).astype(np.float32)
        self.hops: EncoderCache[Spectrogram] = EncoderCache(_KEPT)
        """what was computed lately, by the content of the samples"""

    def of(self, samples: Samples) -> Spectrogram:
        """Return the spectrogram of a window that is padded with silence to 30 s.

        Args:
            samples: float32 from -1 to 1 at 16 kHz, shape (n,), at most 480 000.

        Returns:
            shape (bands, 3000), as the encoder takes it.
        """
        padded = _padded(samples)
        n_frames = N_SAMPLES // _STEP
        found = np.full((n_frames, self._filters.shape[1]), np.log10(_FLOOR), np.float32)
        n_blocks = min(n_frames // _FRAMES_PER_HOP, (len(samples) + _FRAME) // _HOP + 1)
        for number in range(n_blocks):
            block = padded[number * _HOP : number * _HOP + _BLOCK]
            first = number * _FRAMES_PER_HOP
            found[first : first + _FRAMES_PER_HOP] = self._hop(block)
        clamped = np.maximum(found, found.max() - _RANGE)
        return cast("Spectrogram", np.ascontiguousarray(((clamped + 4.0) / 4.0).T))

    def _hop(self, block: Samples) -> Spectrogram:
        return self.hops.encoded(self.hops.precompute_hash(block), lambda: self._computed(block))

    def _computed(self, block: Samples) -> Spectrogram:
        """Return the decimal logarithms of a hop's bands, shape (10, bands)."""
        frames = np.lib.stride_tricks.sliding_window_view(block, _FRAME)[::_STEP]
        spectrum: npt.NDArray[Any] = np.fft.rfft(frames * self._window, axis=1)
        power = (np.square(spectrum.real) + np.square(spectrum.imag)).astype(np.float32)
        bands = np.maximum(power @ self._filters, np.float32(_FLOOR))
        return cast("Spectrogram", np.log10(bands))


def _padded(samples: Samples) -> Samples:
    """Return 30 s, mirrored by half a frame at both ends, as the transform wants it."""
    half = _FRAME // 2
    padded = np.zeros(N_SAMPLES + _FRAME, np.float32)
    padded[half : half + len(samples)] = samples
    padded[:half] = padded[_FRAME:half:-1]
    padded[-half:] = padded[-half - 2 : -_FRAME - 2 : -1]
    return padded
