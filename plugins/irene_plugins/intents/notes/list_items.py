"""From what was said to the single items of a list."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

_MAX_WORDS = 60
"""longer texts are one item: nobody says so many in one breath"""


@dataclass(frozen=True)
class ItemWords:
    """The words of a language that stand between items, before them and behind them."""

    between: Collection[str]
    """such as `and`"""
    before: Collection[str]
    """such as `some`; left out"""
    behind: Collection[str]
    """such as `please`; left out"""
    known: Mapping[str, str]
    """items as they are written, by the same in small letters"""


def with_punctuation(value: str, text: str) -> str:
    """Return a slot's value as it stands in the text, where commas are still between the words."""
    words = [re.escape(word) for word in value.split()]
    found = re.search(r"[\s,;:.!?]+".join(words), text, flags=re.I) if words else None
    return found[0] if found else value


def split_items(text: str, words: ItemWords) -> list[str]:
    """Return the items of an enumeration, in order, each once.

    They are separated by punctuation and by the words between items; where there is neither,
    items that are known are told apart: recognisers write no commas.
    """
    items: dict[str, str] = {}
    for piece in _pieces(text, words):
        for item in _known_items(piece.split(), words.known) or [piece]:
            written = words.known.get(item.casefold(), item)
            items.setdefault(written.casefold(), written)
    return list(items.values())


def bare_item(text: str, words: ItemWords) -> str:
    """Return an item without the words that stand before and behind it."""
    left = text.split()
    while left and left[0].casefold() in words.before:
        left = left[1:]
    while left and left[-1].casefold() in words.behind:
        left = left[:-1]
    return " ".join(left)


def _pieces(text: str, words: ItemWords) -> Iterator[str]:
    """Yield what stands between separators; a known item may contain one, as `mac and cheese`."""
    between = "|".join(re.escape(word) for word in words.between)
    for part in re.split(r"[;\n]|[,.!?](?!\d)", text):
        # pieces at even places, the words between them at odd ones
        split = re.split(rf"(?:^|\s)({between})(?=\s|$)", part, flags=re.I)
        place = 0
        while place < len(split):
            item = bare_item(split[place], words)
            joined = bare_item(" ".join(map(str.strip, split[place : place + 3])), words)
            if joined.casefold() in words.known and joined != item:
                item, place = joined, place + 2
            if item:
                yield item
            place += 2


def _known_items(spoken: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """Return the known items that the words are made of, as few as possible; else nothing."""
    best: list[list[str] | None] = [[]]
    for end in range(1, len(spoken) + 1):
        choices = [
            [*before, " ".join(spoken[start:end])]
            for start in range(end)
            if (before := best[start]) is not None
            and " ".join(spoken[start:end]).casefold() in known
        ]
        best.append(min(choices, key=len) if choices else None)
    return best[-1] or [] if len(spoken) <= _MAX_WORDS else []
