"""Figures that were asked for, and whether what was measured says pass, fail or neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from irene.performance.benchmark.bootstrap import Interval, of_median
from irene.performance.benchmark.decision import Decision, decide
from irene.performance.benchmark.rounds import Series, ratios
from irene.performance.measuring.spread import Spread

PASS = "pass"
FAIL = "FAIL"
UNSTABLE = "not judged: unstable"
ABSENT = "not measured"
_RESULTS = {Decision.MET: PASS, Decision.MISSED: FAIL, Decision.UNCERTAIN: UNSTABLE}
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

    def shown(self, *values: float) -> str:
        """Return a value, or the ends of a range, in words."""
        is_turned = bool(self.against) and self.at_most < 1 and min(values) > 0
        if is_turned:
            values = tuple(sorted(1 / value for value in values))
        words = " to ".join(f"{value:.1f}" if is_turned else f"{value:.2f}" for value in values)
        if not self.against:
            return f"{words} µs"
        return f"{words} times as fast" if is_turned else f"{words} times"


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
    """Return whether a goal is met, as far as the values can tell (`decide`)."""
    measured = goal.figures(found)
    if measured is None:
        return Judgement(goal, None, None, ABSENT)
    decision = decide(measured, goal.at_most, trusted=trusted, only_grows=not goal.against)
    return Judgement(goal, measured, of_median(measured), _RESULTS[decision])
