"""What a figure has to keep to."""

from __future__ import annotations

from dataclasses import dataclass

from irene.performance.measuring.spread import Spread


@dataclass(frozen=True)
class Limit:
    """A value that is not to be exceeded, or not to be fallen short of."""

    value: float
    unit: str
    """what is counted, in words or as a symbol; empty for a bare number"""
    is_least: bool = False
    """whether more is better"""

    def __str__(self) -> str:
        return f"{'at least' if self.is_least else 'at most'} {self.shown(self.value)}"

    def shown(self, value: float) -> str:
        """Return a value with three figures and the unit."""
        number = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
        return f"{number} {self.unit}".rstrip()

    def costs(self, values: Spread) -> Spread:
        """Return values of which less is better: themselves, or their negatives."""
        return Spread(tuple(-one for one in values.values)) if self.is_least else values

    @property
    def most_cost(self) -> float:
        """The limit for `costs`."""
        return -self.value if self.is_least else self.value


def at_most(value: float, unit: str) -> Limit:
    """Return a limit that is not to be exceeded."""
    return Limit(value, unit)


def at_least(value: float, unit: str) -> Limit:
    """Return a limit that is not to be fallen short of."""
    return Limit(value, unit, is_least=True)
