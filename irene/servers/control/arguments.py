"""Reading the arguments of a request."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from irene.errors import RequestError


class Arguments:
    """The arguments of one request; each is asked for by name and type.

    `done` refuses those that were not asked for: a misspelt argument is never ignored.
    """

    def __init__(self, command: str, given: Mapping[str, Any]) -> None:
        self._command = command
        self._given = given
        self._known: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it must be given, and hold more than spaces.

        Raises:
            RequestError: it is missing, empty, or no text.
        """
        self._known.append(name)
        value = self._given.get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise RequestError(f"{self._command}: {name!r} has to be a text that is not empty")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise RequestError(f"{self._command}: {name!r} holds half a character") from None
        return value

    def flag(self, name: str) -> bool:
        """Return whether something is wanted; False unless given.

        Raises:
            RequestError: it is neither true nor false.
        """
        self._known.append(name)
        value = self._given.get(name, False)
        if not isinstance(value, bool):
            raise RequestError(f"{self._command}: {name!r} has to be true or false")
        return value

    def number(self, name: str, default: float, least: float, most: float) -> float:
        """Return a number; the default unless given.

        Raises:
            RequestError: it is no number, or not in that range.
        """
        self._known.append(name)
        value = self._given.get(name, default)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:
            raise RequestError(
                f"{self._command}: {name!r} has to be a number from {least:g} to {most:g}"
            )
        return float(value)

    def word(self, name: str, default: str, known: Iterable[str]) -> str:
        """Return one of several words; the default unless given.

        Raises:
            RequestError: it is none of them.
        """
        self._known.append(name)
        value = self._given.get(name, default)
        words = list(known)
        if value not in words:
            raise RequestError(f"{self._command}: {name!r} has to be one of {', '.join(words)}")
        return str(value)

    def done(self) -> None:
        """Refuse what was not asked for.

        Raises:
            RequestError: there is an argument that the command does not have.
        """
        for name in self._given:
            if name not in self._known:
                hint = near(name, self._known)
                raise RequestError(f"{self._command}: there is no argument {name!r}{hint}")


def near(name: str, known: Iterable[str]) -> str:
    """Return a hint at what was meant, else at what there is; empty when there is nothing."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names)}" if names else ""
