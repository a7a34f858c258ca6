"""Isolated sample rate converters."""

from __future__ import annotations

from typing import Any

from irene.components.isolation.lane_lease import LaneLease
from irene.components.isolation.proxy import IsolatedProvider
from irene.domain.audio import ResampleQuality, Samples
from irene.providers.resampling import Resampler, ResampleStream


class IsolatedResampler(IsolatedProvider, Resampler[Any]):
    """A sample rate converter in workers."""

    _original: Resampler[Any]

    @property
    def linear(self) -> bool:  # type: ignore[override] # see `IsolatedProvider`
        """Whether twice the input gives exactly twice the output."""
        return self._original.linear

    def open_stream(
        self, source_rate: int, target_rate: int, channels: int, quality: ResampleQuality
    ) -> ResampleStream:
        """Start converting in the worker that has least to do."""
        return _Conversion(self.pool.open_stream(source_rate, target_rate, channels, quality))

    def convert(
        self, samples: Samples, source_rate: int, target_rate: int, quality: ResampleQuality
    ) -> Samples:
        """Have a whole clip converted, in one call."""
        with self.pool.lease() as lease:
            converted: Samples = lease.provider(
                "convert", source_rate, target_rate, quality, audio=(samples,)
            )
            return converted


class _Conversion(ResampleStream):
    def __init__(self, lease: LaneLease) -> None:
        self._lease = lease

    def process(self, samples: Samples) -> Samples:
        ready: Samples = self._lease.stream("process", audio=(samples,))
        return ready

    def flush(self) -> Samples:
        rest: Samples = self._lease.stream("flush")
        return rest

    def close(self) -> None:
        self._lease.end_stream()
