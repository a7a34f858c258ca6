"""One line on a terminal that says what is being done, drawn over the one before."""

from __future__ import annotations

import os
import shutil
from typing import TextIO

_CLEAR = "\r\x1b[K"
_BAR = 24
"""characters of a bar"""


class StatusLine:
    """Draws nothing but on a terminal; one that is called dumb cannot erase a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_wanted = stream.isatty() and os.environ.get("TERM") != "dumb"
        """whether anything is drawn"""
        self._is_drawn = False

    def show(self, text: str) -> None:
        """Draw a line, as much of it as there is room for."""
        if self.is_wanted:
            self._write(_CLEAR + text[: shutil.get_terminal_size().columns - 1])
            self._is_drawn = True

    def keep(self) -> None:
        """Leave the line where it is; what comes next stands below."""
        if self._is_drawn:
            self._write("\n")
            self._is_drawn = False

    def clear(self) -> None:
        """Make room for other output."""
        if self._is_drawn:
            self._write(_CLEAR)
            self._is_drawn = False

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def bar(share: float) -> str:
    """Return a bar that is as full as a share from 0 to 1, and the share in percent."""
    return f"[{('#' * round(share * _BAR)).ljust(_BAR, '-')}] {share:4.0%}"
