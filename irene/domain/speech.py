"""What is heard: wake words, recognised words and hypotheses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word with its place in time."""

    text: str
    start_s: float
    """seconds, on the time axis of the hypothesis that holds the word"""
    end_s: float
    """seconds, on the same axis"""
    confidence: float | None = None
    """0 to 1; None where the engine gives none"""

    def shifted(self, offset_s: float) -> Word:
        """Return the word on a time axis that starts `offset_s` seconds earlier."""
        return replace(self, start_s=self.start_s + offset_s, end_s=self.end_s + offset_s)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a recogniser believes was said: partial while it listens, final at the end."""

    text: str
    is_final: bool
    words: tuple[Word, ...] = ()
    """with times in seconds since the first sample that the recogniser was given"""
    language: str | None = None
    """BCP 47 tag, such as `en`"""
    confidence: float | None = None
    """0 to 1; None where the engine gives none"""
    in_grammar: bool | None = None
    """whether what was said is a sentence of the request's grammar; None without a grammar, or
    where the engine cannot tell"""
    stable: int = 0
    """of a partial hypothesis: characters at the start of `text` with which every later hypothesis
    of this stream begins as well, the final one included"""


@dataclass(frozen=True, slots=True)
class WakeWordDetection:
    """A wake word that crossed its threshold."""

    wake_word: str
    """normalised name, such as `hey_jarvis`"""
    score: float
    """0 to 1"""
    time_s: float
    """audio time of the decision"""
    provider: str
    """name of the provider that heard it"""
    phrase_end_s: tuple[float, float] = field(default=(0.0, 0.0))
    """earliest and latest audio time at which the phrase may have ended"""
