"""Counting calls, failures and slow answers of the last seconds in a few numbers."""

from __future__ import annotations

_N_BUCKETS = 10


class RateWindow:
    """Counts over a sliding window of ten steps: what is older than the window is forgotten.

    A call counts for between nine and ten tenths of the window. One whose time lies before that of
    the call before counts with that one: threads read the clock before they have their turn.
    """

    __slots__ = (
        "_bucket",
        "_calls",
        "_failed",
        "_per_s",
        "_slow",
        "_step",
        "calls",
        "failed",
        "slow",
    )

    def __init__(self, window_s: float) -> None:
        """`window_s` is the length of the window, seconds, above 0."""
        self._per_s = _N_BUCKETS / window_s
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._step = self._bucket = 0
        self._calls = [0] * _N_BUCKETS
        self._failed = [0] * _N_BUCKETS
        self._slow = [0] * _N_BUCKETS
        self.calls = 0
        """calls within the window, as of the last `add`"""
        self.failed = 0
        """those of them that failed"""
        self.slow = 0
        """those of them that were slow"""

    def add(self, now_s: float, failed: bool, slow: bool) -> None:
        """Count a call that ends now."""
        step = int(now_s * self._per_s)
        if step > self._step:
            self._move_to(step)
        bucket = self._bucket
        self._calls[bucket] += 1
        self.calls += 1
        if failed:
            self._failed[bucket] += 1
            self.failed += 1
        if slow:
            self._slow[bucket] += 1
            self.slow += 1

    def _move_to(self, step: int) -> None:
        """Empty the buckets between the last step and this one."""
        for passed in range(max(self._step + 1, step - _N_BUCKETS + 1), step + 1):
            bucket = passed % _N_BUCKETS
            self.calls -= self._calls[bucket]
            self.failed -= self._failed[bucket]
            self.slow -= self._slow[bucket]
            self._calls[bucket] = self._failed[bucket] = self._slow[bucket] = 0
        self._step, self._bucket = step, step % _N_BUCKETS
