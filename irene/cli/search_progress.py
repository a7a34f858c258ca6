"""A line on a terminal that tells what a search tries now."""

from __future__ import annotations

import shutil
from typing import TextIO

from irene.cli.terminal import draws
from irene.performance.optimising.arms import Arm
from irene.performance.optimising.trial import TrialResult

_CLEAR = "\r\x1b[K"


class SearchProgress:
    """Draws the trial that runs, over the one before; nothing but on a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_wanted = draws(stream)
        self._n = 0

    def report(self, stage: str, arm: Arm | None, result: TrialResult | None) -> None:
        """Take what goes on, as `optimise` reports it."""
        if result is not None:
            self._n += 1
        if self._is_wanted and arm is not None:
            line = f"trial {self._n + (result is None)}, {stage}: {arm.label}"
            self._stream.write(_CLEAR + line[: shutil.get_terminal_size().columns - 1])
            self._stream.flush()

    def clear(self) -> None:
        """Make room for other output."""
        if self._is_wanted:
            self._stream.write(_CLEAR)
            self._stream.flush()
