"""A screen as SVG: small, sharp, and as wide on every machine, whatever font it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from irene.cli.pictures.screen import Line, Run, Style

_WIDE, _HIGH = 8.4, 19
"""a cell, in pixels, at 14 pixels of font"""
_MARGIN, _BAR = 16, 34
"""around the text, and the bar with the command above it, in pixels"""
_COLOURS = ("#6e7681", "#ff7b72", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#e6edf3")
"""black, red, green, yellow, blue, magenta, cyan and white on the ground below: all but black with
a contrast of 4.5 and more (WCAG 2.1)"""
_GROUND, _BORDER, _TEXT, _DIM = "#0d1117", "#30363d", "#e6edf3", "#8b949e"
_FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
_EIGHTHS = "▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"
_RULE = "─"
_PIECE = re.compile(f"[{_EIGHTHS}{_HEIGHTS}]+|{_RULE}+|[^{_EIGHTHS}{_HEIGHTS}{_RULE}]+")


def picture(command: str, lines: Sequence[Line], columns: int, about: str) -> str:
    """Return the drawing of a terminal.

    Args:
        command: what was typed, for the bar.
        lines: what is seen.
        columns: width of the terminal.
        about: what there is to see, for those who cannot.

    Bars, courses and rules are drawn as shapes: fonts differ in how they join such characters.
    """
    width = round(columns * _WIDE) + 2 * _MARGIN
    height = len(lines) * _HIGH + _BAR + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(command)}</title>',
        f'<desc id="d">{escape(about)}</desc>',
        f"<style>{_sheet()}</style>",
        f'<rect class="g" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>',
        f'<path class="b" d="M0 {_BAR - 8.5}H{width}"/>',
        f'<text x="{_MARGIN}" y="18"><tspan class="d">$ </tspan>{escape(command)}</text>',
    ]
    for number, line in enumerate(lines):
        for run in line:
            parts += _drawn(run, _BAR + number * _HIGH)
    return "\n".join([*parts, "</svg>", ""])


def _sheet() -> str:
    colours = "".join(f".c{number}{{fill:{one}}}" for number, one in enumerate(_COLOURS))
    return (
        f"text{{font:14px {_FONT};fill:{_TEXT};white-space:pre}}"
        f".g{{fill:{_GROUND};stroke:{_BORDER}}}.b{{stroke:{_BORDER};fill:none}}"
        f".s{{fill:{_TEXT}}}.d{{fill:{_DIM}}}.w{{font-weight:700}}{colours}"
    )


def _drawn(run: Run, top: float) -> Iterator[str]:
    """Yield the shapes and texts of a run; spaces between texts draw nothing."""
    for piece in _PIECE.finditer(run.text):
        column, text = run.column + piece.start(), piece[0]
        x = _MARGIN + column * _WIDE
        if text[0] == _RULE:
            y, end = top + _HIGH / 2, x + len(text) * _WIDE
            yield f'<path class="b" d="M{x:.1f} {y}H{end:.1f}"/>'
        elif text[0] in _EIGHTHS + _HEIGHTS:
            yield f'<path class="{_classes(run.style, "s")}" d="{_blocks(text, x, top)}"/>'
        else:
            yield from _texts(text, column, run.style, top)


def _texts(text: str, column: int, style: Style, top: float) -> Iterator[str]:
    """Yield a text for each group of words: one space joins, several leave a gap."""
    named = _classes(style)
    attribute = f' class="{named}"' if named else ""
    for words in re.finditer(r"\S+(?: \S+)*", text):
        x = _MARGIN + (column + words.start()) * _WIDE
        length = len(words[0]) * _WIDE
        yield (
            f'<text{attribute} x="{x:.1f}" y="{top + 14:g}" textLength="{length:.1f}" '
            f'lengthAdjust="spacingAndGlyphs">{escape(words[0])}</text>'
        )


def _classes(style: Style, otherwise: str = "") -> str:
    colour = otherwise if style.colour is None else f"c{style.colour}"
    named = "d" if style.dim else colour
    return " ".join(one for one in (named, "w" if style.bold else "") if one)


def _blocks(text: str, x: float, top: float) -> str:
    """Return the outline of block characters: those of full height joined, then one by one."""
    parts, bottom = [], top + _HIGH - 2
    full = len(text) - len(text.lstrip("█"))
    if full > 1:
        parts.append(f"M{x:.1f} {top + 2:g}H{x + full * _WIDE:.1f}V{bottom:g}H{x:.1f}z")
        text, x = text[full:], x + full * _WIDE
    for number, one in enumerate(text):
        left = x + number * _WIDE
        wide = _WIDE * (_EIGHTHS.index(one) + 1) / 8 if one in _EIGHTHS else _WIDE
        high = (_HIGH - 4) * ((_HEIGHTS.index(one) + 1) / 8 if one in _HEIGHTS else 1)
        parts.append(f"M{left:.1f} {bottom:g}h{wide:.1f}v-{high:.1f}h-{wide:.1f}z")
    return "".join(parts)
