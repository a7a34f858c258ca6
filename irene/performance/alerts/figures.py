"""What a rule compares: the statistics of each series, told from one look after the other."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from irene.config.sections import AlertRule
from irene.telemetry.catalogue import METRICS
from irene.telemetry.metrics import Distribution, MetricKind, Reading

RATE_WINDOW_S = 60.0
"""time over which the growth of a counter is told"""
SHARE_WINDOW_S = 600.0
"""time over which the share of hits is told"""
RESULT = "result"
"""label of a counter by which hits are told from the rest"""
HIT = "hit"
"""its value for a hit"""
_UNITS = {metric.name: metric.unit for metric in METRICS}
_WITHOUT_UNIT = ("rate", "share")
"""statistics whose values are not in the unit of their metric"""


def unit_of(metric: str, statistic: str) -> str:
    """Return the unit of a statistic of a metric; empty for rates, shares and unknown metrics."""
    return "" if statistic in _WITHOUT_UNIT else _UNITS.get(metric, "")


@dataclass(frozen=True, slots=True)
class Figure:
    """A statistic of one series at one moment."""

    value: float
    n: int
    """measurements that it comes from"""


@dataclass(frozen=True, slots=True)
class Series:
    """What is known of one series at one moment."""

    metric: str
    """its name"""
    labels: Mapping[str, str]
    figures: Mapping[str, Figure]
    """by statistic; one that says nothing is left out"""

    @property
    def key(self) -> str:
        """Name and labels in one word, as Prometheus writes them."""
        labels = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        return f"{self.metric}{{{labels}}}" if labels else self.metric


@dataclass(slots=True)
class _Growth:
    """A counter over the last minutes."""

    seen: deque[tuple[float, float]] = field(default_factory=deque)
    """times and values; after a fall the values go on from where they were"""
    last: float = 0.0
    above: float = 0.0

    def note(self, now_s: float, value: float) -> None:
        if value < self.last:  # it began again at zero
            self.above += self.last
        self.last = value
        self.seen.append((now_s, value + self.above))
        while len(self.seen) > 2 and self.seen[1][0] <= now_s - SHARE_WINDOW_S:
            self.seen.popleft()

    def within(self, window_s: float) -> tuple[float, float]:
        """Return how much it grew within the last seconds, and in how many."""
        now_s, value = self.seen[-1]
        since_s, before = self.seen[0]
        for at_s, earlier in self.seen:
            if at_s > now_s - window_s:
                break
            since_s, before = at_s, earlier
        return value - before, now_s - since_s


class Figures:
    """Tells the statistics of every series of a snapshot; remembers counters between looks."""

    def __init__(self) -> None:
        self._growths: dict[str, _Growth] = {}

    def of(self, readings: Iterable[Reading], now_s: float) -> list[Series]:
        """Return every series; counters with the label `result` also as shares of hits.

        Args:
            readings: a snapshot.
            now_s: monotonic time at which it was made.
        """
        found: list[Series] = []
        shares: dict[tuple[str, tuple[tuple[str, str], ...]], list[float]] = {}
        for reading in readings:
            labels = dict(zip(reading.metric.labels, reading.values, strict=True))
            if isinstance(reading.value, Distribution):
                figures = _of_distribution(reading.value)
            elif reading.metric.kind is MetricKind.COUNTER:
                growth = self._grown(reading.key, reading.value, now_s)
                figures = _of_counter(reading.value, growth)
                _add_share(shares, reading.metric.name, labels, growth)
            else:
                figures = _of_gauge(reading.value)
            found.append(Series(reading.metric.name, labels, figures))
        return [*found, *(_share(*key, *grown) for key, grown in shares.items() if sum(grown))]

    def _grown(self, key: str, value: float, now_s: float) -> _Growth:
        growth = self._growths.setdefault(key, _Growth())
        growth.note(now_s, value)
        return growth


def compared(readings: Iterable[Reading], rules: Iterable[AlertRule]) -> list[Reading]:
    """Return the readings that a rule looks at: of the others nothing has to be told."""
    metrics = {rule.metric for rule in rules if rule.enabled}
    return [reading for reading in readings if reading.metric.name in metrics]


def _of_distribution(value: Distribution) -> dict[str, Figure]:
    if not value.count:
        return {}
    latest = {name: getattr(value, name) for name in ("p50", "p95", "p99")}
    figures = {name: Figure(figure, value.window) for name, figure in latest.items()}
    figures["mean"] = Figure(value.mean, value.count)
    figures["max"] = Figure(value.maximum, value.count)
    return figures


def _of_gauge(value: float) -> dict[str, Figure]:
    return {"value": Figure(value, 1)} if math.isfinite(value) else {}


def _of_counter(value: float, growth: _Growth) -> dict[str, Figure]:
    grown, seconds = growth.within(RATE_WINDOW_S)
    figures = {"value": Figure(value, 1)}
    if seconds:
        figures["rate"] = Figure(grown / seconds, 2)
    return figures


def _add_share(
    shares: dict[tuple[str, tuple[tuple[str, str], ...]], list[float]],
    metric: str,
    labels: dict[str, str],
    growth: _Growth,
) -> None:
    if RESULT not in labels:
        return
    others = tuple((name, value) for name, value in labels.items() if name != RESULT)
    hits_and_rest = shares.setdefault((metric, others), [0.0, 0.0])
    hits_and_rest[labels[RESULT] != HIT] += growth.within(SHARE_WINDOW_S)[0]


def _share(metric: str, labels: tuple[tuple[str, str], ...], hits: float, others: float) -> Series:
    share = Figure(hits / (hits + others), int(hits + others))
    return Series(metric, dict(labels), {"share": share})
