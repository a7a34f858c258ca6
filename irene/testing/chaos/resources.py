"""What a process holds: memory, threads, files, children, streams; and what of it grows."""

from __future__ import annotations

import gc
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import psutil

from irene.testing.faults.watching import WatchedStreams

_SETTLING_S = 20.0
"""longest wait for threads that are about to end"""
_POLL_S = 0.005
_OWN_THREADS = "irene-"


@dataclass(frozen=True, slots=True)
class Holding:
    """What a process held while nothing was going on."""

    commands: int
    """commands that had been given before"""
    memory_mb: float
    """resident memory, 10^6 bytes"""
    threads: tuple[str, ...]
    """names of irene's threads"""
    n_files: int
    """open files and sockets"""
    n_children: int
    """processes that it started"""
    n_streams: int
    """streams of providers that somebody still holds"""

    @classmethod
    def now(cls, commands: int, streams: WatchedStreams) -> Holding:
        """Look, once what is about to end has ended."""
        until = time.monotonic() + _SETTLING_S
        while (_own_threads() or streams.n_alive) and time.monotonic() < until:
            gc.collect()  # what only a cycle holds has not ended yet
            time.sleep(_POLL_S)
        process = psutil.Process()
        gc.collect()
        return cls(
            commands=commands,
            memory_mb=process.memory_info().rss / 1e6,
            threads=_own_threads(),
            n_files=_n_files(process),
            n_children=len(process.children(recursive=True)),
            n_streams=streams.n_alive,
        )


def _own_threads() -> tuple[str, ...]:
    names = (thread.name for thread in threading.enumerate())
    return tuple(sorted(name for name in names if name.startswith(_OWN_THREADS)))


def _n_files(process: psutil.Process) -> int:
    return process.num_fds() if hasattr(process, "num_fds") else len(process.open_files())


def growth_mb(holdings: Sequence[Holding]) -> float:
    """Return how much memory is added per 1000 commands: the slope of the line of least squares.

    Only the later half counts: until then caches fill, libraries are loaded, and the allocator
    finds its size. 0 where there are too few for a slope.
    """
    later = holdings[len(holdings) // 2 :]
    if len(later) < 3:
        return 0.0
    commands = np.array([one.commands for one in later], float)
    memory = np.array([one.memory_mb for one in later])
    return float(np.polyfit(commands, memory, 1)[0] * 1000)


def leaks(holdings: Sequence[Holding], most_growth_mb: float) -> list[str]:
    """Return what was not given back, one line each; memory may grow so much per 1000 commands."""
    if not holdings:
        return []
    first, last = holdings[0], holdings[-1]
    found = []
    if last.threads:
        counted = Counter(last.threads)
        named = ", ".join(f"{n} x {name}" for name, n in sorted(counted.items()))
        found.append(f"threads that did not end: {named}")
    for what in ("n_files", "n_children"):
        before, after = getattr(first, what), getattr(last, what)
        if after > before:
            found.append(f"{what.removeprefix('n_')}: {after} instead of {before}")
    if last.n_streams:
        found.append(f"streams: {last.n_streams} are still held")
    grown_mb = growth_mb(holdings)
    if grown_mb > most_growth_mb:
        found.append(f"memory: {grown_mb:.2f} MB more with every 1000 commands")
    return found
