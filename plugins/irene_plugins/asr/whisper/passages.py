"""What an engine for Whisper models heard in a window of audio."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from irene import Word

RATE = 16000
"""Hz of all audio that Whisper models take"""
LONGEST_WINDOW_S = 30.0
"""seconds of audio that a Whisper model sees at a time"""
_TOKENS_TO_BEGIN = 16
_TOKENS_PER_S = 25
"""twice what fast speakers need, in languages whose words take several tokens"""
_WRITTEN_WITHOUT_SPACES = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
"""languages whose words the engines do not separate, as openai-whisper's tokenizer has them"""


@dataclass(frozen=True)
class Passage:
    """What an engine heard in one window, or in several that follow each other."""

    text: str = ""
    """without space around it"""
    words: tuple[Word, ...] = ()
    """with times in seconds from the first sample of the window; empty unless asked for"""
    language: str | None = None
    """code of Whisper"""
    log_probability: float = 0.0
    """mean natural logarithm of the probabilities of the tokens"""
    no_speech: float = 0.0
    """probability that nobody speaks, 0 to 1"""
    temperature: float = 0.0
    """at which the tokens were drawn; 0: always the likeliest"""

    @cached_property
    def confidence(self) -> float:
        """Geometric mean of the probabilities of the tokens, 0 to 1."""
        return min(1.0, math.exp(self.log_probability))

    def shifted(self, offset_s: float) -> Passage:
        """Return the passage on a time axis that starts `offset_s` seconds earlier."""
        return replace(self, words=tuple(word.shifted(offset_s) for word in self.words))

    def ended(self, end_s: float) -> Passage:
        """Return the passage with no word beyond its end: engines look for words in all of 30 s."""
        words = (
            replace(word, start_s=min(word.start_s, end_s), end_s=min(word.end_s, end_s))
            for word in self.words
        )
        return replace(self, words=tuple(words))


def most_tokens(n_samples: int) -> int:
    """Return how many tokens may be written of so much audio: an invention has no end."""
    return _TOKENS_TO_BEGIN + round(_TOKENS_PER_S * n_samples / RATE)


def timed_words(entries: Iterable[Mapping[str, Any]], duration_s: float) -> tuple[Word, ...]:
    """Return the words of a window of so many seconds, in it; what is no word is left out.

    `entries` are as both engines give them: with `word`, `start` and `end` in seconds, and
    `probability`.
    """
    words = []
    for entry in entries:
        start_s = min(float(entry["start"]), duration_s)
        end_s = min(max(start_s, float(entry["end"])), duration_s)
        word = str(entry["word"]).strip()
        if word:
            words.append(Word(word, start_s, end_s, float(entry["probability"])))
    return tuple(words)


def between_words(language: str | None) -> str:
    """Return what stands between the words of a language, given by its code of Whisper."""
    return "" if language in _WRITTEN_WITHOUT_SPACES else " "


def joined(passages: Sequence[Passage]) -> Passage:
    """Return passages that follow each other as one; those without text are left out.

    The language is that in which most was said, by characters; figures are means weighted by them.
    """
    heard = [passage for passage in passages if passage.text]
    if len(heard) < 2:
        return (heard or list(passages) or [Passage()])[0]
    weights = [len(passage.text) for passage in heard]
    shares: dict[str | None, int] = {}
    for passage, weight in zip(heard, weights, strict=True):
        shares[passage.language] = shares.get(passage.language, 0) + weight
    language = max(shares, key=lambda one: shares[one])
    between = between_words(language)

    def mean(values: Sequence[float]) -> float:
        pairs = zip(values, weights, strict=True)
        return sum(value * weight for value, weight in pairs) / sum(weights)

    return Passage(
        between.join(passage.text for passage in heard),
        tuple(word for passage in heard for word in passage.words),
        language,
        mean([passage.log_probability for passage in heard]),
        mean([passage.no_speech for passage in heard]),
        max(passage.temperature for passage in heard),
    )
