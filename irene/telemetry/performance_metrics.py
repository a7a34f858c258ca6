"""How long named stages take: any thread, any task, nested, and none of the times is lost."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple

from irene.domain.clock import Clock, SystemClock
from irene.telemetry.catalogue import STAGE_ERRORS, STAGE_SECONDS
from irene.telemetry.exposition import exposed
from irene.telemetry.histogram import Histogram, combined
from irene.telemetry.metrics import Distribution, Reading
from irene.telemetry.timers import Timer, timer_class

OTHER = "other"
"""what takes the times of names beyond `max_names`"""

_MOST_STARTED = 63
"""timers of a thread or task beside the latest; who stops none of them loses the oldest"""

_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Started:
    """A timer that was started by hand."""

    owner: PerformanceMetrics
    name: str
    began_s: float
    is_stopped: bool = False


class Drained(NamedTuple):
    """What a stage took for a while."""

    name: str
    seconds: list[float]
    """the latest times, oldest first"""
    errors: int = 0
    cancelled: int = 0


_started: ContextVar[tuple[_Started, ...]] = ContextVar("started", default=())
"""timers that this thread or task has started, the latest last"""


class PerformanceMetrics:
    """Measures stages by name: as a `with` block, as a decorator, or by hand.

    ::

        metrics = PerformanceMetrics()
        with metrics.measure("asr.infer"):
            ...
        metrics.get_statistics()["asr.infer"]["p95"]  # milliseconds

    A block that raises counts as an error and has no time. There is one for every assistant; what
    is kept is bounded: `max_samples` times of at most `max_names` names, any further name is
    measured as `other`.
    """

    def __init__(
        self,
        max_samples: int = 1000,
        enable_logging: bool = False,
        log_interval_seconds: float = 300.0,
        clock: Clock | None = None,
        *,
        max_names: int = 256,
    ) -> None:
        """Keep the latest `max_samples` times of each name for its quantiles.

        `enable_logging` logs the summary at the first block that ends after each interval, which
        makes a block about a half dearer; `clock` is the machine's unless given.

        Raises:
            ValueError: a number is not above 0.
        """
        if min(max_samples, max_names) < 1 or log_interval_seconds <= 0:
            raise ValueError("max_samples, max_names and log_interval_seconds are above 0")
        self._now = (clock or SystemClock()).monotonic
        self._max_samples, self._max_names = max_samples, max_names
        self._logs, self._interval_s = enable_logging, log_interval_seconds
        self._due_s = self._now() + log_interval_seconds
        self._timers: dict[str, type[Timer]] = {}
        self._lock = threading.RLock()

    def measure(self, name: str) -> Timer:
        """Return what measures a `with` block, or every call of the function that it decorates."""
        try:
            return self._timers[name]()
        except KeyError:
            return self._timer(name)()

    def histogram(self, name: str) -> Histogram:
        """Return what takes the times of a stage, seconds; always the same for a name."""
        timer = self._timers.get(name)
        return (self._timer(name) if timer is None else timer).histogram

    def observe(self, name: str, seconds: float) -> None:
        """Add a time that was measured in another way."""
        self.histogram(name).observe(seconds)

    def failed(self, name: str) -> None:
        """Count an error of a stage that was measured in another way."""
        self.histogram(name).failed()

    def drain(self) -> tuple[Drained, ...]:
        """Return what each stage took since this was asked last, and forget it."""
        return tuple(
            Drained(name, *timer.histogram.drain())
            for name, timer in tuple(self._timers.items())
            if not timer.histogram.is_empty
        )

    def add(self, drained: Drained) -> None:
        """Count what a stage took elsewhere."""
        histogram = self.histogram(drained.name)
        for seconds in drained.seconds:
            histogram.observe(seconds)
        for _ in range(drained.errors):
            histogram.failed()
        for _ in range(drained.cancelled):
            histogram.given_up()

    def start_timer(self, name: str) -> None:
        """Begin to measure by hand; `stop_timer` in the same thread or task ends it."""
        _started.set((*_started.get()[-_MOST_STARTED:], _Started(self, name, self._now())))

    def stop_timer(self, name: str) -> float:
        """End what `start_timer` began last under this name; return how long it took, seconds.

        Raises:
            LookupError: this thread or task has started no such timer.
        """
        running = [one for one in _started.get() if not one.is_stopped]
        mine = [one for one in running if one.owner is self and one.name == name]
        if not mine:
            raise LookupError(f"timer {name!r} was not started in this thread or task")
        latest = mine[-1]
        took_s = self._now() - latest.began_s
        latest.is_stopped = True
        _started.set(tuple(one for one in running if one is not latest))
        self.observe(name, took_s)
        return took_s

    def distributions(self) -> dict[str, Distribution]:
        """Return how the times of each stage are distributed, seconds, by name in order."""
        names = sorted(self._timers.copy())  # copying is atomic: others may add a name meanwhile
        return {name: self._timers[name].histogram.distribution() for name in names}

    def combined(self, names: Sequence[str]) -> Distribution:
        """Return how the times of several stages, at least one, are distributed together.

        Raises:
            KeyError: a stage has not been measured yet.
        """
        return combined([self._timers[name].histogram for name in names])

    def readings(self) -> Iterator[Reading]:
        """Yield the times and errors of every stage as values of metrics."""
        for name, distribution in self.distributions().items():
            yield Reading(STAGE_SECONDS, (name,), distribution)
            yield Reading(STAGE_ERRORS, (name,), distribution.errors)

    def export_prometheus(self) -> str:
        """Return the times and errors of every stage in Prometheus's text format.

        Raises:
            ConfigurationError: Prometheus's client is not installed; the message names the cure.
        """
        return exposed(self.readings)

    def get_statistics(self) -> dict[str, dict[str, float]]:
        """Return `count`, `errors`, `cancelled` and times in ms (`mean`, `p95` ...) by name.

        The times are `mean`, `p50`, `p95`, `p99`, `min` and `max`. The quantiles are of the
        latest `max_samples` times, all of the same ones; the rest is of all times. Errors are in
        no other figure.
        """
        return {name: _statistics(found) for name, found in self.distributions().items()}

    def get_summary(self) -> str:
        """Return a table for people: one line for each stage, times in milliseconds."""
        lines = [f"{'stage':30s} {'count':>8s} {'errors':>7s} {'mean':>9s} {'p50':>9s} {'p95':>9s}"]
        lines[0] += f" {'p99':>9s} {'max':>9s}"
        for name, of in self.get_statistics().items():
            times = " ".join(f"{of[key]:9.3f}" for key in ("mean", "p50", "p95", "p99", "max"))
            lines.append(f"{name:30s} {of['count']:8.0f} {of['errors']:7.0f} {times}")
        return "\n".join(lines)

    def _timer(self, name: str) -> type[Timer]:
        """Return what measures a name, made if it is new and there are not too many."""
        with self._lock:
            known = self._timers.get(name)
            if known is None and len(self._timers) >= self._max_names and name != OTHER:
                return self._timer(OTHER)
            if known is None:
                look = self._look if self._logs else None
                known = timer_class(name, self._now, Histogram(self._max_samples), look)
                self._timers[name] = known
            return known

    def _look(self, now_s: float) -> None:
        """Log the summary when it is due."""
        if now_s < self._due_s or not self._lock.acquire(blocking=False):
            return
        try:
            is_due = now_s >= self._due_s
            if is_due:
                late = math.floor((now_s - self._due_s) / self._interval_s)
                self._due_s += (late + 1) * self._interval_s
        finally:
            self._lock.release()
        if is_due:
            _log.info("performance, milliseconds\n%s", self.get_summary())


def _statistics(of: Distribution) -> dict[str, float]:
    times_s = {
        "mean": of.mean,
        "p50": of.p50,
        "p95": of.p95,
        "p99": of.p99,
        "min": of.minimum,
        "max": of.maximum,
    }
    in_ms = {key: seconds * 1e3 for key, seconds in times_s.items()}
    return {"count": of.count, "errors": of.errors, "cancelled": of.cancelled, **in_ms}
