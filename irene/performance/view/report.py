"""The figures of one window, ready to be shown: none without the measurements that it is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Subject:
    """The assistant that was measured."""

    name: str
    pid: int
    version: str
    config: str
    """name of the profile, or of the configuration file without its ending"""
    began: float
    """seconds since 1970 (UTC)"""
    is_running: bool
    ended: str | None = None
    """why its run ended; None while it runs, and when it was killed"""
    doing: str = ""
    """what it does now, as `irene status` says it; empty where that is not known"""


@dataclass(frozen=True, slots=True)
class Window:
    """The time and the runs that the figures are of."""

    since: float
    """seconds since 1970 (UTC)"""
    until: float
    """seconds since 1970 (UTC)"""
    n_runs: int
    n_commands: int
    """commands that ended within it"""
    source: str
    """the file, or `live`"""
    dropped: int = 0
    """rows that were not written in time"""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the values of one thing are distributed."""

    component: str
    name: str
    """of the stage, or the metric with its labels"""
    unit: str
    """`ms`, `x` for a real-time factor, else the unit of the metric"""
    n: int
    """values that the quantiles are of"""
    mean: float
    p50: float
    p95: float
    p99: float
    high: float
    """the largest"""
    how: str
    """where the values come from"""
    depth: int = 0
    """stages that it is inside of"""


@dataclass(frozen=True, slots=True)
class Level:
    """What is so much at a time: a gauge, or a counter by its growth."""

    component: str
    metric: str
    """with its labels"""
    kind: str
    """`gauge` or `counter`"""
    unit: str
    last: float
    """the latest value; of a counter its growth within the window"""
    low: float
    """the smallest within the window"""
    high: float
    """the largest within the window"""
    n: int
    """looks at it"""
    points: Sequence[tuple[float, float]] = ()
    """times and values, for plots"""


@dataclass(frozen=True, slots=True)
class HitRate:
    """How often a cache had what was asked for."""

    component: str
    cache: str
    hits: int
    lookups: int
    """more than 0"""

    @property
    def share(self) -> float:
        """Hits of all lookups, 0 to 1."""
        return self.hits / self.lookups


@dataclass(frozen=True, slots=True)
class SeenAlert:
    """An alert of the window."""

    name: str
    series: str
    statistic: str
    threshold: float
    value: float
    raised: float | None
    """seconds since 1970 (UTC); None where only what is on now is known"""
    cleared: float | None
    """None while it lasts, and when the run ended before it did"""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that there is to show."""

    subject: Subject
    window: Window
    stages: Sequence[Spread] = ()
    """time of each stage of a command, in the order in which they come"""
    factors: Sequence[Spread] = ()
    """real-time factor of each recogniser: its time for the time of the speech"""
    timings: Sequence[Spread] = ()
    """what the assistant's own recorder has timed or sized"""
    levels: Sequence[Level] = ()
    hit_rates: Sequence[HitRate] = ()
    providers: Sequence[Mapping[str, Any]] = ()
    """as the control socket's `providers` tells it"""
    alerts: Sequence[SeenAlert] = ()
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """commands by the reason for which they ended"""
    answer_times: Sequence[tuple[float, float]] = ()
    """when a command ended (seconds since 1970) and its time from the end of speech to the answer,
    milliseconds"""

    def of_component(self, component: str) -> Report:
        """Return what belongs to one component."""
        return replace(
            self,
            stages=[one for one in self.stages if one.component == component],
            factors=[one for one in self.factors if one.component == component],
            timings=[one for one in self.timings if one.component == component],
            levels=[one for one in self.levels if one.component == component],
            hit_rates=[one for one in self.hit_rates if one.component == component],
            providers=[one for one in self.providers if one["kind"] == component],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        rates = [{**asdict(one), "share": one.share} for one in self.hit_rates]
        return {**asdict(self), "hit_rates": rates}


def series_name(name: str, labels: Mapping[str, str]) -> str:
    """Return a metric with its labels in one word, as Prometheus writes it."""
    pairs = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{pairs}}}" if pairs else name
