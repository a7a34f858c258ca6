"""What this process takes of the machine, looked up when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator

from irene.telemetry.catalogue import (
    PROCESS_CPU,
    PROCESS_FILES,
    PROCESS_RESIDENT,
    PROCESS_THREADS,
    PROCESS_WORKERS,
)
from irene.telemetry.metrics import Reading


def process_readings() -> Iterator[Reading]:
    """Return memory, CPU time, threads and open files of this process, and its workers' memory."""
    import psutil

    process = psutil.Process()
    with process.oneshot():
        times = process.cpu_times()
        yield Reading(PROCESS_RESIDENT, (), process.memory_info().rss)
        yield Reading(PROCESS_CPU, (), times.user + times.system)
        yield Reading(PROCESS_THREADS, (), process.num_threads())
        if hasattr(process, "num_fds"):  # not on Windows
            yield Reading(PROCESS_FILES, (), process.num_fds())
    yield Reading(PROCESS_WORKERS, (), workers_bytes())


def workers_bytes() -> int:
    """Return the resident memory of the processes that this one started, bytes."""
    import psutil

    total = 0
    for child in psutil.Process().children(recursive=True):
        try:
            total += child.memory_info().rss
        except psutil.Error:  # it has ended meanwhile
            continue
    return total
