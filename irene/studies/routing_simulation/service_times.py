"""How long a healthy engine takes for a request."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol


class ServiceTime(Protocol):
    """A distribution of seconds."""

    @property
    def mean_s(self) -> float:
        """Expected value."""
        ...

    def draw(self, random: Random) -> float:
        """Return the seconds that one request takes."""
        ...


@dataclass(frozen=True)
class Constant:
    """Always the same."""

    mean_s: float

    def draw(self, random: Random) -> float:
        """Return it."""
        return self.mean_s


@dataclass(frozen=True)
class Exponential:
    """Without memory: what textbook formulas are about, not what engines do."""

    mean_s: float

    def draw(self, random: Random) -> float:
        """Return seconds."""
        return random.expovariate(1.0 / self.mean_s)


@dataclass(frozen=True)
class LogNormal:
    """Most requests near the median, some much longer: what recognisers show."""

    median_s: float
    sigma: float
    """standard deviation of the logarithm; 0.5: one of 20 takes 2.3 times the median"""

    @property
    def mean_s(self) -> float:
        """Expected value."""
        return self.median_s * math.exp(self.sigma**2 / 2)

    def draw(self, random: Random) -> float:
        """Return seconds."""
        return self.median_s * math.exp(self.sigma * random.gauss(0.0, 1.0))


@dataclass(frozen=True)
class Pareto:
    """A tail that gets thinner only as a power: page faults, throttling, a busy disk."""

    least_s: float
    alpha: float
    """exponent, above 1; the smaller, the heavier the tail"""

    @property
    def mean_s(self) -> float:
        """Expected value."""
        return self.least_s * self.alpha / (self.alpha - 1)

    def draw(self, random: Random) -> float:
        """Return seconds."""
        return self.least_s * random.paretovariate(self.alpha)


@dataclass(frozen=True)
class Mixture:
    """Now and then something else: bimodal service, or a body with a heavy tail."""

    often: ServiceTime
    seldom: ServiceTime
    share: float
    """of requests that take the seldom time, 0 to 1"""

    @property
    def mean_s(self) -> float:
        """Expected value."""
        return (1 - self.share) * self.often.mean_s + self.share * self.seldom.mean_s

    def draw(self, random: Random) -> float:
        """Return seconds."""
        return (self.seldom if random.random() < self.share else self.often).draw(random)


@dataclass(frozen=True)
class Measured:
    """What was measured: any value between the quantiles that were written down."""

    quantiles_s: Sequence[float]
    """at least two, ascending, at equal steps of probability from 0 to 1"""

    @property
    def mean_s(self) -> float:
        """Expected value."""
        ends = (self.quantiles_s[0] + self.quantiles_s[-1]) / 2
        return (sum(self.quantiles_s) - ends) / (len(self.quantiles_s) - 1)

    def draw(self, random: Random) -> float:
        """Return seconds, by the inverse of the distribution function."""
        place = random.random() * (len(self.quantiles_s) - 1)
        below = int(place)
        least, most = self.quantiles_s[below], self.quantiles_s[below + 1]
        return least + (place - below) * (most - least)


def scaled(quantiles_s: Sequence[float], mean_s: float) -> Measured:
    """Return measured times with another mean, as on a faster or slower machine."""
    factor = mean_s / Measured(quantiles_s).mean_s
    return Measured(tuple(factor * one for one in quantiles_s))
