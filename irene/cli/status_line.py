"""One line on a terminal that says what is being done, drawn over the one before."""

from __future__ import annotations

import shutil
from typing import TextIO

from irene.cli.terminal import draws

_CLEAR = "\r\x1b[K"


class StatusLine:
    """Draws nothing but on a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_wanted = draws(stream)
        self._is_drawn = False

    def show(self, text: str) -> None:
        """Draw a line, as much of it as there is room for."""
        if self._is_wanted:
            self._stream.write(_CLEAR + text[: shutil.get_terminal_size().columns - 1])
            self._stream.flush()
            self._is_drawn = True

    def clear(self) -> None:
        """Make room for other output."""
        if self._is_drawn:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._is_drawn = False
