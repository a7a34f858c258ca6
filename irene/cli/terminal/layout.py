"""What may be written to a terminal, and how tables are laid out for people."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from typing import TextIO

_GAP = "  "


def wants_colour(stream: TextIO) -> bool:
    """Say whether a stream is a terminal that takes colour (see https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def draws(stream: TextIO) -> bool:
    """Say whether a stream is a terminal whose screen can be drawn on."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def width_of(stream: TextIO, otherwise: int = 120) -> int:
    """Return the columns of a terminal; of anything else, a width that cuts nothing off."""
    return shutil.get_terminal_size().columns if stream.isatty() else otherwise


def takes(text: str, stream: TextIO) -> bool:
    """Say whether a stream can show characters."""
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table as aligned lines, heads first; the last column may be of any width."""
    lines = [[head.upper() for head in heads], *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads) - 1)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        yield _GAP.join([*cells, line[-1]]).rstrip()
