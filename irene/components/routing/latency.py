"""How long a provider takes: a moving average that fears the worst, and recent quantiles."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from math import ceil, exp

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

    __slots__ = ("_in_order", "_place", "_recent", "_share", "average_s", "kept_s", "measured_s")

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._in_order: list[float] | None = None
        self._share, self._place = 0.0, 0
        self.average_s: float | None = None
        """moving average, seconds; None before the first answer"""
        self.measured_s = 0.0
        """clock time of the last answer"""
        self.kept_s: float | None = None
        """the quantile of `keep_quantile`, seconds; None before that, and while there are few"""

    def add(self, latency_s: float, now_s: float) -> None:
        """Take note of an answer that came now, after `latency_s` seconds."""
        average_s = self.average_s
        if average_s is None or latency_s >= average_s:
            self.average_s = latency_s
        else:
            kept = exp((self.measured_s - now_s) / FORGET_S) * 0.9
            self.average_s = average_s * kept + latency_s * (1 - kept)
        self.measured_s = now_s
        if self._in_order is not None:
            self._sort_in(self._in_order, latency_s)
        self._recent.append(latency_s)

    def keep_quantile(self, share: float) -> None:
        """Keep one quantile up to date from now on, as `kept_s`: it makes `add` a little dearer."""
        self._share, self._place = share, _place(share, _RECENT)
        self._in_order = sorted(self._recent)
        self.kept_s = self.quantile_s(share)

    def quantile_s(self, share: float) -> float | None:
        """Return the time within which that share (0 to 1) of the last 100 answers came.

        None while there are fewer than 10.
        """
        n_known = len(self._recent)
        return None if n_known < _ENOUGH else sorted(self._recent)[_place(share, n_known)]

    def _sort_in(self, in_order: list[float], latency_s: float) -> None:
        """Put a time in its place, instead of the oldest one if there are many."""
        place = self._place
        if len(self._recent) == _RECENT:
            del in_order[bisect_left(in_order, self._recent[0])]
        else:
            place = _place(self._share, len(in_order) + 1)
        insort(in_order, latency_s)
        if len(in_order) >= _ENOUGH:
            self.kept_s = in_order[place]


def _place(share: float, n_known: int) -> int:
    """Return where the quantile stands among so many that are sorted."""
    return max(0, ceil(share * n_known) - 1)
