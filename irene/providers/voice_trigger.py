"""Contract of voice triggers: engines that hear wake words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from irene.domain.audio import Samples, SampleType
from irene.domain.kinds import Kind
from irene.providers.provider import OptionsT, Provider


@dataclass(frozen=True)
class VoiceTriggerCapabilities:
    """What a voice trigger wants to be fed, and how its decisions lie in time."""

    sample_rates: tuple[int, ...] = (16000,)
    """Hz; the first is preferred"""
    dtype: SampleType = "int16"
    """sample type of the windows"""
    window: int = 1280
    """samples per window; windows follow one another without overlap"""
    wake_words: tuple[str, ...] = ()
    """wake words that come with the engine"""
    phrase_end_s: tuple[float, float] = (-0.3, 0.5)
    """earliest and latest end of the phrase, in seconds relative to the decision"""
    default_threshold: float = 0.5
    """score at which a wake word counts as heard when the configuration gives no threshold"""


class VoiceTriggerStream(ABC):
    """The state of one listener: fed window by window, returns a score per wake word."""

    @abstractmethod
    def process(self, window: Samples) -> Mapping[str, float]:
        """Take one window and return the current score (0 to 1) of each wake word.

        An empty mapping says that there is nothing new yet.
        """

    @abstractmethod
    def reset(self) -> None:
        """Forget all audio, as after opening."""


class VoiceTrigger(Provider[OptionsT]):
    """A loaded wake-word engine; thresholds and refractory time are the framework's."""

    kind: ClassVar[Kind] = Kind.VOICE_TRIGGER
    capabilities: VoiceTriggerCapabilities = VoiceTriggerCapabilities()

    @abstractmethod
    def open_stream(self, wake_words: Sequence[str]) -> VoiceTriggerStream:
        """Start listening for these wake words (names as in `available_wake_words`).

        Raises:
            ConfigurationError: a wake word is not known; the message names the known ones.
        """

    def available_wake_words(self) -> tuple[str, ...]:
        """Return every wake word that can be asked for, without loading the engine."""
        return self.capabilities.wake_words

    def threshold(self, wake_word: str) -> float:
        """Return the score at which this word counts as heard when nothing else is configured."""
        return self.capabilities.default_threshold
