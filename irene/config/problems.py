"""What can be wrong with a configuration, said in one line each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, what was found, and what would be right."""

    file: str
    """file, name of the environment variable, or `--set`"""
    line: int | None
    """line of the file, from 1; None outside files"""
    key: str
    """dotted key as it was written; empty when the whole file is concerned"""
    message: str
    """what was found"""
    expected: str = ""
    """what would be right"""
    suggestion: str = ""
    """nearest known name"""
    level: Literal["error", "warning"] = "error"
    """an error keeps the assistant from starting, a warning does not"""
    column: int | None = None
    """column of a syntax error, from 1"""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        level = "warning: " if self.level == "warning" else ""
        what = f"{self.key}: {self.message}" if self.key else self.message
        expected = f"; expected {self.expected}" if self.expected else ""
        suggestion = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"{place}: {level}{what}{expected}{suggestion}"


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known name that is most like this one, or an empty text.

    Args:
        name: what was written.
        known: what could have been meant.
        cutoff: likeness (0 to 1, `difflib`'s ratio) below which nothing is suggested.
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return close[0] if close else ""
