"""Several commands in one breath: "turn on the light and set a timer for five minutes"."""

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

_MOST_COMMANDS = 5
_MOST_JOINTS = 12
"""conjunctions that are looked at: a list of shopping may hold many"""


def conjunctions_of(language: str) -> tuple[str, ...]:
    """Return what joins commands in a language; nothing where that is not known."""
    return CONJUNCTIONS.get(primary_language(language), ())


def split_commands(
    text: str, language: str, understand: Callable[[str], Intent | None]
) -> list[Intent]:
    """Return the intents of commands that a conjunction joins; none unless each is understood.

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
        open_slots = set() if whole is None else _with_joints(whole, self.conjunctions)
        if most == 1 or (whole is not None and not open_slots):
            return _alone(whole)
        for start, end in reversed(_joints(words, self.conjunctions)[:_MOST_JOINTS]):
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


def _with_joints(intent: Intent, conjunctions: Sequence[str]) -> set[str]:
    """Return the names of slots that hold words on both sides of a conjunction."""
    texts = {name: str(value).split() for name, value in intent.slots.items()}
    return {name for name, words in texts.items() if _joints(words, conjunctions)}


def _says_as_much(part: Intent, whole: Intent, open_slots: set[str]) -> bool:
    """Return whether a part is a command of the same kind, and whole by itself.

    "Remind me to call mum and remind me to feed the cat at eight" has one time for both.
    """
    is_whole = bool(part.slots.keys() - open_slots) or not whole.slots.keys() - open_slots
    return part.name == whole.name and is_whole


def _text(words: Sequence[str]) -> str:
    """Return the words of one command, without what stood between it and the next."""
    return " ".join(words).strip(" ,;")


def _joints(words: Sequence[str], conjunctions: Sequence[str]) -> list[tuple[int, int]]:
    """Return begin and end of each conjunction that has words on both sides."""
    heads = [word.strip(",.;").casefold() for word in words]
    found = []
    for start in range(1, len(words) - 1):
        for conjunction in conjunctions:
            parts = conjunction.split()
            end = start + len(parts)
            if heads[start:end] == parts and end < len(words):
                found.append((start, end))
                break
    return found
