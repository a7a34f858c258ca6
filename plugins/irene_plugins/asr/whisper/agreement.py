"""Which words of a growing utterance can be relied on: those that two decodings agree on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from irene import Word

MARGIN_S = 0.4
"""seconds before the end of the audio in which no word is relied on: what is cut off there is
completed by guessing"""
_AROUND = re.compile(r"^\W+|\W+$")


class LocalAgreement:
    """The words of one growing utterance: a stable part that is never taken back, and the rest.

    A word becomes stable when two decodings that follow each other have it at the same place, all
    words before it are stable too, and it ended `margin_s` before the audio does. Whatever a later
    decoding says of the stable part is ignored; what it says after it is the rest.

    The policy is LocalAgreement-2 of Liu, Spanakis, Niehues 2020, "Low-latency sequence-to-sequence
    speech recognition and translation by partial hypothesis selection"; on Whisper models first in
    Machacek, Dabre, Bojar 2023, "Turning Whisper into real-time transcription system".
    """

    def __init__(self, margin_s: float = MARGIN_S, stable: Sequence[Word] = ()) -> None:
        """`stable` are the words that were promised before."""
        self._margin_s = margin_s
        self._rest: tuple[Word, ...] = ()
        self._stable = tuple(stable)

    @property
    def stable(self) -> tuple[Word, ...]:
        """The words that stay, as they were written when they became stable."""
        return self._stable

    def hear(self, words: Sequence[Word], audio_s: float) -> tuple[Word, ...]:
        """Take a decoding of everything so far; return the stable words and what follows them.

        Args:
            words: with times in seconds from the beginning of the utterance.
            audio_s: how much audio was decoded, in seconds from there.
        """
        rest = self._after_stable(words)
        pairs = takewhile(
            lambda pair: pair[0].text == pair[1].text, zip(self._rest, rest, strict=False)
        )
        agreed = tuple(
            takewhile(
                lambda word: word.end_s <= audio_s - self._margin_s, (new for _, new in pairs)
            )
        )
        self._stable += agreed
        self._rest = rest[len(agreed) :]
        return self._stable + self._rest

    def conclude(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """Return the words of the whole utterance: the stable ones, then those of a last decoding.

        Args:
            words: those of the whole utterance.
        """
        return self._stable + self._after_stable(words)

    def _after_stable(self, words: Sequence[Word]) -> tuple[Word, ...]:
        return tuple(words[n_repeated(self._stable, words) :])


def n_repeated(said: Sequence[Word], words: Sequence[Word]) -> int:
    """Return how many of the first `words` stand for what was `said` before.

    That number for which the fewest words have to be changed, added or left out (Levenshtein
    distance; case and punctuation make no difference); of several, that after which the time is
    nearest to the end of what was said.
    """
    old, new = [_bare(word) for word in said], [_bare(word) for word in words]
    if not old or new[: len(old)] == old:
        return len(old)
    distances = _distances(old, new)
    end_s = said[-1].end_s

    def price(n_words: int) -> tuple[int, float]:
        reached_s = words[n_words - 1].end_s if n_words else 0.0
        return distances[n_words], abs(reached_s - end_s)

    return min(range(len(words) + 1), key=price)


def _distances(old: Sequence[str], new: Sequence[str]) -> list[int]:
    """Return the Levenshtein distance of `old` to each beginning of `new`, the empty one first."""
    row = list(range(len(new) + 1))
    for word in old:
        diagonal, row[0] = row[0], row[0] + 1
        for place, other in enumerate(new, start=1):
            best = min(diagonal + (word != other), row[place] + 1, row[place - 1] + 1)
            diagonal, row[place] = row[place], best
    return row


def _bare(word: Word) -> str:
    return _AROUND.sub("", word.text).lower() or word.text
