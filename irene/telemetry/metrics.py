"""What a figure is called, what it counts in, and by what it is told apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_NAME = re.compile(r"irene(_[a-z][a-z0-9]*){2,}")
_LABEL = re.compile(r"[a-z][a-z_]*")
UNITS = ("seconds", "bytes", "ratio", "celsius", "samples", "info", "")
"""base units that a name may end in; none where things are counted"""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""upper bounds of the buckets of a time, seconds"""


class MetricKind(str, Enum):
    """How values of a metric belong together."""

    COUNTER = "counter"
    """only grows; begins again at zero when what counts is made anew"""
    GAUGE = "gauge"
    """is so much now"""
    HISTOGRAM = "histogram"
    """many values, of which the distribution is kept"""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure that is recorded: its public name, kind, unit and labels.

    Raises:
        ValueError: the name is not `irene_<component>_<what>_<unit>` (a counter's ends in `_total`
            behind its unit), or a label is no word.
    """

    name: str
    """as Prometheus shows it, such as `irene_audio_lost_seconds_total`"""
    kind: MetricKind
    text: str
    """one line that says what it is"""
    labels: tuple[str, ...] = ()
    """what its values are told apart by; each takes few values"""
    bounds: tuple[float, ...] = ()
    """upper bounds of a histogram's buckets, in its unit, rising; without the last, which is
    infinite"""

    def __post_init__(self) -> None:
        """Refuse a name that a user of the metrics could not rely on."""
        is_counter = self.kind is MetricKind.COUNTER
        if not _NAME.fullmatch(self.name) or self.name.endswith("_total") is not is_counter:
            raise ValueError(f"{self.name!r} is no name of a {self.kind.value}")
        if self.name.endswith(("_ms", "_mb", "_percent", "_kb", "_us")):
            raise ValueError(f"{self.name!r} is not in a base unit (seconds, bytes, ratio)")
        wrong = [label for label in self.labels if not _LABEL.fullmatch(label)]
        if wrong or (self.kind is MetricKind.HISTOGRAM) is not bool(self.bounds):
            raise ValueError(f"{self.name!r}: wrong labels {wrong} or bounds {self.bounds}")

    @property
    def unit(self) -> str:
        """Base unit that the name ends in; empty where things are counted."""
        last = self.name.removesuffix("_total").rsplit("_", 1)[1]
        return last if last in UNITS else ""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Many values of one thing: all of them counted in buckets, the latest in quantiles."""

    count: int
    """values so far"""
    total: float
    """their sum, in the unit of the metric"""
    buckets: tuple[tuple[float, int], ...]
    """upper bound and number of values up to it; the last bound is infinite"""
    minimum: float
    """the smallest so far; 0 without any"""
    maximum: float
    """the largest so far; 0 without any"""
    window: int
    """latest values, of which the quantiles are"""
    p50: float
    """half of the window is not above it; 0 without any"""
    p95: float
    """95 % of the window are not above it"""
    p99: float
    """99 % of the window are not above it"""
    errors: int = 0
    """attempts that failed; they are in no other figure"""
    cancelled: int = 0
    """attempts that were given up; they are in no other figure"""

    @property
    def mean(self) -> float:
        """Mean of all values so far; 0 without any."""
        return self.total / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a metric with its labels, at one moment."""

    metric: Metric
    values: tuple[str, ...]
    """one for each of the metric's labels"""
    value: float | Distribution
    """a distribution for a histogram"""

    @property
    def key(self) -> str:
        """Name and labels in one word, such as `irene_asr_calls_total{provider="vosk"}`."""
        pairs = zip(self.metric.labels, self.values, strict=True)
        labels = ",".join(f'{label}="{value}"' for label, value in pairs)
        return f"{self.metric.name}{{{labels}}}" if labels else self.metric.name
