"""Work that is due at a time of day, done by one thread."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone

from irene.components.threads import start_daemon
from irene.domain.clock import Clock
from irene.errors import IreneError
from irene.providers.border import ForeignCode

_LONGEST_WAIT_S = 30.0
"""how long a wall clock that somebody has set may go unnoticed"""

Work = Callable[[], None]


@dataclass(order=True)
class _Entry:
    when: datetime
    number: int
    work: Work = field(compare=False)
    is_cancelled: bool = field(default=False, compare=False)


class Agenda:
    """Does each piece of work once, at its time or as soon after it as the ones before are done.

    Work that raises harms neither the next one nor the thread. The thread begins with the first
    entry and ends with `close`.
    """

    def __init__(self, clock: Clock, on_failure: Callable[[IreneError], None]) -> None:
        self._clock = clock
        self._on_failure = on_failure
        self._entries: list[_Entry] = []
        self._changed = threading.Condition()
        self._n_entries = 0
        self._is_running = False
        self._is_closed = False

    def call_at(self, when: datetime, work: Work) -> Callable[[], None]:
        """Put work down for a time with a zone; return what takes it out again.

        Raises:
            ValueError: the time has no zone.
        """
        if when.tzinfo is None:
            raise ValueError(f"{when} has no time zone")
        with self._changed:
            self._n_entries += 1
            entry = _Entry(when.astimezone(timezone.utc), self._n_entries, work)
            heapq.heappush(self._entries, entry)
            if not self._is_running and not self._is_closed:
                self._is_running = True
                start_daemon("agenda", self._run)
            self._changed.notify_all()

        def cancel() -> None:
            entry.is_cancelled = True

        return cancel

    def close(self) -> None:
        """Do nothing more; work in progress is not waited for."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while (entry := self._next()) is not None:
            try:
                with ForeignCode("work on the agenda failed: "):
                    entry.work()
            except IreneError as error:
                self._on_failure(error)

    def _next(self) -> _Entry | None:
        """Wait for the next work that is due; None when the agenda is closed."""
        with self._changed:
            while not self._is_closed:
                wait_s = self._wait_s()
                if wait_s is not None and wait_s <= 0:
                    entry = heapq.heappop(self._entries)
                    if not entry.is_cancelled:
                        return entry
                else:
                    self._clock.wait(self._changed, wait_s)
        return None

    def _wait_s(self) -> float | None:
        """Return the time until the first entry is due; None without entries."""
        if not self._entries:
            return None
        remaining = self._entries[0].when - self._clock.now().astimezone(timezone.utc)
        return min(remaining.total_seconds(), _LONGEST_WAIT_S)
