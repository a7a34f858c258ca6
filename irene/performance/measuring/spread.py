"""Repeated measurements: their middle, their spread, and whether to trust them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

NOISY = 0.15
"""relative spread above which a measurement says more about the machine than about the program"""


@dataclass(frozen=True)
class Spread:
    """The values of one quantity, each measured afresh."""

    values: tuple[float, ...]
    """at least one; unit as the name of whatever holds it says"""

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    @property
    def relative(self) -> float:
        """Median distance from the median, as a share of it; 0.0 for a single value."""
        middle = self.median
        distances = [abs(value - middle) for value in self.values]
        return statistics.median(distances) / middle if middle else 0.0

    @property
    def least(self) -> float:
        """The smallest value: of a time, the one that was disturbed least."""
        return min(self.values)

    @property
    def drift(self) -> float:
        """Median of the second half over that of the first, minus 1; 0.0 below four values."""
        half = len(self.values) // 2
        first = statistics.median(self.values[:half]) if half >= 2 else 0.0
        return statistics.median(self.values[-half:]) / first - 1.0 if first else 0.0

    @property
    def is_noisy(self) -> bool:
        """Whether the values scatter too much to be trusted."""
        return self.relative > NOISY


def interleaved(rounds: int, probes: Mapping[str, Callable[[], float]]) -> dict[str, Spread]:
    """Run every probe once per round, so that a slow minute of the machine hits all alike.

    The first round is thrown away where there are several: it fills the caches of the disk.
    """
    values: dict[str, list[float]] = {name: [] for name in probes}
    for index in range(rounds + 1 if rounds > 1 else rounds):
        for name, probe in probes.items():
            value = probe()
            if index > 0 or rounds == 1:
                values[name].append(value)
    return {name: Spread(tuple(measured)) for name, measured in values.items()}
