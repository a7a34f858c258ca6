"""What is left after a provider was used many times: memory, threads and open files."""

from __future__ import annotations

import gc
import threading
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import psutil

_PATIENCE_S = 2.0
"""wait for threads that are about to end"""
_SLOW_S = 0.3
"""time of one use from which one series must do"""
_SERIES_S = 0.06
"""time after which a series is long enough"""


@dataclass(frozen=True)
class Growth:
    """What many uses have left behind."""

    n_bytes: float
    """memory that Python and numpy took and did not give back, bytes for each use"""
    n_files: int
    """files that were opened and not closed, over all uses"""
    n_threads: int
    """threads that were started and did not end, over all uses"""


def growth_of(use: Callable[[], object], rounds: int) -> Growth:
    """Use something many times, after once to get used to it, and return what is left.

    Memory is what `tracemalloc` sees, which numpy reports to: what an engine takes beside Python
    is not counted. The smaller of two series counts: a cache that is filled once is no leak. A slow
    engine is used less often, and in one series.
    """
    use()
    process = psutil.Process()
    files, threads = process.num_fds(), set(threading.enumerate())
    was_tracing = tracemalloc.is_tracing()
    if not was_tracing:
        tracemalloc.start()
    try:
        begun_s = time.perf_counter()
        use()
        took_s = max(1e-6, time.perf_counter() - begun_s)
        rounds = max(1, min(rounds, round(_SERIES_S / took_s)))
        series = [_bytes_of(use, rounds) for _ in range(1 if took_s > _SLOW_S else 2)]
    finally:
        if not was_tracing:
            tracemalloc.stop()
    left = threads_since(threads)
    return Growth(min(series) / rounds, process.num_fds() - files, len(left))


def threads_since(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return the threads that have begun since and do not end within two seconds."""
    for thread in set(threading.enumerate()) - before:
        thread.join(_PATIENCE_S)
    return [thread for thread in threading.enumerate() if thread not in before]


def _bytes_of(use: Callable[[], object], rounds: int) -> int:
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(rounds):
        use()
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - before
