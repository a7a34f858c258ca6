"""Profiling the operations of a program, and what the process takes meanwhile."""

from __future__ import annotations

import functools
import itertools
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np

from irene.components.threads import start_daemon
from irene.domain.clock import Clock, SystemClock
from irene.performance.profiling.analysis import BOTTLENECK_SHARE
from irene.performance.profiling.contexts import ProfilerManager
from irene.performance.profiling.gpu import read_gpus
from irene.performance.profiling.profile import Level
from irene.performance.profiling.results import ProfileResult
from irene.telemetry import catalogue
from irene.telemetry.metrics import Distribution
from irene.telemetry.process import ProcessReader


class PerformanceProfiler:
    """Profiles operations of any name, and says which take most of the time, and in what.

    ::

        profiler = PerformanceProfiler(level="detailed")
        with profiler.profile_operation("moshi", "inference"):
            ...
        profiler.get_performance_summary(component="moshi", last_n_minutes=5)

    Any thread and task may profile. `start_monitoring` looks at the process besides.
    """

    def __init__(
        self,
        level: Level | str = Level.BASIC,
        max_history: int = 1000,
        enable_gpu_monitoring: bool = False,
        *,
        clock: Clock | None = None,
    ) -> None:
        """Get ready.

        Args:
            level: how often it is looked into an operation.
            max_history: operations, and looks at the process, that are remembered.
            enable_gpu_monitoring: whether each look is at the graphics processors, too.
            clock: what time is told by; None takes the machine's.
        """
        self.enable_gpu_monitoring = enable_gpu_monitoring
        """whether looks are at the graphics processors, too"""
        self._manager = ProfilerManager(level=level, max_results=max_history)
        self._clock = clock or SystemClock()
        self._numbers = itertools.count(1)
        self._reader = ProcessReader(self._clock)
        self._looks: deque[dict[str, Any]] = deque(maxlen=max_history)
        self._changed = threading.Condition()
        self._is_over = True
        self._thread: Future[None] | None = None

    @property
    def level(self) -> Level:
        """How often it is looked into an operation."""
        return self._manager.level

    @contextmanager
    def profile_operation(self, component: str, operation: str) -> Iterator[str]:
        """Profile a `with` block; gives it a name of its own, such as `moshi.inference-1`."""
        with self._manager.profile(component, operation):
            yield f"{component}.{operation}-{next(self._numbers)}"

    def get_profile_results(self, component: str | None = None) -> list[ProfileResult]:
        """Return what came of every operation that is remembered, the oldest first."""
        return self._manager.get_profile_results(component)

    def get_performance_summary(
        self, component: str | None = None, last_n_minutes: float | None = None
    ) -> dict[str, Any]:
        """Return the times of the operations, in milliseconds, and what the process took.

        Args:
            component: only operations of this one.
            last_n_minutes: only those that began since; None: all that are remembered.
        """
        results = self._recent(component, last_n_minutes)
        groups = _by_operation(results)
        failed = sum(one.failed for one in results)
        return {
            "total_operations": len(results),
            "total_errors": failed,
            "error_rate": failed / len(results) if results else 0.0,
            "total_time_ms": sum(one.duration_ms for one in results),
            "operations": {name: _times(of_name) for name, of_name in groups.items()},
            "bottlenecks": _bottlenecks(groups),
            "recommendations": _recommendations(groups),
            "process": self._looks[-1] if self._looks else None,
            "n_looks": len(self._looks),
        }

    def get_optimization_recommendations(self) -> list[str]:
        """Return where to begin: each operation above a fifth of the time, and what it is in."""
        return _recommendations(_by_operation(self._recent(None, None)))

    def start_monitoring(self, interval: float = 1.0) -> None:
        """Look at the process every so many seconds; a second call does nothing."""
        with self._changed:
            if not self._is_over:
                return
            self._is_over = False
        self._thread = start_daemon("profiler-looks", lambda: self._look_often(interval))

    def stop_monitoring(self) -> None:
        """Look no more; a second call does nothing."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.result()

    def close(self) -> None:
        """Look no more, and end all threads."""
        self.stop_monitoring()
        self._manager.close()

    def _recent(self, component: str | None, last_n_minutes: float | None) -> list[ProfileResult]:
        results = self._manager.get_profile_results(component)
        if last_n_minutes is None:
            return results
        since = self._clock.now().timestamp() - 60 * last_n_minutes
        return [one for one in results if one.began >= since]

    def _look_often(self, interval_s: float) -> None:
        while True:
            look = self._look()
            with self._changed:
                self._looks.append(look)
                if not self._is_over:
                    self._clock.wait(self._changed, interval_s)
                if self._is_over:
                    return

    def _look(self) -> dict[str, Any]:
        found = {reading.metric: reading.value for reading in self._reader.readings()}
        return {
            "at": self._clock.now().timestamp(),
            "memory_mb": _number(found[catalogue.PROCESS_RESIDENT]) / 1e6,
            "cpu_s": _number(found[catalogue.PROCESS_CPU]),
            "threads": _number(found[catalogue.PROCESS_THREADS]),
            "gpus": [asdict(one) for one in read_gpus()] if self.enable_gpu_monitoring else [],
        }


@functools.cache
def get_performance_profiler() -> PerformanceProfiler:
    """Return a profiler that the whole process may share; irene itself does not use it."""
    return PerformanceProfiler()


def _number(value: float | Distribution) -> float:
    return value.mean if isinstance(value, Distribution) else value


def _by_operation(results: Sequence[ProfileResult]) -> dict[str, list[ProfileResult]]:
    groups: dict[str, list[ProfileResult]] = {}
    for one in results:
        groups.setdefault(f"{one.component}.{one.operation}", []).append(one)
    return groups


def _times(results: Sequence[ProfileResult]) -> dict[str, Any]:
    times = [one.duration_ms for one in results]
    p50, p95, p99 = (float(value) for value in np.percentile(times, (50, 95, 99)))
    return {
        "operation_count": len(times),
        "error_count": sum(one.failed for one in results),
        "avg_time_ms": sum(times) / len(times),
        "p50_time_ms": p50,
        "p95_time_ms": p95,
        "p99_time_ms": p99,
        "min_time_ms": min(times),
        "max_time_ms": max(times),
        "cpu_time_ms": sum(one.cpu_ms for one in results),
    }


def _shares(groups: dict[str, list[ProfileResult]]) -> list[tuple[str, float]]:
    """Return the operations above a fifth of the time of all, the slowest first."""
    total_ms = sum(one.duration_ms for results in groups.values() for one in results)
    shares = {
        name: sum(one.duration_ms for one in results) / total_ms if total_ms else 0.0
        for name, results in groups.items()
    }
    above = [(name, share) for name, share in shares.items() if share > BOTTLENECK_SHARE]
    return sorted(above, key=lambda one: -one[1])


def _bottlenecks(groups: dict[str, list[ProfileResult]]) -> list[str]:
    return [name for name, _ in _shares(groups)]


def _recommendations(groups: dict[str, list[ProfileResult]]) -> list[str]:
    told = []
    for name, share in _shares(groups):
        longest = max(groups[name], key=lambda one: one.duration_ms)
        inside = longest.top_functions[0] if longest.top_functions else None
        where = "" if inside is None else f"; most of its longest run in {inside}"
        told.append(f"{name} takes {share:.0%} of the time of all operations{where}")
    return told
