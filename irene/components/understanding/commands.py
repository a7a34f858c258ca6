"""Several commands in one breath: "turn on the light and set a timer for five minutes".

Who writes, and a recogniser that sets commas, need no "and".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from irene.domain.intents import Intent
from irene.domain.languages import primary_language

CONJUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "en": ("and then", "and also", "and", "then"),
    "de": ("und dann", "und danach", "und", "dann", "danach"),
}
"""what stands between two commands, by language; longer ones first"""

_MARKS = ",.;!?"
"""behind the last word of a command, where it is written"""
_MOST_COMMANDS = 5
_MOST_JOINTS = 12
"""conjunctions that are looked at: a list of shopping may hold many"""


def conjunctions_of(language: str) -> tuple[str, ...]:
    """Return what joins commands in a language; nothing where that is not known."""
    return CONJUNCTIONS.get(primary_language(language), ())


def split_commands(
    text: str, language: str, understand: Callable[[str], Intent | None]
) -> list[Intent]:
    """Return the intents of commands that are joined; none unless each is understood.

    The first command takes as many words as it can: "add milk and bread and stop" are two
    commands when there is a list to add to. But what is said in a slot is no command of the same
    kind: "set a timer for five minutes and set a timer for ten minutes" are two timers, not one
    with a strange name.
    """
    splitting = _Splitting(conjunctions_of(language), cache(understand))
    return splitting.split(text.split(), _MOST_COMMANDS) or []


@dataclass(frozen=True)
class _Splitting:
    """How one text is cut into commands."""

    conjunctions: Sequence[str]
    """what may stand between them"""
    understand: Callable[[str], Intent | None]
    """returns what one command means"""

    def split(self, words: Sequence[str], most: int) -> list[Intent] | None:
        """Return the intents of all words, so many at most; None when a part is no command."""
        whole = self.understand(_text(words))
        joints = _joints(words, self.conjunctions)
        open_slots = set() if whole is None else _with_joints(whole, words, joints)
        if most == 1 or (whole is not None and not open_slots):
            return _alone(whole)
        for start, end in reversed(joints[:_MOST_JOINTS]):
            found = self._both(words[:start], words[end:], most, is_whole=whole is not None)
            if found is None:
                continue
            if whole is None or all(_says_as_much(one, whole, open_slots) for one in found):
                return found
        return _alone(whole)

    def _both(
        self, first: Sequence[str], rest: Sequence[str], most: int, is_whole: bool
    ) -> list[Intent] | None:
        """Return the intents on both sides of a conjunction; None when one side has none."""
        if self.understand(_text(first)) is None:
            return None
        if is_whole and self.understand(_text(rest)) is None:
            return None  # a long list of shopping is not searched for commands
        before = self.split(first, most - 1) or []
        after = self.split(rest, most - len(before))
        return None if after is None else [*before, *after]


def _alone(intent: Intent | None) -> list[Intent] | None:
    return None if intent is None else [intent]


def _with_joints(
    intent: Intent, words: Sequence[str], joints: Sequence[tuple[int, int]]
) -> set[str]:
    """Return the names of slots that hold words on both sides of a joint."""
    joined = [_spaced(words[start - 1 : end + 1]) for start, end in joints]
    texts = {name: _spaced(str(value).split()) for name, value in intent.slots.items()}
    return {name for name, text in texts.items() if any(one in text for one in joined)}


def _spaced(words: Sequence[str]) -> str:
    """Return words as a text that is a part of another only where whole words are."""
    return f" {' '.join(_heads(words))} "


def _says_as_much(part: Intent, whole: Intent, open_slots: set[str]) -> bool:
    """Return whether a part is a command of the same kind, and whole by itself.

    "Remind me to call mum and remind me to feed the cat at eight" has one time for both.
    """
    is_whole = bool(part.slots.keys() - open_slots) or not whole.slots.keys() - open_slots
    return part.name == whole.name and is_whole


def _text(words: Sequence[str]) -> str:
    """Return the words of one command, without what stood between it and the next."""
    return " ".join(words).strip(f" {_MARKS}")


def _joints(words: Sequence[str], conjunctions: Sequence[str]) -> list[tuple[int, int]]:
    """Return begin and end of each conjunction that has words on both sides.

    A comma or the end of a sentence joins as well: it lies between two words and takes none.
    """
    heads = _heads(words)
    found = []
    for start in range(1, len(words)):
        n_words = _n_words(heads[start:], conjunctions)
        if start + n_words < len(words) and (n_words or words[start - 1][-1] in _MARKS):
            found.append((start, start + n_words))
    return found


def _heads(words: Sequence[str]) -> list[str]:
    """Return words as they are compared: in small letters, without what is written behind them."""
    return [word.strip(_MARKS).casefold() for word in words]


def _n_words(heads: Sequence[str], conjunctions: Sequence[str]) -> int:
    """Return how many words the conjunction has that words begin with; 0 without any."""
    for conjunction in conjunctions:
        parts = conjunction.split()
        if heads[: len(parts)] == parts:
            return len(parts)
    return 0
