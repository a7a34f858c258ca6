"""Mel cepstra as Kaldi computes them, with a bent frequency axis for other vocal tracts."""

from __future__ import annotations

from functools import cache

import numpy as np

RATE = 16000
"""Hz"""
SHIFT, WINDOW = 160, 400
"""samples from frame to frame, and in one frame"""
N_CEPSTRA = 20
_N_FFT = 512
_N_MELS = 40
_LOW_HZ, _HIGH_HZ = 20.0, 7600.0
_KNEE_HZ = 6000.0
"""above this, frequencies are bent back, so that no filter leaves the spectrum"""
_LIFTER = 22
_FLOOR = np.float32(1.1920929e-07)
CONFIGURATION = (
    "--use-energy=false",
    f"--sample-frequency={RATE}",
    f"--num-mel-bins={_N_MELS}",
    f"--num-ceps={N_CEPSTRA}",
    f"--low-freq={_LOW_HZ:.0f}",
    f"--high-freq={_HIGH_HZ:.0f}",
    "--dither=0",
)
"""the same for Kaldi: the lines of mfcc.conf"""


def cepstra(samples: np.ndarray, warp: float = 1.0) -> np.ndarray:
    """Return float32 cepstra, shape (frames, 20), of samples on the int16 scale.

    Args:
        samples: shape (n,), at least one window of them.
        warp: factor of the frequencies at which the filters stand; above 1 for smaller heads.
    """
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), WINDOW)[::SHIFT]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    spectrum = np.fft.rfft((frames - 0.97 * before) * _povey(), _N_FFT)
    power = np.square(np.abs(spectrum[:, : _N_FFT // 2]))
    mels = np.log(np.maximum(power @ _filters(round(warp, 3)).T, _FLOOR))
    return (mels @ _cosines().T).astype(np.float32)


@cache
def _povey() -> np.ndarray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / (WINDOW - 1))) ** 0.85


def _mel(hertz: np.ndarray | float) -> np.ndarray:
    return 1127.0 * np.log1p(np.asarray(hertz) / 700.0)


@cache
def _filters(warp: float) -> np.ndarray:
    """Return triangles in mel, shape (mels, bins of the spectrum)."""
    edges = np.linspace(_mel(_LOW_HZ), _mel(_HIGH_HZ), _N_MELS + 2)
    bins = _mel(_bent(np.arange(_N_FFT // 2) * RATE / _N_FFT, warp))
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - left) / (centre - left), (right - bins) / (right - centre)
    return np.maximum(np.minimum(rising, falling), 0.0)


def _bent(hertz: np.ndarray, warp: float) -> np.ndarray:
    """Return frequencies divided by a factor, above the knee less and less up to the highest."""
    knee, top = _KNEE_HZ * min(1.0, warp), RATE / 2
    return np.interp(hertz, (0.0, knee, top), (0.0, knee / warp, top))


@cache
def _cosines() -> np.ndarray:
    """Return the orthonormal DCT-II with the lifter in it, shape (cepstra, mels)."""
    order, band = np.arange(N_CEPSTRA)[:, None], np.arange(_N_MELS)[None, :]
    table = np.sqrt(2 / _N_MELS) * np.cos(np.pi / _N_MELS * (band + 0.5) * order)
    table[0] = np.sqrt(1 / _N_MELS)
    return table * (1 + _LIFTER / 2 * np.sin(np.pi * order / _LIFTER))
