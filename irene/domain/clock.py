"""Wall-clock time as a part that is passed in, so that tests can own it."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone, tzinfo
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


class LocalZone(tzinfo):
    """The machine's own time zone with its changes to summer time, as the C library knows them.

    `datetime.astimezone()` alone gives the offset of one moment, which is wrong for tomorrow's
    alarm in the night of a change. A time that the change leaves out counts as one before it, a
    time that comes twice as the first one unless `fold` is 1 (PEP 495).
    """

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        """Return what is to be added to UTC at that local time."""
        return None if when is None else _offset(when)

    def dst(self, when: datetime | None) -> timedelta | None:
        """Return None: the C library does not tell how much of the offset is summer time."""
        return None

    def tzname(self, when: datetime | None) -> str | None:
        """Return the zone's name at that local time, such as `CET`."""
        return None if when is None else when.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, when: datetime) -> datetime:
        """Return the local time of a UTC time."""
        there = when.replace(tzinfo=timezone.utc).astimezone()
        is_second = _offset(there) != there.utcoffset()
        return there.replace(tzinfo=self, fold=int(is_second))


def _offset(when: datetime) -> timedelta:
    """Return the offset of a local time.

    `astimezone()` of a time that the change leaves out differs between versions of Python;
    `timestamp()` does not.
    """
    local = when.replace(tzinfo=None)
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=local.timestamp())
    return local - moment.replace(tzinfo=None)


LOCAL_ZONE = LocalZone()
"""the zone of `SystemClock.now`"""


class SystemClock:
    """The clock of the machine."""

    monotonic = staticmethod(time.perf_counter)
    """Seconds of the performance counter."""

    def sleep(self, seconds: float) -> None:
        """Block the calling thread."""
        time.sleep(seconds)

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        """Block the calling thread until it is notified, or the time is over."""
        changed.wait(seconds)

    def now(self) -> datetime:
        """Local date and time of the machine, in a zone that knows when its offset changes."""
        return datetime.now(LOCAL_ZONE)
