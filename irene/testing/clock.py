"""Time that a test owns."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone


class VirtualClock:
    """A clock that only moves when somebody sleeps on it or advances it."""

    def __init__(self) -> None:
        self._now = 0.0
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        """Return the virtual time in seconds."""
        with self._lock:
            return self._now

    def now(self) -> datetime:
        """Return midnight of 1 January 2030 (UTC) plus the virtual time."""
        return datetime(2030, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=self.monotonic())

    def sleep(self, seconds: float) -> None:
        """Move the time on; returns at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move the time on."""
        with self._lock:
            self._now += max(0.0, seconds)
