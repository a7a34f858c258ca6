"""A line on a terminal that tells what a search tries now."""

from __future__ import annotations

from typing import TextIO

from irene.cli.terminal.status_line import StatusLine
from irene.performance.optimising.arms import Arm
from irene.performance.optimising.trial import TrialResult


class SearchProgress:
    """Draws the trial that runs, over the one before; nothing but on a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._line = StatusLine(stream)
        self._n = 0

    def report(self, stage: str, arm: Arm | None, result: TrialResult | None) -> None:
        """Take what goes on, as `optimise` reports it."""
        if result is not None:
            self._n += 1
        if arm is not None:
            self._line.show(f"trial {self._n + (result is None)}, {stage}: {arm.label}")

    def clear(self) -> None:
        """Make room for other output."""
        self._line.clear()
