"""Contract of sample rate converters: stateful streams, float32 in and out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import closing
from functools import cached_property
from typing import ClassVar

import numpy as np

from irene.domain.audio import ResampleQuality, Samples
from irene.domain.kinds import Kind
from irene.errors import ProviderFailedError
from irene.providers.probing import noise
from irene.providers.provider import OptionsT, Provider


def converted_length(n_samples: int, source_rate: int, target_rate: int) -> int:
    """Return how many samples a stream or clip of this length becomes; rates in Hz.

    That is n * target rate / source rate, rounded to nearest, and half a sample upwards.
    """
    return (2 * n_samples * target_rate + source_rate) // (2 * source_rate)


class ResampleStream(ABC):
    """The state of one conversion: for any chunking, the outputs join to the one-shot result.

    Output sample k belongs to input time k / target rate: the filter's delay is compensated, so a
    stream only holds samples back, it never shifts them.
    """

    wanted: int = 1
    """How many more samples `process` needs until it can return any. Whoever listens live collects
    so many before the next call, so it must never be too high; it stays 1 where nobody knows."""
    distance: int = 0
    """Samples of input from one output to the next, where output always comes in equal distances; 0
    where nobody knows. Whoever waits for more than one output collects for all of them."""

    @abstractmethod
    def process(self, samples: Samples) -> Samples:
        """Take float32 samples, shape (n,) or (n, channels); return what is ready, maybe none.

        The samples are valid during the call only, and belong to the caller. Full scale is 1, or
        32768 where the class of the resampler is `linear`.
        """

    @abstractmethod
    def flush(self) -> Samples:
        """Return the samples that were held back; the stream is over after this."""

    def close(self) -> None:  # noqa: B027 - optional: most streams have nothing to free
        """Free what the engine holds for this stream; called once, also after a failure."""


class Resampler(Provider[OptionsT]):
    """A sample rate converter: n samples become floor(n * target rate / source rate + 1/2).

    Channels are converted as if each were alone.
    """

    kind: ClassVar[Kind] = Kind.RESAMPLING
    linear: ClassVar[bool] = False
    """Whether twice the input gives exactly twice the output at any level: streams and `convert`
    are then given integers as floats of their own range, which spares two passes over the samples.
    """

    @cached_property
    def identity(self) -> str:
        """What decides, besides the clip, what a conversion is: name, version and options."""
        return f"{self.name} {self.version} {self.options!r}"

    @abstractmethod
    def open_stream(
        self, source_rate: int, target_rate: int, channels: int, quality: ResampleQuality
    ) -> ResampleStream:
        """Start converting one stream; rates in Hz."""

    def _probe(self) -> None:
        """Convert 10 ms of noise."""
        made = self.convert(noise(480, "float32"), 48000, 16000, ResampleQuality.MQ)
        if made.shape != (160,) or not np.isfinite(made).all():
            raise ProviderFailedError("it did not convert 480 samples to 160")

    def convert(
        self, samples: Samples, source_rate: int, target_rate: int, quality: ResampleQuality
    ) -> Samples:
        """Return a whole clip at another rate: bit for bit what a stream makes of it.

        Override it where the engine has a faster way to the same samples.

        Args:
            samples: float32, shape (n,) or (n, channels); left as they are. Full scale is 1, or
                any power of two where the class is `linear`.
            source_rate: Hz.
            target_rate: Hz.
            quality: how carefully.
        """
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        with closing(self.open_stream(source_rate, target_rate, channels, quality)) as stream:
            ready = stream.process(samples)
            return np.concatenate([ready, stream.flush()])
