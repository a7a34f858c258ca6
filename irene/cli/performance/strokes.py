"""Small drawings of figures in a line of text: bars, and courses over time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
RESET = "\x1b[0m"


@dataclass(frozen=True)
class Strokes:
    """The characters that a terminal can show."""

    eighths: str
    """a bar's last cell, from the thinnest on; the last one is full"""
    heights: str
    """a course's cells, from the lowest on"""
    rule: str
    """a line across"""

    def bar(self, share: float, width: int) -> str:
        """Return a bar of a share (0 to 1) of so many columns; never empty above 0."""
        steps = len(self.eighths)
        units = round(min(1.0, max(0.0, share)) * width * steps)
        if share > 0:
            units = max(1, units)
        full, rest = divmod(units, steps)
        return (self.eighths[-1] * full + (self.eighths[rest - 1] if rest else "")).ljust(width)

    def course(self, values: Sequence[float], width: int) -> str:
        """Return the latest values as columns between their least and their most."""
        latest = values[-width:]
        if not latest:
            return ""
        low, high = min(latest), max(latest)
        steps = len(self.heights) - 1
        scale = steps / (high - low) if high > low else 0.0
        return "".join(self.heights[round((value - low) * scale)] for value in latest)


FINE = Strokes("▏▎▍▌▋▊▉█", "▁▂▃▄▅▆▇█", "─")
COARSE = Strokes("#", "_.-=#", "-")


def fitted(line: str, width: int) -> str:
    """Return a styled line cut to so many columns; its styles end with it."""
    if len(_STYLE.sub("", line)) <= width:
        return line
    kept, room, at = "", width, 0
    for style in (*_STYLE.finditer(line), None):
        end = len(line) if style is None else style.start()
        text = line[at:end][:room]
        kept, room = kept + text, room - len(text)
        if style is None or not room:
            break
        kept, at = kept + style[0], style.end()
    return kept + RESET
