"""What this process takes of the machine, looked up when somebody asks."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from irene.domain.clock import Clock, SystemClock
from irene.telemetry.catalogue import (
    PROCESS_CPU,
    PROCESS_FILES,
    PROCESS_RESIDENT,
    PROCESS_THREADS,
    PROCESS_WORKERS,
)
from irene.telemetry.metrics import Reading

if TYPE_CHECKING:
    import psutil

_LOOK_FOR_WORKERS_S = 30.0
"""time after which processes that were started meanwhile are found"""


class ProcessReader:
    """Reads what this process and those that it started take; any thread may ask."""

    def __init__(self, clock: Clock | None = None) -> None:
        """`clock` is the machine's unless given."""
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._process: psutil.Process | None = None
        self._workers: Sequence[psutil.Process] = ()
        self._looked_s = 0.0

    def readings(self) -> list[Reading]:
        """Return memory, CPU time, threads and open files, and the memory of its workers."""
        with self._lock:
            process = self._process or self._found()
            if self._clock.monotonic() - self._looked_s >= _LOOK_FOR_WORKERS_S:
                self._look_for_workers(process)
            with process.oneshot():
                times = process.cpu_times()
                readings = [
                    Reading(PROCESS_RESIDENT, (), process.memory_info().rss),
                    Reading(PROCESS_CPU, (), times.user + times.system),
                    Reading(PROCESS_THREADS, (), process.num_threads()),
                    Reading(PROCESS_WORKERS, (), _resident(self._workers)),
                ]
                if hasattr(process, "num_fds"):  # not on Windows
                    readings.append(Reading(PROCESS_FILES, (), process.num_fds()))
            return readings

    def _found(self) -> psutil.Process:
        import psutil

        self._process = process = psutil.Process()
        self._look_for_workers(process)
        return process

    def _look_for_workers(self, process: psutil.Process) -> None:
        self._workers = _descendants(process)
        self._looked_s = self._clock.monotonic()


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    """Return the processes that one has started, and those that they have.

    Linux lists the children of a thread in a file: psutil looks at every process of the machine
    instead, which takes milliseconds.
    """
    import psutil

    found: list[psutil.Process] = []
    parents = [process.pid]
    while parents:
        try:
            children = _children(parents.pop())
        except OSError:  # another system, or the process has ended meanwhile
            if not found and not parents:
                return process.children(recursive=True)
            continue
        parents += children
        for child in children:
            with suppress(psutil.Error):
                found.append(psutil.Process(child))
    return found


def _children(process: int) -> list[int]:
    """Return the numbers of the processes that one has started, on Linux."""
    threads = Path(f"/proc/{process}/task").iterdir()
    lists = [(thread / "children").read_text() for thread in threads]
    return [int(number) for number in " ".join(lists).split()]


def own_cpu_s() -> float:
    """Return the processor time, seconds, of this process and of those it started that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def workers_cpu_s(
    name_of: Callable[[psutil.Process], str] | None = None,
) -> dict[int, tuple[str, float]]:
    """Return name and processor time, seconds, of the processes that this one started, by number.

    Those that have ended are left out. The name is that of the program, unless ``name_of`` knows
    a better one.
    """
    import psutil

    found = {}
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
            name = name_of(child) if name_of else child.name()
            found[child.pid] = (name, float(times.user + times.system))
        except psutil.Error:  # it has ended meanwhile
            continue
    return found


def workers_bytes() -> int:
    """Return the resident memory of the processes that this one started, bytes."""
    import psutil

    return _resident(psutil.Process().children(recursive=True))


def _resident(processes: Iterable[psutil.Process]) -> int:
    import psutil

    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:  # it has ended meanwhile
            continue
    return total
