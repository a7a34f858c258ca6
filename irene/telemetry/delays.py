"""How long something took, many times: quantiles in fixed memory."""

from __future__ import annotations

import math

_SHORTEST_S = 1e-4
_PER_OCTAVE = 8
_N_BINS = 18 * _PER_OCTAVE
"""from 0.1 ms to 26 s"""


class Delays:
    """Counts delays in bins that grow by 9 %; longer ones than 26 s count as that."""

    def __init__(self) -> None:
        self._counts = [0] * (_N_BINS + 1)
        self.n = 0
        """how many there were"""
        self.longest_s = 0.0
        """the longest, seconds"""

    def add(self, seconds: float, count: int = 1) -> None:
        """Count a delay, as often as it occurred."""
        index = 0
        if seconds > _SHORTEST_S:
            steps = math.log2(seconds / _SHORTEST_S) * _PER_OCTAVE
            index = min(_N_BINS, math.ceil(steps))
        self._counts[index] += count
        self.n += count
        self.longest_s = max(self.longest_s, seconds)

    def quantile(self, share: float) -> float:
        """Return a delay that this share (0 to 1) does not exceed, seconds; 0.0 when there is none.

        It is at most 9 % too long, never too short.
        """
        left = share * self.n
        for index, count in enumerate(self._counts):
            left -= count
            if count and left <= 0:
                return min(self.longest_s, float(_SHORTEST_S * 2 ** (index / _PER_OCTAVE)))
        return self.longest_s

    def clear(self) -> None:
        """Forget all of them."""
        self._counts = [0] * (_N_BINS + 1)
        self.n, self.longest_s = 0, 0.0
