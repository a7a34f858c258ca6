"""The processor time of threads, read from outside of them."""

from __future__ import annotations

import sys
import time

HAS_CPU_CLOCKS = sys.platform == "linux" and hasattr(time, "clock_gettime")
"""whether a thread's processor time can be read by another one, nanoseconds fine"""
_PER_THREAD, _SCHEDULED = 4, 2


def clock_of(native_id: int | None) -> int | None:
    """Return the clock of a thread of this process, by the system's number of the thread.

    Made as the C library makes it (`pthread_getcpuclockid`), from the number instead of the
    library's own handle: asked about a thread that has ended, the system says so, while a stale
    handle crashes the process (`time.pthread_getcpuclockid` in the manual of Python).
    """
    if native_id is None or not HAS_CPU_CLOCKS:
        return None
    return (~native_id << 3) | _PER_THREAD | _SCHEDULED


def read_clock(clock: int | None) -> float | None:
    """Return seconds of processor time; None without a clock, and when its thread has ended."""
    if clock is None:
        return None
    try:
        return time.clock_gettime(clock)
    except OSError:
        return None
