"""How far a middle value can be trusted, told from the values alone: the percentile bootstrap.

B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979): what
another run would have shown is imitated by drawing as many values from those at hand, with
replacement, many times over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from irene.performance.measuring.spread import Spread

_DRAWS = 2000
_MANY_DRAWS = 5000
"""for intervals that are to hold for many comparisons at once: their ends are rare"""
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


def of_series_ratio(
    ours: Sequence[Spread], theirs: Sequence[Spread], confidence: float = CONFIDENCE, seed: int = 0
) -> Interval:
    """Return the interval of our median over theirs, each from one run or several.

    What is drawn are runs, and of each run blocks of rounds that followed one another: a run
    differs from the next, and a round is like the one before, more than values drawn singly would
    show (H. Künsch, "The jackknife and the bootstrap for general stationary observations", Annals
    of Statistics 17 (1989); D. Politis, J. Romano, "A circular block-resampling procedure for
    stationary data", 1992; T. Kalibera, R. Jones, "Rigorous benchmarking in reasonable time", ISMM
    2013, for the levels).
    """
    random = np.random.default_rng(seed)
    n_draws = _DRAWS if confidence <= CONFIDENCE else _MANY_DRAWS
    ratios = _of_runs(ours, n_draws, random) / _of_runs(theirs, n_draws, random)
    return _middle(ratios, confidence)


def _of_runs(
    runs: Sequence[Spread], n_draws: int, random: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return medians over drawn runs of medians over drawn rounds, shape (n_draws,)."""
    of_each = np.stack([_block_medians(run, n_draws, random) for run in runs])
    chosen = random.integers(len(runs), size=(len(runs), n_draws))
    medians: npt.NDArray[np.float64] = np.median(
        np.take_along_axis(of_each, chosen, axis=0), axis=0
    )
    return medians


def _block_medians(
    spread: Spread, n_draws: int, random: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return the medians of samples that are put together from blocks, shape (n_draws,)."""
    values = np.asarray(spread.values, dtype=np.float64)
    n = values.size
    length = max(1, round(n ** (1 / 3)))
    starts = random.integers(n, size=(n_draws, -(-n // length), 1))
    drawn = (starts + np.arange(length)).reshape(n_draws, -1)[:, :n] % n
    medians: npt.NDArray[np.float64] = np.median(values[drawn], axis=1)
    return medians


def _medians(spread: Spread, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return the medians of drawn samples, shape (_DRAWS,)."""
    values = np.asarray(spread.values, dtype=np.float64)
    drawn = random.integers(values.size, size=(_DRAWS, values.size))
    medians: npt.NDArray[np.float64] = np.median(values[drawn], axis=1)
    return medians


def _middle(values: npt.NDArray[np.float64], confidence: float = CONFIDENCE) -> Interval:
    outside = (1.0 - confidence) / 2
    low, high = np.quantile(values, (outside, 1.0 - outside))
    return Interval(float(low), float(high))
