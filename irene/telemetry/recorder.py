"""Every figure of one assistant: counted here, or read where it is counted, when somebody asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from irene.domain.clock import Clock, SystemClock
from irene.telemetry.catalogue import REFUSED_SERIES
from irene.telemetry.histogram import Histogram
from irene.telemetry.metrics import Distribution, Metric, MetricKind, Reading
from irene.telemetry.performance_metrics import OTHER, PerformanceMetrics

Read = Callable[[], Iterable[Reading]]
"""returns what something that counts for itself has counted, or is now"""


class Counter:
    """A number that only grows; any thread may add to it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._value = 0.0

    def add(self, amount: float = 1.0) -> None:
        """Add to it.

        Raises:
            ValueError: the amount is negative.
        """
        if amount < 0:
            raise ValueError(f"a counter cannot go back by {-amount}")
        with self._lock:
            self._value += amount

    @property
    def value(self) -> float:
        """The sum so far."""
        return self._value


class Gauge:
    """A number that is so much now; the latest that any thread set."""

    def __init__(self) -> None:
        self.value = 0.0
        """in the unit of the metric"""

    def set(self, value: float) -> None:
        """Replace it."""
        self.value = value


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every figure of an assistant at one moment."""

    at: datetime
    """local date and time, with its zone"""
    uptime_s: float
    """seconds since the recorder was made; counters are sums since then"""
    readings: tuple[Reading, ...]
    """ordered by name and labels"""

    def values(self) -> dict[str, float | Distribution]:
        """Return the values by the keys of their readings: names with labels."""
        return {reading.key: reading.value for reading in self.readings}


@dataclass(frozen=True, slots=True)
class SessionTrace:
    """Where the time of a session went."""

    spans: Mapping[str, Any]
    """tree, as `Span.to_dict` gives it; never what was said"""
    outcome: str
    """why it ended, see `SessionEnded.reason`"""
    ended: datetime
    """local date and time of its end, with its zone"""


class Recorder:
    """The figures of one assistant; any thread may record and ask.

    What happens rarely is counted here. What counts for itself anyway (a cache, a pool, a router)
    is only read when somebody asks: `watch` it. Each metric has at most `max_series` combinations
    of label values; a further one is counted as `other`.
    """

    def __init__(
        self, clock: Clock | None = None, *, max_samples: int = 1000, max_series: int = 64
    ) -> None:
        """`clock` is the machine's unless given; `max_samples` values are in a quantile."""
        self._clock = clock or SystemClock()
        self._began_s = self._clock.monotonic()
        self._max_samples, self._max_series = max_samples, max_series
        self._lock = threading.RLock()
        self._series: dict[Metric, dict[tuple[str, ...], Counter | Gauge | Histogram]] = {}
        self._reads: list[Read] = []
        self._followers: list[Callable[[SessionTrace], None]] = []
        self._refused = Counter()
        self.stages = PerformanceMetrics(max_samples, clock=self._clock)
        """processing times of stages by name, such as `asr` or `lid.encoder_forward`"""

    @property
    def uptime_s(self) -> float:
        """Seconds since it was made."""
        return self._clock.monotonic() - self._began_s

    def counter(self, metric: Metric, *values: str) -> Counter:
        """Return the counter of a metric with these label values; always the same one.

        Raises:
            ValueError: the metric is no counter, or has another number of labels.
        """
        found = self._one_of(metric, values, MetricKind.COUNTER)
        assert isinstance(found, Counter)
        return found

    def gauge(self, metric: Metric, *values: str) -> Gauge:
        """Return the gauge of a metric with these label values; always the same one.

        Raises:
            ValueError: the metric is no gauge, or has another number of labels.
        """
        found = self._one_of(metric, values, MetricKind.GAUGE)
        assert isinstance(found, Gauge)
        return found

    def histogram(self, metric: Metric, *values: str) -> Histogram:
        """Return the histogram of a metric with these label values; always the same one.

        Raises:
            ValueError: the metric is no histogram, or has another number of labels.
        """
        found = self._one_of(metric, values, MetricKind.HISTOGRAM)
        assert isinstance(found, Histogram)
        return found

    def watch(self, read: Read) -> None:
        """Ask this for its readings whenever somebody wants them; from the thread of that one."""
        with self._lock:
            self._reads = [*self._reads, read]

    def follow(self, take: Callable[[SessionTrace], None]) -> None:
        """Have the span tree of every further session taken; `take` returns at once."""
        with self._lock:
            self._followers = [*self._followers, take]

    def unfollow(self, take: Callable[[SessionTrace], None]) -> None:
        """Give it no more."""
        with self._lock:
            self._followers = [one for one in self._followers if one != take]

    def traced(self, spans: Mapping[str, Any], outcome: str) -> None:
        """Give the span tree of a session that has just ended to those who follow."""
        for take in self._followers:
            take(SessionTrace(spans, outcome, self._clock.now()))

    def snapshot(self) -> Snapshot:
        """Return every figure as it is now; may take some milliseconds, and never waits."""
        readings = [*self._counted(), *self.stages.readings()]
        for read in self._reads:
            readings.extend(read())
        readings.append(Reading(REFUSED_SERIES, (), self._refused.value))
        readings.sort(key=lambda reading: (reading.metric.name, reading.values))
        return Snapshot(self._clock.now(), self.uptime_s, tuple(readings))

    def _one_of(
        self, metric: Metric, values: tuple[str, ...], kind: MetricKind
    ) -> Counter | Gauge | Histogram:
        if metric.kind is not kind or len(values) != len(metric.labels):
            labels = ", ".join(metric.labels) or "none"
            raise ValueError(f"{metric.name} is a {metric.kind.value} with labels: {labels}")
        with self._lock:
            series = self._series.setdefault(metric, {})
            if values not in series and len(series) >= self._max_series:
                self._refused.add()
                values = (OTHER,) * len(values)
            if values not in series:
                series[values] = self._made(metric)
            return series[values]

    def _made(self, metric: Metric) -> Counter | Gauge | Histogram:
        if metric.kind is MetricKind.HISTOGRAM:
            return Histogram(self._max_samples, metric.bounds)
        return Counter() if metric.kind is MetricKind.COUNTER else Gauge()

    def _counted(self) -> Iterable[Reading]:
        with self._lock:
            kept = {metric: dict(series) for metric, series in self._series.items()}
        for metric, series in kept.items():
            for values, one in series.items():
                value = one.distribution() if isinstance(one, Histogram) else one.value
                yield Reading(metric, values, value)
