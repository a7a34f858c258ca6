"""Work that is due at a time of day, done by one thread."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial

from irene.components.threads import start_daemon
from irene.domain.clock import Clock
from irene.errors import IreneError
from irene.providers.border import ForeignCode

_LONGEST_WAIT_S = 30.0
"""how long a wall clock that somebody has set may go unnoticed"""
_FEWEST_SWEPT = 16
"""entries below which it is not worth while to look for cancelled ones"""

Work = Callable[[], None]


@dataclass(order=True)
class _Entry:
    when: datetime
    number: int
    work: Work = field(compare=False)
    is_over: bool = field(default=False, compare=False)
    """whether it was cancelled, or its work has begun"""


def _nothing() -> None:
    """Do nothing: stands in for cancelled work, so that what it holds can be freed."""


class Scheduler:
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
        self._n_cancelled = 0
        self._is_running = False
        self._is_closed = False

    def call_at(self, when: datetime, work: Work) -> Callable[[], None]:
        """Have work done at a time, which must have a zone; return a function that cancels it.

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

        return partial(self._cancel, entry)

    def close(self) -> None:
        """Do nothing more; work in progress is not waited for."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _cancel(self, entry: _Entry) -> None:
        """Take an entry out; nothing happens when its work has begun, or it is out already."""
        with self._changed:
            if entry.is_over:
                return
            entry.is_over = True
            entry.work = _nothing  # what it would have needed is free at once
            self._n_cancelled += 1
            if len(self._entries) >= _FEWEST_SWEPT and 2 * self._n_cancelled > len(self._entries):
                self._entries = [entry for entry in self._entries if not entry.is_over]
                heapq.heapify(self._entries)
                self._n_cancelled = 0

    def _run(self) -> None:
        while (entry := self._next()) is not None:
            try:
                with ForeignCode("work on the agenda failed: "):
                    entry.work()
            except IreneError as error:
                self._on_failure(error)

    def _next(self) -> _Entry | None:
        """Wait for the next work that is due; None when it is closed."""
        with self._changed:
            while not self._is_closed:
                wait_s = self._wait_s()
                if wait_s is not None and wait_s <= 0:
                    entry = heapq.heappop(self._entries)
                    if not entry.is_over:
                        entry.is_over = True
                        return entry
                    self._n_cancelled -= 1
                else:
                    self._clock.wait(self._changed, wait_s)
        return None

    def _wait_s(self) -> float | None:
        """Return the time until the first entry is due; None without entries."""
        if not self._entries:
            return None
        remaining = self._entries[0].when - self._clock.now().astimezone(timezone.utc)
        return min(remaining.total_seconds(), _LONGEST_WAIT_S)
