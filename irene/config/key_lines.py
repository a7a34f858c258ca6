"""On which line each key of a TOML document stands: parsers do not tell."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass

from irene.config.toml_text import parse_document

Place = tuple["str | int", ...]
"""Keys and list indices on the way to a value."""

_BASIC = r'"(?:[^"\\\n]|\\.)*"'
_LITERAL = r"'[^'\n]*'"
_SPACE = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_GAP_AND_COMMA = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_KEY_PART = re.compile(rf"{_BASIC}|{_LITERAL}|[A-Za-z0-9_-]+")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
# A multi-line text may end in one or two quotes of its own before the closing three.
_SCALAR = re.compile(
    rf'"""(?:[^"\\]|\\.|"(?!""))*"""(?:"{{0,2}})|\'\'\'.*?\'\'\'(?:\'{{0,2}})'
    rf"|{_BASIC}|{_LITERAL}|[^,\]}}#\r\n]+",
    re.DOTALL,
)


def key_lines(text: str) -> dict[Place, int]:
    """Return the line, from 1, of every table, key and list element of a valid document.

    A table that is opened several times, or only implied by its children, stands where it
    is named first.
    """
    return _Walk(text).lines


@dataclass(frozen=True)
class KeyText:
    """A key as it is written: of a value, or between the brackets of a table."""

    table: Place
    """table that it stands in"""
    parts: tuple[str, ...]
    """what it says, seen from there"""
    start: int
    end: int
    """its place in the text, in characters"""


def key_texts(text: str) -> list[KeyText]:
    """Return every key of a valid document, in order."""
    return _Walk(text).keys


def split_key(text: str) -> tuple[str, ...] | None:
    """Return the parts of a dotted key, or None when the text is no key."""
    walk = _Walk("")
    walk.text = text.strip()
    try:
        parts = walk.key()
    except ValueError:
        return None
    return parts if walk.at == len(walk.text) else None


class _Walk:
    """One pass over a document that is known to be valid."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Place, int] = {}
        self.keys: list[KeyText] = []
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._lengths: dict[Place, int] = {}  # arrays of tables
        self._table: Place = ()
        while self._skip(_GAP) < len(text):
            self._statement()

    def _statement(self) -> None:
        if self.text.startswith("[[", self.at):
            self._header(2)
        elif self.text.startswith("[", self.at):
            self._header(1)
        else:
            self._pair(self._table)

    def _header(self, brackets: int) -> None:
        self.at += brackets
        self._skip(_SPACE)
        start, parts = self.at, self.key()
        self.keys.append(KeyText((), parts, start, self.at))
        self._skip(_SPACE)
        self.at += brackets
        place: Place = ()
        for part in parts[:-1]:
            place = self._latest((*place, part))
            self._mark(place, start)
        self._mark((*place, parts[-1]), start)
        place = (*place, parts[-1])
        if brackets == 2:
            self._lengths[place] = self._lengths.get(place, 0) + 1
        self._table = self._latest(place)
        self._mark(self._table, start)

    def _latest(self, place: Place) -> Place:
        """Step into the last element when the place is an array of tables."""
        return (*place, self._lengths[place] - 1) if place in self._lengths else place

    def _pair(self, table: Place) -> None:
        start = self.at
        place = table
        parts = self.key()
        self.keys.append(KeyText(table, parts, start, self.at))
        for part in parts:
            place = (*place, part)
            self._mark(place, start)
        self._skip(_SPACE)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(place)

    def _value(self, place: Place) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self._array(place)
        elif opening == "{":
            self._inline_table(place)
        else:
            self._skip(_SCALAR)

    def _array(self, place: Place) -> None:
        self.at += 1
        index = 0
        while self.text[self._skip(_GAP_AND_COMMA)] != "]":
            self._mark((*place, index), self.at)
            self._value((*place, index))
            index += 1
        self.at += 1

    def _inline_table(self, place: Place) -> None:
        self.at += 1
        while self.text[self._skip(_GAP_AND_COMMA)] != "}":
            self._pair(place)
        self.at += 1

    def key(self) -> tuple[str, ...]:
        """Read a dotted key and stand behind it."""
        parts = [self._key_part()]
        while dot := _DOT.match(self.text, self.at):
            self.at = dot.end()
            parts.append(self._key_part())
        return tuple(parts)

    def _key_part(self) -> str:
        found = _KEY_PART.match(self.text, self.at)
        if found is None:
            raise ValueError(f"no key at position {self.at}")
        self.at = found.end()
        part = found[0]
        if part[0] not in "\"'":
            return part
        return str(parse_document(f"key = {part}", "key")["key"])

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"no valid TOML at position {self.at}")
        self.at = found.end()
        return self.at

    def _mark(self, place: Place, position: int) -> None:
        self.lines.setdefault(place, bisect.bisect_left(self._breaks, position) + 1)
