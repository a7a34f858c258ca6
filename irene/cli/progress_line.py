"""A line on a terminal that tells how far a long recording is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TextIO

from irene.domain.clock import Clock

_PATIENCE_S = 1.0
"""what is done sooner needs no bar"""
_REFRESH_S = 0.2
_BAR = 24
"""characters of the bar itself"""
_CLEAR = "\r\x1b[K"


class ProgressLine:
    """Draws name, bar, position and speed over one another; draws nothing but on a terminal."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._is_wanted = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._name = ""
        self._began_s = 0.0
        self._due_s = 0.0
        self._is_drawn = False

    def begin(self, name: str) -> None:
        """Start on a recording."""
        self._name = name
        self._began_s = self._clock.monotonic()
        self._due_s = self._began_s + _PATIENCE_S

    def show(self, position_s: float, length_s: float | None) -> None:
        """Draw a position in the recording, unless the line is still fresh."""
        if not self._is_wanted:
            return
        now_s = self._clock.monotonic()
        if now_s < self._due_s:
            return
        self._due_s = now_s + _REFRESH_S
        speed = position_s / (now_s - self._began_s)
        line = _line(self._name, position_s, length_s, speed)
        self._stream.write(_CLEAR + line[: shutil.get_terminal_size().columns - 1])
        self._stream.flush()
        self._is_drawn = True

    def clear(self) -> None:
        """Make room for other output."""
        if self._is_drawn:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._is_drawn = False


def _line(name: str, position_s: float, length_s: float | None, speed: float) -> str:
    pace = f"{speed:.1f} x real time"
    if not length_s:
        return f"{Path(name).name}  {_clock_face(position_s)}  {pace}"
    share = min(1.0, position_s / length_s)
    bar = ("#" * round(share * _BAR)).ljust(_BAR, "-")
    left_s = max(0.0, length_s - position_s) / speed
    return (
        f"{Path(name).name}  [{bar}] {share:4.0%}  "
        f"{_clock_face(position_s)} of {_clock_face(length_s)}  {pace}, {_clock_face(left_s)} left"
    )


def _clock_face(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
