"""Whether values keep a limit, miss it, or cannot tell."""

from __future__ import annotations

from enum import Enum
from math import comb

from irene.performance.benchmark.bootstrap import of_median
from irene.performance.measuring.spread import Spread

_CHANCE = 0.025
"""probability that chance alone puts so many values on one side: that of a 95 % interval"""


class Decision(Enum):
    """What values say about a limit."""

    MET = "met"
    MISSED = "missed"
    UNCERTAIN = "uncertain"


def decide(values: Spread, at_most: float, *, trusted: bool, only_grows: bool) -> Decision:
    """Return whether values keep to a limit, as far as they can tell.

    In a run that can be trusted the interval of the median has to lie on one side of the limit. In
    any other, every single value has to, or so many that their median is sure to: a value that is
    only disturbed upwards lies at or below its true middle at most every second time, so that the
    sign test (J. Arbuthnot, Philosophical Transactions 27, 1710) holds for whatever disturbs.

    Args:
        values: what was measured, at least once.
        at_most: the limit, in the unit of the values.
        trusted: whether nothing speaks against the run.
        only_grows: whether whatever disturbs a run makes the values larger, as it does with times:
            then a run that is not trusted can meet the limit, but not miss it.
    """
    if not trusted:
        return _by_signs(values, at_most, only_grows)
    ends = of_median(values)
    if ends.high <= at_most:
        return Decision.MET
    return Decision.MISSED if ends.low > at_most else Decision.UNCERTAIN


def _by_signs(values: Spread, at_most: float, only_grows: bool) -> Decision:
    n = len(values.values)
    n_kept = sum(one <= at_most for one in values.values)
    if _is_majority(n_kept, n):
        return Decision.MET
    is_missed = not only_grows and _is_majority(n - n_kept, n)
    return Decision.MISSED if is_missed else Decision.UNCERTAIN


def _is_majority(k: int, n: int) -> bool:
    """Return whether k of n on one side are all, or more than chance puts there."""
    return k == n or sum(comb(n, one) for one in range(k, n + 1)) / 2**n <= _CHANCE
