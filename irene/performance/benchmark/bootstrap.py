"""How far a middle value can be trusted, told from the values alone: the percentile bootstrap.

B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979): what
another run would have shown is imitated by drawing as many values from those at hand, with
replacement, many times over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from irene.performance.spread import Spread

_DRAWS = 2000
CONFIDENCE = 0.95
"""share of intervals that hold the true value"""
TOLERANCE = 0.05
"""change of speed, as a share, that nobody needs to be told about"""


@dataclass(frozen=True)
class Interval:
    """Where the true middle value lies with `CONFIDENCE`."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


class Change(Enum):
    """What became of a speed."""

    FASTER = "faster"
    SAME = "no change that can be told from noise"
    SLOWER = "slower"


def of_median(spread: Spread, seed: int = 0) -> Interval:
    """Return the interval of the median; the same values and seed give the same one."""
    return _middle(_medians(spread, np.random.default_rng(seed)))


def of_ratio(ours: Spread, theirs: Spread, seed: int = 0) -> Interval:
    """Return the interval of our median over theirs, measured apart: today and last month.

    What was measured in turns is better compared round by round (`rounds.ratios`).
    """
    random = np.random.default_rng(seed)
    return _middle(_medians(ours, random) / _medians(theirs, random))


def change(before: Spread, after: Spread, tolerance: float = TOLERANCE, seed: int = 0) -> Change:
    """Return whether something has become slower or faster by more than the tolerance, for sure."""
    ratio = of_ratio(after, before, seed)
    if ratio.low > 1.0 + tolerance:
        return Change.SLOWER
    return Change.FASTER if ratio.high < 1.0 / (1.0 + tolerance) else Change.SAME


def _medians(spread: Spread, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return the medians of drawn samples, shape (_DRAWS,)."""
    values = np.asarray(spread.values, dtype=np.float64)
    drawn = random.integers(values.size, size=(_DRAWS, values.size))
    medians: npt.NDArray[np.float64] = np.median(values[drawn], axis=1)
    return medians


def _middle(values: npt.NDArray[np.float64]) -> Interval:
    outside = (1.0 - CONFIDENCE) / 2
    low, high = np.quantile(values, (outside, 1.0 - outside))
    return Interval(float(low), float(high))
