"""Contract of sample rate converters: stateful streams, float32 in and out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from irene.domain.audio import ResampleQuality, Samples
from irene.domain.kinds import Kind
from irene.providers.provider import OptionsT, Provider


class ResampleStream(ABC):
    """The state of one conversion: for any chunking, the outputs join to the one-shot result.

    Output sample k belongs to input time k / target rate: the filter's delay is compensated, so a
    stream only holds samples back, it never shifts them.
    """

    @abstractmethod
    def process(self, samples: Samples) -> Samples:
        """Take float32 samples, shape (n,) or (n, channels); return what is ready, maybe none.

        The samples are valid during the call only, and belong to the caller.
        """

    @abstractmethod
    def flush(self) -> Samples:
        """Return the samples that were held back; the stream is over after this."""

    def close(self) -> None:  # noqa: B027 - optional: most streams have nothing to free
        """Free what the engine holds for this stream; called once, also after a failure."""


class Resampler(Provider[OptionsT]):
    """A sample rate converter."""

    kind: ClassVar[Kind] = Kind.RESAMPLING

    @abstractmethod
    def open_stream(
        self, source_rate: int, target_rate: int, channels: int, quality: ResampleQuality
    ) -> ResampleStream:
        """Start converting one stream; rates in Hz."""
