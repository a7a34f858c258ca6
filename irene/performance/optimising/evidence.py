"""How sure it is that one configuration is better than another: paired rounds, two tests.

A round measures both configurations on the same recordings, one right after the other, so that a
slow minute of the machine hits both. What a round says is one number, the mean over its recordings
of the logarithm of the ratio. Two tests look at these numbers and both must agree:

- the percentile bootstrap of their mean (B. Efron, Annals of Statistics 7, 1979), which gives the
  interval that is shown, but is too narrow for few rounds;
- the randomisation test (R. A. Fisher, The Design of Experiments, 1935; all signs of the
  differences are equally likely where nothing differs), whose error rate is exact for any number.

Error rates belong to recordings, not to rounds: repeating a recording is no new evidence. Their
pairs are drawn by recording (M. Bisani and H. Ney, "Bootstrap estimates for confidence intervals
in ASR performance evaluation", ICASSP 2004).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, log2

import numpy as np
import numpy.typing as npt

ALPHA = 0.025
"""probability with which a run proposes anything where nothing is better"""
_DRAWS = 2000
_SIGNS = 5000
_MOST_EXACT = 12
"""pairs up to which all signs are tried; above, signs are drawn"""


@dataclass(frozen=True)
class Evidence:
    """What paired measurements say about a change."""

    n: int
    """pairs: rounds, or recordings for an error rate"""
    change: float
    """after over before; for an error rate the difference"""
    low: float
    high: float
    """the interval that holds the true change with the confidence that was asked for"""
    p: float
    """probability of so much improvement where there is none"""
    alpha: float
    """error rate that was allowed"""
    is_ratio: bool
    """whether `change` is a ratio, of which 1 is no change, or a difference, of which 0 is none"""

    @property
    def is_better(self) -> bool:
        """Whether both tests say that it became less."""
        none = 1.0 if self.is_ratio else 0.0
        return self.n > 0 and self.high < none and self.p <= self.alpha

    def gains(self, least: float) -> bool:
        """Return whether it is better, and by enough that anybody cares (a share, ratios only)."""
        return self.is_better and (not self.is_ratio or self.change <= 1.0 - least)

    def __str__(self) -> str:
        if self.is_ratio:
            low, change, high = (100 * (one - 1) for one in (self.low, self.change, self.high))
            unit = "%"
        else:
            low, change, high = (100 * one for one in (self.low, self.change, self.high))
            unit = "points"
        sure = 100 * (1 - 2 * self.alpha)
        return (
            f"{change:+.1f} {unit} ({sure:.3g} % interval {low:+.1f} to {high:+.1f}, n = {self.n})"
        )


def of_ratios(logs: Sequence[float], alpha: float = ALPHA, seed: int = 0) -> Evidence:
    """Return what logarithms of after over before say, one for each round."""
    values = np.asarray(logs, dtype=np.float64)
    if values.size == 0:
        return Evidence(0, 1.0, 0.0, float("inf"), 1.0, alpha, is_ratio=True)
    low, high = _interval(values, alpha, seed)
    change = exp(float(values.mean()))
    return Evidence(values.size, change, exp(low), exp(high), _p(values, seed), alpha, True)


def of_differences(
    differences: Sequence[float], weights: Sequence[float], alpha: float = ALPHA, seed: int = 0
) -> Evidence:
    """Return what differences of errors say, one for each recording.

    Args:
        differences: errors after, less errors before.
        weights: what errors are counted of in each: words, or 1.
        alpha: error rate that is allowed.
        seed: of what is drawn.
    """
    values = np.asarray(differences, dtype=np.float64)
    sizes = np.asarray(weights, dtype=np.float64)
    if values.size == 0 or sizes.sum() <= 0:
        return Evidence(0, 0.0, -float("inf"), float("inf"), 1.0, alpha, is_ratio=False)
    drawn = np.random.default_rng(seed).integers(values.size, size=(_DRAWS, values.size))
    rates = values[drawn].sum(axis=1) / np.maximum(sizes[drawn].sum(axis=1), 1e-12)
    low, high = np.quantile(rates, (alpha, 1 - alpha))
    change = float(values.sum() / sizes.sum())
    p = _p(values, seed)
    return Evidence(values.size, change, float(low), float(high), p, alpha, is_ratio=False)


def rounds_needed(alpha: float) -> int:
    """Return the fewest rounds that can be significant, and one that may be in doubt."""
    return ceil(log2(1 / alpha)) + 1


def _interval(
    values: npt.NDArray[np.float64], alpha: float, seed: int
) -> tuple[np.float64, np.float64]:
    drawn = np.random.default_rng(seed).integers(values.size, size=(_DRAWS, values.size))
    low, high = np.quantile(values[drawn].mean(axis=1), (alpha, 1 - alpha))
    return low, high


def _p(values: npt.NDArray[np.float64], seed: int) -> float:
    """Return the share of all choices of signs whose sum is as low as the one that was found."""
    found = values.sum() + 1e-12
    if values.size <= _MOST_EXACT:
        bits = np.arange(2**values.size)[:, None] >> np.arange(values.size) & 1
        return float(((2 * bits - 1) @ np.abs(values) <= found).mean())
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(_SIGNS, values.size))
    return float((1 + (signs @ np.abs(values) <= found).sum()) / (_SIGNS + 1))
