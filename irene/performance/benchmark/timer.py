"""The two clocks of a measurement: what passed, and what this process worked of it."""

from __future__ import annotations

import time
from typing import Protocol


class Timer(Protocol):
    """Seconds since some moment; only differences mean anything."""

    def wall_s(self) -> float:
        """Return the time that has passed."""
        ...

    def cpu_s(self) -> float:
        """Return the time that processors have worked for this process, over all its threads."""
        ...


class SystemTimer:
    """The system's clocks."""

    wall_s = staticmethod(time.perf_counter)
    cpu_s = staticmethod(time.process_time)


def resolution_s(timer: Timer, n_looks: int = 20) -> float:
    """Return the smallest step that the wall clock of a timer was seen to make, in seconds."""
    steps = []
    for _ in range(n_looks):
        before = now = timer.wall_s()
        while now == before:
            now = timer.wall_s()
        steps.append(now - before)
    return min(steps)
