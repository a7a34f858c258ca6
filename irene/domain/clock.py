"""Wall-clock time as a part that is passed in, so that tests can own it."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where floors below the command line get wall-clock time and sleep from."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block the calling thread for that many seconds."""
        ...

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        """Wait on a condition that the caller holds, at most that long (None: for ever)."""
        ...

    def now(self) -> datetime:
        """Local date and time, with its zone."""
        ...


class SystemClock:
    """The clock of the machine."""

    def monotonic(self) -> float:
        """Seconds of the performance counter."""
        return time.perf_counter()

    def sleep(self, seconds: float) -> None:
        """Block the calling thread."""
        time.sleep(seconds)

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        """Block the calling thread until it is notified, or the time is over."""
        changed.wait(seconds)

    def now(self) -> datetime:
        """Local date and time of the machine."""
        return datetime.now().astimezone()
