"""Sample rate conversion by drawing straight lines between samples: no filter, no dependency."""

from __future__ import annotations

import numpy as np

from irene import (
    Licence,
    NoOptions,
    ProviderFailedError,
    ResampleQuality,
    Resampler,
    ResampleStream,
    Samples,
    converted_length,
    hookimpl,
)


class LinearStream(ResampleStream):
    """One conversion by linear interpolation: no chunking changes a bit of the joined result.

    Positions are computed in integers, so nothing drifts however long the stream is. A sample is
    held back until its right-hand neighbour has come: one source sample of delay.
    """

    def __init__(self, source_rate: int, target_rate: int, channels: int) -> None:
        self._source_rate = source_rate
        self._target_rate = target_rate
        self._kept: Samples = np.empty((0,) if channels == 1 else (0, channels), np.float32)
        self._kept_start = 0
        self._n_done = 0

    def process(self, samples: Samples) -> Samples:
        """Take float32 samples, shape (n,) or (n, channels); return what is ready, maybe none."""
        self._kept = np.concatenate([self._kept, samples])
        n_received = self._kept_start + len(self._kept)
        n_with_neighbour = -(-(n_received - 1) * self._target_rate // self._source_rate)
        return self._interpolate_until(
            max(self._n_done, min(n_with_neighbour, self._n_outputs(n_received)))
        )

    def flush(self) -> Samples:
        """Return what was held back: n samples have become floor(n * target / source + 1/2).

        Beyond the last source sample its value is held.
        """
        n_received = self._kept_start + len(self._kept)
        self._kept = np.concatenate([self._kept, self._kept[-1:]])
        return self._interpolate_until(self._n_outputs(n_received))

    def _n_outputs(self, n_received: int) -> int:
        """Return how many samples a stream of this length becomes, half a sample rounded up."""
        return converted_length(n_received, self._source_rate, self._target_rate)

    def _interpolate_until(self, end: int) -> Samples:
        """Compute output samples up to number `end` and forget the input they no longer need."""
        left, remainder = np.divmod(
            np.arange(self._n_done, end) * self._source_rate, self._target_rate
        )
        left -= self._kept_start
        weight = (remainder / self._target_rate).astype(np.float32)
        weight = weight.reshape(-1, *[1] * (self._kept.ndim - 1))
        first, second = self._kept[left], self._kept[left + 1]
        converted: Samples = first + (second - first) * weight
        self._n_done = end
        self._forget(end * self._source_rate // self._target_rate)
        return converted

    def _forget(self, position: int) -> None:
        """Drop source samples before `position`, but never the newest one: `flush` holds it."""
        n_old = max(0, min(position - self._kept_start, len(self._kept) - 1))
        self._kept = self._kept[n_old:]
        self._kept_start += n_old


class LinearResampler(Resampler[NoOptions]):
    """Linear interpolation in numpy, whatever quality is asked for.

    There is no low-pass filter: from 48 to 16 kHz a 10 kHz tone comes back at 6 kHz as loud as it
    was (0 dB, where soxr is below -100 dB), which disturbs wake words and recognition. On a stream
    it takes more than twice the work of soxr, too. Use it where the input holds nothing above half
    the target rate, or to see what a filter is good for.
    """

    name = "linear"
    summary = "linear interpolation, lets aliases through: for tests and band-limited input"
    licence = Licence("Apache-2.0")
    linear = True

    def open_stream(
        self, source_rate: int, target_rate: int, channels: int, quality: ResampleQuality
    ) -> ResampleStream:
        """Start converting one stream; rates in Hz, `quality` has no effect.

        Raises:
            ProviderFailedError: a rate or the channel count is below 1.
        """
        if min(source_rate, target_rate, channels) < 1:
            raise ProviderFailedError(
                f"linear cannot convert {channels} channel(s) from {source_rate} to"
                f" {target_rate} Hz: all three must be at least 1"
            )
        return LinearStream(source_rate, target_rate, channels)


@hookimpl
def irene_resamplers() -> list[type[LinearResampler]]:
    """Offer linear interpolation."""
    return [LinearResampler]
