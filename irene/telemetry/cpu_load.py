"""How busy the machine is."""

from __future__ import annotations

import threading
from collections.abc import Callable

from irene.domain.clock import Clock

_SHORTEST_S = 0.5
"""a shorter time says more about chance than about load"""


def _core_seconds() -> tuple[float, float]:
    """Return the time that all cores together worked since the machine started, and had."""
    import psutil

    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    return sum(times[:8]) - idle, sum(times[:8])  # guests count as user time already


class CpuLoad:
    """Share of the machine's cores in use since it was asked before; any thread may ask."""

    def __init__(
        self, clock: Clock, core_seconds: Callable[[], tuple[float, float]] = _core_seconds
    ) -> None:
        """`core_seconds` returns how long the cores worked so far, and had; both only grow."""
        self._clock = clock
        self._core_seconds = core_seconds
        self._lock = threading.Lock()
        self._share: float | None = None
        self._asked_s: float | None = None
        self._before = (0.0, 0.0)

    def share(self) -> float | None:
        """Return 0 (idle) to 1 (every core works); None before there is anything to compare with.

        Within half a second it gives the same answer again.
        """
        with self._lock:
            now_s = self._clock.monotonic()
            if self._asked_s is not None and now_s - self._asked_s < _SHORTEST_S:
                return self._share
            worked, had = self._core_seconds()
            if self._asked_s is not None and had > self._before[1]:
                share = (worked - self._before[0]) / (had - self._before[1])
                self._share = min(1.0, max(0.0, share))
            self._asked_s, self._before = now_s, (worked, had)
            return self._share
