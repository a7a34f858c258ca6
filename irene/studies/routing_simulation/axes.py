"""Axes of a drawing: where a value lies, and which values are written beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Axis:
    """A range of values."""

    title: str
    """what is measured, and its unit"""
    low: float
    high: float
    is_log: bool = False
    """whether equal factors take equal lengths; both ends are above 0 then"""

    @classmethod
    def around(
        cls, title: str, values: Sequence[float], is_log: bool = False, least: float | None = None
    ) -> Axis:
        """Return an axis that holds all values and ends at round ones.

        Args:
            title: what is measured, and its unit.
            values: at least one.
            is_log: whether equal factors take equal lengths.
            least: where it begins, instead of at a round value.
        """
        low = min(values) if least is None else least
        high = max(*values, 1.01 * low if is_log else low + 1e-9)
        step = 0.0 if is_log else _step(high - low)
        if least is None:
            low = _round_log(low, -1) if is_log else step * math.floor(low / step)
        high = _round_log(high, 1) if is_log else step * math.ceil(high / step)
        return cls(title, low, high, is_log)

    def place(self, value: float) -> float:
        """Return where a value lies, from 0 (low) to 1 (high); one outside lies on the border."""
        inside = min(max(value, self.low), self.high)
        if self.is_log:
            return math.log(inside / self.low) / math.log(self.high / self.low)
        return (inside - self.low) / (self.high - self.low)

    def ticks(self) -> tuple[float, ...]:
        """Return the round values on it, ascending."""
        if self.is_log:
            return _log_ticks(self.low, self.high)
        step = _step(self.high - self.low)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return tuple(round(number * step, 12) for number in range(first, last + 1))


def _step(length: float) -> float:
    """Return a round step that divides a length into 4 to 10."""
    power = 10.0 ** math.floor(math.log10(length / 4))
    return max(step * power for step in _STEPS if step * power <= length / 4 * (1 + 1e-9))


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Return 1, 2 and 5 of each power of ten; more over a short range, less over a long one."""
    steps: tuple[float, ...] = _STEPS if high / low <= 1000 else (1.0,)
    if high / low <= 20:
        steps = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    values = (step * 10.0**power for power in powers for step in steps)
    return tuple(one for one in values if low * 0.999 <= one <= high * 1.001)


def _round_log(value: float, direction: int) -> float:
    """Return the next 1, 2 or 5 times a power of ten, below (-1) or above (1)."""
    power = math.floor(math.log10(value))
    rounds = [step * 10.0**exponent for exponent in (power, power + 1) for step in _STEPS]
    if direction < 0:
        return max(one for one in rounds if one <= value * (1 + 1e-9))
    return min(one for one in rounds if one >= value * (1 - 1e-9))
