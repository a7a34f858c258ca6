"""What happens next in a simulated world, and the clock that it moves."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

_START = datetime(2030, 1, 1, tzinfo=timezone.utc)


class Agenda:
    """Actions in order of time; a `Clock` that jumps from each to the next.

    Next-event time advance, as in Law and Kelton, "Simulation Modeling and Analysis". Actions of
    the same time happen in the order in which they were entered, so a run can be repeated exactly.
    One thread does all of it: whoever wants to wait has to enter what happens afterwards.
    """

    def __init__(self) -> None:
        self._now_s = 0.0
        self._entries: list[tuple[float, int, Callable[[], None]]] = []
        self._n_entered = 0

    def at(self, time_s: float, action: Callable[[], None]) -> None:
        """Enter what happens at a time.

        Raises:
            ValueError: that time has passed.
        """
        if not time_s >= self._now_s:
            raise ValueError(f"{time_s} s lies before now, which is {self._now_s} s")
        self._n_entered += 1
        heapq.heappush(self._entries, (time_s, self._n_entered, action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Enter what happens that many seconds from now."""
        self.at(self._now_s + seconds, action)

    def run(self) -> None:
        """Let everything happen, and what it leads to, until nothing is left."""
        entries, pop = self._entries, heapq.heappop
        while entries:
            self._now_s, _, action = pop(entries)
            action()

    def monotonic(self) -> float:
        """Return the virtual time in seconds."""
        return self._now_s

    def now(self) -> datetime:
        """Return midnight of 1 January 2030 (UTC) plus the virtual time."""
        return _START + timedelta(seconds=self._now_s)

    def sleep(self, seconds: float) -> None:
        """Refuse: the only thread cannot both sleep and move the time.

        Raises:
            RuntimeError: always, unless there is nothing to sleep.
        """
        if seconds > 0:
            raise RuntimeError("nothing sleeps in a simulation; enter what happens afterwards")

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        """Refuse, as `sleep` does, for whoever would notify is the same thread.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("nothing waits in a simulation; enter what happens afterwards")
