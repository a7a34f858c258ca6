"""Several commands in one breath: "turn on the light and set a timer for five minutes"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
    commands when there is a list to add to.
    """
    words = text.split()
    return _split(words, conjunctions_of(language), understand, _MOST_COMMANDS) or []


def _split(
    words: Sequence[str],
    conjunctions: Sequence[str],
    understand: Callable[[str], Intent | None],
    most: int,
) -> list[Intent] | None:
    """Return the intents of all words; None when a part of them is no command."""
    whole = understand(_text(words))
    if whole is not None:
        return [whole]
    if most == 1:
        return None
    for start, end in reversed(_joints(words, conjunctions)[:_MOST_JOINTS]):
        first = understand(_text(words[:start]))
        if first is None:
            continue
        rest = _split(words[end:], conjunctions, understand, most - 1)
        if rest is not None:
            return [first, *rest]
    return None


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
