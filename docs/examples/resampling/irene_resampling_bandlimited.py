"""A sample rate converter that filters with a windowed sinc, in numpy alone."""

from __future__ import annotations

from math import gcd

import numpy as np

from irene import (
    NoOptions,
    ResampleQuality,
    Resampler,
    ResampleStream,
    Samples,
    converted_length,
    hookimpl,
)

_ZEROS = {ResampleQuality.LQ: 8, ResampleQuality.MQ: 16, ResampleQuality.HQ: 32}
"""zero crossings of the sinc on each side"""


class BandlimitedResampler(Resampler[NoOptions]):
    """Computes every output sample from its neighbours: J. O. Smith, "Digital audio resampling"."""

    name = "bandlimited"
    summary = "windowed sinc in numpy"

    def open_stream(
        self, source_rate: int, target_rate: int, channels: int, quality: ResampleQuality
    ) -> ResampleStream:
        """Start converting one stream; rates in Hz."""
        return BandlimitedStream(source_rate, target_rate, channels, _ZEROS.get(quality, 64))


class BandlimitedStream(ResampleStream):
    """The samples of one stream that are still needed, and how many have come and gone."""

    def __init__(self, source_rate: int, target_rate: int, channels: int, zeros: int) -> None:
        divisor = gcd(source_rate, target_rate)
        self._step, self._phases = source_rate // divisor, target_rate // divisor
        self._half = -(-zeros * max(source_rate, target_rate) // target_rate)
        self._taps = _taps(self._phases, self._half, min(1.0, target_rate / source_rate))
        shape = (self._half,) if channels == 1 else (self._half, channels)
        self._kept = np.zeros(shape, np.float32)
        self._first = -self._half
        self._n_received = self._n_returned = 0

    def process(self, samples: Samples) -> Samples:
        """Take float32 samples; return what has all of its neighbours."""
        self._n_received += len(samples)
        self._kept = np.concatenate([self._kept, samples])
        # The last neighbour of output k is sample k * step // phases + half.
        end = -(-(self._n_received - self._half) * self._phases // self._step)
        return self._outputs(max(self._n_returned, end))

    def flush(self) -> Samples:
        """Return the rest; there is silence behind it."""
        end = np.zeros((self._half + 1, *self._kept.shape[1:]), np.float32)
        self._kept = np.concatenate([self._kept, end])
        return self._outputs(converted_length(self._n_received, self._step, self._phases))

    def _outputs(self, end: int) -> Samples:
        left, phase = np.divmod(np.arange(self._n_returned, end) * self._step, self._phases)
        neighbours = left[:, None] - self._half + 1 + np.arange(2 * self._half) - self._first
        weights = self._taps[phase]
        found = self._kept[neighbours]
        product = found * (weights if found.ndim == 2 else weights[:, :, None])
        self._n_returned = end
        needed = max(self._first, end * self._step // self._phases - self._half)
        self._kept, self._first = self._kept[needed - self._first :].copy(), needed
        return product.sum(axis=1, dtype=np.float32)


def _taps(phases: int, half: int, cutoff: float) -> Samples:
    """Return the weights of 2 * half neighbours for each phase between two samples."""
    places = np.arange(2 * half)[None, :] - (half - 1) - np.arange(phases)[:, None] / phases
    window = np.cos(np.pi * np.clip(places / half, -1, 1) / 2) ** 2
    taps = np.sinc(0.95 * cutoff * places) * window
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), dtype=np.float32)


@hookimpl
def irene_resamplers() -> list[type[BandlimitedResampler]]:
    """Offer the converter."""
    return [BandlimitedResampler]
