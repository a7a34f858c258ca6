"""How much input a resampler collects before it computes, found out by trying."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_AT_LEAST = 64
"""input with which the search begins, samples"""
_AT_MOST = 1 << 20
"""input after which it is given up"""


@dataclass(frozen=True, slots=True)
class Bursts:
    """At which samples of input output comes, when it always comes in equal distances.

    The default is what is always true: the next sample may bring something.
    """

    first: int = 1
    """samples of input after which a stream has its first output"""
    distance: int = 1
    """samples of input from one output to the next"""


def find_bursts(made_of: Callable[[int], int]) -> Bursts:
    """Find the bursts of a resampler whose output depends on the sum of its input only.

    Args:
        made_of: returns how many samples a new stream has given after so many of input.
    """
    first = _next(made_of, 0)
    second = _next(made_of, first)
    third = _next(made_of, second)
    if third - second != second - first:
        return Bursts()
    return Bursts(first, second - first)


def _next(made_of: Callable[[int], int], after: int) -> int:
    """Return the input after which there is more output than after `after`, by bisection."""
    before, step = made_of(after), _AT_LEAST
    while made_of(after + step) == before and step < _AT_MOST:
        step *= 2
    low, high = after, after + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if made_of(middle) > before else (middle, high)
    return high
