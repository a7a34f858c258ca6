"""Contract of voice activity detectors: speech probability per window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from irene.domain.audio import Samples, SampleType
from irene.domain.kinds import Kind
from irene.providers.probing import noise
from irene.providers.provider import OptionsT, Provider
from irene.providers.results import share


@dataclass(frozen=True)
class VadCapabilities:
    """What a VAD wants to be fed."""

    sample_rates: tuple[int, ...] = (16000,)
    """Hz; the first is preferred"""
    dtype: SampleType = "float32"
    """sample type of the windows"""
    window: int = 512
    """samples per window; windows follow one another without overlap"""


class VadStream(ABC):
    """The state of one listener: fed window by window."""

    @abstractmethod
    def process(self, window: Samples) -> float:
        """Take one window and return the probability (0 to 1) that it holds speech.

        Args:
            window: shape (`capabilities.window`,) mono in the declared sample type; read-only, and
                valid during the call only.

        Anything that is raised makes the next provider take over. Calls come one after the other,
        from one thread at a time.
        """

    @abstractmethod
    def reset(self) -> None:
        """Forget all audio, as after opening."""

    def close(self) -> None:  # noqa: B027 - optional: most streams have nothing to free
        """Free what the engine holds for this stream; called once, also after a failure."""


class Vad(Provider[OptionsT]):
    """A loaded voice activity detector."""

    kind: ClassVar[Kind] = Kind.VAD
    capabilities: VadCapabilities = VadCapabilities()

    @abstractmethod
    def open_stream(self) -> VadStream:
        """Start on a new stream of audio."""

    def _probe(self) -> None:
        """Judge one window of noise."""
        stream = self.open_stream()
        try:
            share(stream.process(noise(self.capabilities.window, self.capabilities.dtype)))
        finally:
            stream.close()
