"""A line on a terminal that tells how far a long recording is."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from irene.cli.terminal.status_line import StatusLine, bar
from irene.domain.clock import Clock

_PATIENCE_S = 1.0
"""what is done sooner needs no bar"""
_REFRESH_S = 0.2


class ProgressLine:
    """Draws name, bar, position and speed over one another; draws nothing but on a terminal."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._drawn = StatusLine(stream)
        self._clock = clock
        self._name = ""
        self._began_s = 0.0
        self._due_s = 0.0

    def begin(self, name: str) -> None:
        """Start on a recording."""
        self._name = name
        self._began_s = self._clock.monotonic()
        self._due_s = self._began_s + _PATIENCE_S

    def show(self, position_s: float, length_s: float | None) -> None:
        """Draw a position in the recording, unless the line is still fresh."""
        if not self._drawn.is_wanted:
            return
        now_s = self._clock.monotonic()
        if now_s < self._due_s:
            return
        self._due_s = now_s + _REFRESH_S
        speed = position_s / (now_s - self._began_s)
        self._drawn.show(_line(self._name, position_s, length_s, speed))

    def clear(self) -> None:
        """Make room for other output."""
        self._drawn.clear()


def _line(name: str, position_s: float, length_s: float | None, speed: float) -> str:
    pace = f"{speed:.1f} x real time"
    if not length_s:
        return f"{Path(name).name}  {_clock_face(position_s)}  {pace}"
    share = min(1.0, position_s / length_s)
    left_s = max(0.0, length_s - position_s) / speed
    return (
        f"{Path(name).name}  {bar(share)}  "
        f"{_clock_face(position_s)} of {_clock_face(length_s)}  {pace}, {_clock_face(left_s)} left"
    )


def _clock_face(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
