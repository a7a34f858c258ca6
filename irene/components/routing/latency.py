"""How long a provider takes: a moving average that fears the worst, and recent quantiles."""

from __future__ import annotations

import math
from collections import deque

from irene.components.routing.strategies import FORGET_S

_RECENT = 100
"""answers that quantiles are taken of"""
_ENOUGH = 10
"""answers before a quantile means anything"""


class LatencyTracker:
    """The answers' times of one provider; not thread-safe.

    The average jumps to any answer that takes longer and sinks slowly after shorter ones (the peak
    EWMA of Twitter Finagle): who has just become slow is known at once.
    """

    __slots__ = ("_recent", "average_s", "measured_s")

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self.average_s: float | None = None
        """moving average, seconds; None before the first answer"""
        self.measured_s = 0.0
        """clock time of the last answer"""

    def add(self, latency_s: float, now_s: float) -> None:
        """Take note of an answer that came now, after `latency_s` seconds."""
        average_s = self.average_s
        if average_s is None or latency_s >= average_s:
            self.average_s = latency_s
        else:
            kept = math.exp((self.measured_s - now_s) / FORGET_S) * 0.9
            self.average_s = average_s * kept + latency_s * (1 - kept)
        self.measured_s = now_s
        self._recent.append(latency_s)

    def quantile_s(self, share: float) -> float | None:
        """Return the time within which that share (0 to 1) of the last 100 answers came.

        None while there are fewer than 10.
        """
        if len(self._recent) < _ENOUGH:
            return None
        ordered = sorted(self._recent)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
