"""What a terminal shows of the bytes that a program wrote to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")
_ENTER, _LEAVE = "\x1b[?1049h", "\x1b[?1049l"
"""begin and end of a screen of its own, which is gone afterwards"""
_HOME = "\x1b[H"


@dataclass(frozen=True)
class Style:
    """How characters look (ECMA-48, "select graphic rendition")."""

    colour: int | None = None
    """0 to 7, as the eight colours are numbered; None is that of the text"""
    bold: bool = False
    dim: bool = False

    def after(self, codes: str) -> Style:
        """Return the style that a sequence of parameters makes of this one."""
        style = self
        for code in (int(one or 0) for one in codes.split(";")):
            if code == 0:
                style = Style()
            elif code in (1, 2):
                style = replace(style, **{("bold", "dim")[code - 1]: True})
            elif 30 <= code <= 37 or 90 <= code <= 97:
                style = replace(style, colour=code % 10)
            elif code == 39:
                style = replace(style, colour=None)
        return style


@dataclass(frozen=True)
class Run:
    """Characters of one style that stand side by side."""

    column: int
    """0 at the left"""
    text: str
    style: Style


Line = tuple[Run, ...]


def lines_of(written: str) -> list[Line]:
    """Return the lines that are seen: all that were printed, or the last frame that was drawn.

    Understood are styles, and frames as `irene performance --live` draws them: each begins at the
    upper left and clears what it does not overwrite. Carriage returns end nothing.
    """
    if _ENTER in written:
        drawn = written.rpartition(_ENTER)[2].partition(_LEAVE)[0]
        written = drawn.rpartition(_HOME)[2]
    style = Style()
    lines: list[Line] = []
    for text in written.replace("\r", "").rstrip("\n").split("\n"):
        runs = list(_runs(text, style))
        style = runs[-1].style if runs else style
        lines.append(tuple(run for run in runs if run.text))
    while lines and not "".join(run.text for run in lines[-1]).strip():
        lines.pop()
    return lines


def wrapped(lines: list[Line], columns: int) -> list[Line]:
    """Return lines as a terminal shows them: what is too long goes on at the left of the next."""
    return [part for line in lines for part in _parts(line, columns)]


def _parts(line: Line, columns: int) -> Iterator[Line]:
    length = max((run.column + len(run.text) for run in line), default=0)
    for left in range(0, max(1, length), columns):
        cut = ((run, max(0, left - run.column), left + columns - run.column) for run in line)
        yield tuple(
            Run(run.column + since - left, run.text[since:until], run.style)
            for run, since, until in cut
            if until > 0 and run.text[since:until]
        )


def _runs(text: str, style: Style) -> Iterator[Run]:
    """Yield the runs of a line; the last one may be empty, and says how the next line begins."""
    column = at = 0
    for sequence in _SEQUENCE.finditer(text):
        shown = text[at : sequence.start()]
        yield Run(column, shown, style)
        column, at = column + len(shown), sequence.end()
        if sequence[2] == "m":
            style = style.after(sequence[1])
    yield Run(column, text[at:], style)
