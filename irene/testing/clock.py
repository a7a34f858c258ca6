"""Time that a test owns."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

_START = datetime(2030, 1, 1, tzinfo=timezone.utc)


class VirtualClock:
    """A clock that only moves when somebody sleeps on it or advances it.

    Who looks at the clock and then waits, waits from the time that was seen: a time that is
    advanced in between is not waited for once more.

    Args:
        start: date and time with a zone at which it begins; midnight of 1 January 2030 (UTC) unless
            given.
    """

    def __init__(self, start: datetime = _START) -> None:
        self._start = start
        self._now = 0.0
        self._lock = threading.Lock()
        self._waiting: list[tuple[threading.Condition, float | None]] = []
        self._seen = threading.local()

    def monotonic(self) -> float:
        """Return the virtual time in seconds."""
        with self._lock:
            self._seen.time_s = self._now
            return self._now

    def now(self) -> datetime:
        """Return the start plus the virtual time, in the zone of the start."""
        passed = timedelta(seconds=self.monotonic())
        return (self._start.astimezone(timezone.utc) + passed).astimezone(self._start.tzinfo)

    def sleep(self, seconds: float) -> None:
        """Move the time on; returns at once."""
        self.advance(seconds)

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        """Wait until somebody notifies the condition or the virtual time is over."""
        seen_s = getattr(self._seen, "time_s", None)
        since_s = self.monotonic() if seen_s is None else seen_s
        until = None if seconds is None else since_s + seconds
        with self._lock:
            self._waiting.append((changed, until))
            is_over = until is not None and until <= self._now
        try:
            if not is_over:
                changed.wait()
        finally:
            with self._lock:
                self._waiting.remove((changed, until))

    def advance(self, seconds: float) -> None:
        """Move the time on; whoever has waited long enough looks again, and nobody else."""
        with self._lock:
            self._now += max(0.0, seconds)
            due = [one for one, until in self._waiting if until is not None and until <= self._now]
        for changed in due:
            with changed:
                changed.notify_all()
