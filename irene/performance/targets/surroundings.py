"""What else the machine did while something was measured."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psutil

from irene.performance.benchmark.conditions import Watch

_MOST_TAKEN = 0.1
"""share of all processors that other programs may take"""


class Surroundings:
    """Looks at the processors now, and again when the measurement is over.

    The load of the minute before would say mostly what this program itself has done.
    """

    def __init__(self) -> None:
        self._watch = Watch()
        self._busy_s, self._total_s, self._own_s = _busy_s(), _total_s(), _own_s()

    def doubts(self) -> Iterator[str]:
        """Yield reasons not to trust what was measured meanwhile."""
        total_s = _total_s() - self._total_s
        others_s = _busy_s() - self._busy_s - (_own_s() - self._own_s)
        share = others_s / total_s if total_s > 0 else 0.0
        if share > _MOST_TAKEN:
            yield f"other programs took {100 * share:.0f} % of the processors"
        yield from self._watch.conditions().disturbances()


def _busy_s() -> float:
    """Return the time that all processors have worked, seconds since the machine started."""
    return _sum_s("user", "nice", "system", "irq", "softirq")


def _total_s() -> float:
    """Return the time of all processors, seconds since the machine started."""
    return _busy_s() + _sum_s("idle", "iowait", "steal")


def _sum_s(*names: str) -> float:
    times = psutil.cpu_times()
    return float(sum(getattr(times, name, 0.0) for name in names))


def _own_s() -> float:
    """Return the processor time of this process and of all those that have ended below it."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
