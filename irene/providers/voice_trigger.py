"""Contract of voice triggers: engines that hear wake words."""

from __future__ import annotations

import difflib
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from irene.domain.audio import Samples, SampleType
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError
from irene.providers.probing import noise
from irene.providers.provider import OptionsT, Provider
from irene.providers.results import shares


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
    any_phrase: bool = False
    """whether it also takes phrases that it has no model of, given in words"""
    phrase_end_s: tuple[float, float] = (-0.3, 0.5)
    """earliest and latest end of the phrase, in seconds relative to the decision"""
    default_threshold: float = 0.5
    """score at which a wake word counts as heard when the configuration gives no threshold"""


class VoiceTriggerStream(ABC):
    """The state of one listener: fed window by window, returns a score per wake word."""

    @abstractmethod
    def process(self, window: Samples) -> Mapping[str, float]:
        """Take one window and return the current score (0 to 1) of each wake word.

        Args:
            window: shape (`capabilities.window`,) mono in the declared sample type; read-only, and
                valid during the call only.

        An empty mapping says that there is nothing new yet. Anything that is raised makes the next
        provider take over. Calls come one after the other, from one thread at a time.
        """

    @abstractmethod
    def reset(self) -> None:
        """Forget all audio, as after opening."""

    def close(self) -> None:  # noqa: B027 - optional: most streams have nothing to free
        """Free what the engine holds for this stream; called once, also after a failure."""


class VoiceTrigger(Provider[OptionsT]):
    """A loaded wake-word engine; thresholds and refractory time are the framework's."""

    kind: ClassVar[Kind] = Kind.VOICE_TRIGGER
    capabilities: VoiceTriggerCapabilities = VoiceTriggerCapabilities()

    @abstractmethod
    def open_stream(self, wake_words: Sequence[str]) -> VoiceTriggerStream:
        """Start listening for these wake words, as the configuration writes them.

        `word_name` gives the name of each, under which `process` returns its score.

        Raises:
            ConfigurationError: a wake word is not known; the message names the known ones.
        """

    def _probe(self) -> None:
        """Listen to one window of noise for the first wake word that comes with the engine."""
        words = self.available_wake_words()[:1]
        if not words:
            self._warm_up()
            return
        stream = self.open_stream(words)
        try:
            shares(stream.process(noise(self.capabilities.window, self.capabilities.dtype)))
        finally:
            stream.close()

    def available_wake_words(self) -> tuple[str, ...]:
        """Return every wake word that can be asked for, without loading the engine."""
        return self.capabilities.wake_words

    def hears(self, phrase: str) -> bool:
        """Return whether this phrase can be listened for, without loading the engine."""
        return self.word_name(phrase) in self.available_wake_words()

    def check_words(self, wake_words: Sequence[str]) -> None:
        """Say early, without loading the engine, whether these can be listened for.

        The default holds them against `available_wake_words()`, when there are any.

        Raises:
            ConfigurationError: a wake word is not known, as `open_stream` would say.
        """
        if self.available_wake_words():
            self.known_words(wake_words)

    def threshold(self, wake_word: str) -> float:
        """Return the score at which this word counts as heard when nothing else is configured."""
        return self.capabilities.default_threshold

    @staticmethod
    def word_name(phrase: str) -> str:
        """Return the name of a wake word as it is written everywhere: `Hey Jarvis` is `hey_jarvis`.

        Runs of anything but letters and digits become one underscore; case is folded.
        """
        return re.sub(r"[\W_]+", "_", phrase.casefold()).strip("_")

    def known_words(self, wake_words: Sequence[str]) -> tuple[str, ...]:
        """Return the names of these wake words, each once; for use in `open_stream`.

        Raises:
            ConfigurationError: none is given, or one is not known; the message names the nearest
                known one and all of them.
        """
        known = self.available_wake_words()
        names = tuple(dict.fromkeys(self.word_name(phrase) for phrase in wake_words))
        unknown = next((name for name in names if name not in known), None)
        if names and unknown is None:
            return names
        problem = "no wake word is given" if unknown is None else f"unknown wake word {unknown!r}"
        near = difflib.get_close_matches(unknown or "", known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ConfigurationError(
            f"{self.kind} provider {self.name!r}: {problem}; {hint}known: {', '.join(known)}"
        )
