"""Figures that were asked for, and whether what was measured says pass, fail or neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from irene.performance.benchmark.bootstrap import Interval, of_median
from irene.performance.benchmark.rounds import Series, ratios
from irene.performance.spread import Spread

PASS = "pass"
FAIL = "FAIL"
UNSTABLE = "not judged: unstable"
ABSENT = "not measured"
_MICRO = 1e6


@dataclass(frozen=True)
class Goal:
    """A limit to the time of one operation, or to its ratio to another's."""

    what: str
    """for people"""
    of: str
    """name of the probe"""
    at_most: float
    """microseconds; with `against`, our time over theirs"""
    against: str = ""
    """name of the other probe"""

    @property
    def limit(self) -> str:
        """The limit in words."""
        if not self.against:
            return f"at most {self.at_most:g} µs"
        if self.at_most < 1:
            return f"at least {round(1 / self.at_most, 2):g} times as fast"
        return f"at most {self.at_most:g} times as long"

    def figures(self, found: Mapping[str, Series]) -> Spread | None:
        """Return what the limit is about, one value per round; None when it was not measured."""
        if self.of not in found or (self.against and self.against not in found):
            return None
        if self.against:
            return ratios(found[self.of], found[self.against])
        seconds = found[self.of].seconds
        return Spread(tuple(_MICRO * value for value in seconds.values))

    def shown(self, value: float) -> str:
        """Return a value in words."""
        if not self.against:
            return f"{value:.2f} µs"
        if self.at_most < 1 and value > 0:
            return f"{1 / value:.1f} times as fast"
        return f"{value:.2f} times"


@dataclass(frozen=True)
class Judgement:
    """What became of a goal."""

    goal: Goal
    measured: Spread | None
    interval: Interval | None
    """of the median"""
    result: str
    """`PASS`, `FAIL`, `UNSTABLE` or `ABSENT`"""


def judge(goal: Goal, found: Mapping[str, Series], trusted: bool) -> Judgement:
    """Return whether a goal is met, as far as the values can tell.

    In a run that can be trusted the interval of the median has to lie on one side of the limit; in
    any other, every single round has to.
    """
    measured = goal.figures(found)
    if measured is None:
        return Judgement(goal, None, None, ABSENT)
    interval = of_median(measured)
    all_rounds = Interval(measured.least, max(measured.values))
    decisive = interval if trusted else all_rounds
    if decisive.high <= goal.at_most:
        result = PASS
    else:
        result = FAIL if decisive.low > goal.at_most else UNSTABLE
    return Judgement(goal, measured, interval, result)
