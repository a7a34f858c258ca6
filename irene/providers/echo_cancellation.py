"""Contract of echo cancellers: engines that take the assistant's voice out of the microphone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.providers.provider import OptionsT, Provider


@dataclass(frozen=True)
class EchoCancellerCapabilities:
    """What an echo canceller wants to be fed."""

    sample_rates: tuple[int, ...] = ()
    """Hz, of microphone and loudspeaker alike; empty when any rate is taken"""


class EchoCancellerStream(ABC):
    """The state of one microphone and one loudspeaker: the room between them, learnt as it goes."""

    @abstractmethod
    def process(self, captured: Samples, played: Samples) -> Samples:
        """Return what the microphone captured without the echo of what is played.

        Args:
            captured: int16 mono, 10 ms at the rate of the stream; read-only.
            played: the same shape and type. It was given to the loudspeaker before its echo is
                captured, by a time that is constant while an answer is played: at most half a
                second, which the engine has to find out.

        Returns int16 mono of the same shape. Calls come one after the other, from one thread. There
        are none while nothing is played: what is captured then has no echo.
        """

    def close(self) -> None:  # noqa: B027 - optional: most streams have nothing to free
        """Free what the engine holds for this stream; called once, also after a failure."""


class EchoCanceller(Provider[OptionsT]):
    """An engine that learns the way from the loudspeaker to the microphone."""

    kind: ClassVar[Kind] = Kind.ECHO_CANCELLATION
    capabilities: EchoCancellerCapabilities = EchoCancellerCapabilities()

    @abstractmethod
    def open_stream(self, sample_rate: int) -> EchoCancellerStream:
        """Start on a microphone of this rate (Hz); one of `capabilities.sample_rates`."""
