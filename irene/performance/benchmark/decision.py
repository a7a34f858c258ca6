"""Whether values keep a limit, miss it, or cannot tell."""

from __future__ import annotations

from enum import Enum

from irene.performance.benchmark.bootstrap import Interval, of_median
from irene.performance.measuring.spread import Spread


class Decision(Enum):
    """What values say about a limit."""

    MET = "met"
    MISSED = "missed"
    UNCERTAIN = "uncertain"


def decide(values: Spread, at_most: float, *, trusted: bool, only_grows: bool) -> Decision:
    """Return whether values keep to a limit, as far as they can tell.

    In a run that can be trusted the interval of the median has to lie on one side of the limit. In
    any other, every single value has to.

    Args:
        values: what was measured, at least once.
        at_most: the limit, in the unit of the values.
        trusted: whether nothing speaks against the run.
        only_grows: whether whatever disturbs a run makes the values larger, as it does with times:
            then a run that is not trusted can meet the limit, but not miss it.
    """
    ends = of_median(values) if trusted else Interval(values.least, max(values.values))
    if ends.high <= at_most:
        return Decision.MET
    is_sure = trusted or not only_grows
    return Decision.MISSED if is_sure and ends.low > at_most else Decision.UNCERTAIN
