"""What may be optimised, and what a configuration must keep to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import inf, log

from irene.errors import ConfigurationError

_LIMIT = re.compile(r"\s*([a-z]+)\s*(?:<=|=|<)\s*([0-9.]+)\s*([a-z%]*)\s*")


class Metric(str, Enum):
    """One thing that is measured of a configuration; less is better in each."""

    LATENCY = "latency"
    """from the end of speech to the answer's sound, ms"""
    CPU = "cpu"
    """processor time per second of audio, of all threads and workers, s"""
    RSS = "rss"
    """most resident memory, of the process and its workers, 10^6 bytes"""
    WER = "wer"
    """word errors per word that was said"""
    UNANSWERED = "unanswered"
    """share of the recordings whose command was not understood"""

    def __str__(self) -> str:
        return self.value

    @property
    def is_share(self) -> bool:
        """Whether it is an error rate, which may be 0 and belongs to recordings, not to rounds."""
        return self in (Metric.WER, Metric.UNANSWERED)

    def written(self, value: float) -> str:
        """Return a value with its unit."""
        if self is Metric.LATENCY:
            return f"{value:.0f} ms"
        if self is Metric.RSS:
            return f"{value:.1f} MB"
        return f"{100 * value:.1f} %"


class Goal(str, Enum):
    """What the search makes smaller."""

    LATENCY = "latency"
    CPU = "cpu"
    MEMORY = "memory"
    ACCURACY = "accuracy"

    def metric(self, has_references: bool) -> Metric:
        """Return what is measured for it."""
        if self is Goal.ACCURACY:
            return Metric.WER if has_references else Metric.UNANSWERED
        return {
            Goal.LATENCY: Metric.LATENCY,
            Goal.CPU: Metric.CPU,
            Goal.MEMORY: Metric.RSS,
        }[self]


_NAMES = {
    **{str(metric): metric for metric in Metric},
    "memory": Metric.RSS,
    "errors": Metric.UNANSWERED,
}
_UNITS: Mapping[Metric, Mapping[str, float]] = {
    Metric.LATENCY: {"ms": 1.0, "s": 1000.0},
    Metric.RSS: {"mb": 1.0, "gb": 1000.0},
    Metric.CPU: {"%": 0.01, "": 1.0},
    Metric.WER: {"%": 0.01, "": 1.0},
    Metric.UNANSWERED: {"%": 0.01, "": 1.0},
}


@dataclass(frozen=True)
class Limit:
    """A value that a metric must not exceed."""

    metric: Metric
    most: float
    """in the metric's unit"""

    def excess(self, value: float) -> float:
        """Return how far a value is beyond it: 0.0 within, else a number that grows with it."""
        if value <= self.most:
            return 0.0
        return (
            value - self.most if self.metric.is_share or not self.most else log(value / self.most)
        )

    def __str__(self) -> str:
        return f"{self.metric}={self.metric.written(self.most).replace(' ', '')}"


def read_limits(texts: Sequence[str]) -> tuple[Limit, ...]:
    """Return limits as a command line writes them: `rss=300MB`, `wer=10%`, `latency=0.5s`.

    Raises:
        ConfigurationError: one cannot be read; the message says what would be right.
    """
    limits = tuple(map(_limit, texts))
    metrics = [limit.metric for limit in limits]
    twice = next((one for one in metrics if metrics.count(one) > 1), None)
    if twice is not None:
        raise ConfigurationError(f"--limit: {twice} is limited twice; once is enough")
    return limits


def _limit(text: str) -> Limit:
    found = _LIMIT.fullmatch(text.lower())
    metric = _NAMES.get(found[1]) if found else None
    if found is None or metric is None:
        names = ", ".join(_NAMES)
        raise ConfigurationError(
            f"--limit {text}: write NAME=VALUE, as in rss=300MB; names: {names}"
        )
    units = _UNITS[metric]
    try:
        value = float(found[2]) * units[found[3]]
    except (KeyError, ValueError):
        named = " or ".join(unit.upper() if "b" in unit else unit for unit in units if unit)
        raise ConfigurationError(f"--limit {text}: {metric} takes a number of {named}") from None
    return Limit(metric, value)


def excess_of(limits: Sequence[Limit], values: Mapping[Metric, float]) -> float:
    """Return how far values are beyond all limits together; 0.0 when all are kept.

    What could not be measured is beyond any limit.
    """
    return sum(limit.excess(values.get(limit.metric, inf)) for limit in limits)
