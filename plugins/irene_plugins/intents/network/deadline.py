"""A moment by which something must be over."""

from __future__ import annotations

import time


class Deadline:
    """A moment by which something must be over."""

    def __init__(self, total_ms: float) -> None:
        self.total_ms = round(total_ms)
        """time from the start to the deadline"""
        self._end_s = time.monotonic() + total_ms / 1000

    def left_s(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: there are none.
        """
        left = self._end_s - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def earlier(self, total_ms: float) -> Deadline:
        """Return a deadline that far from now, but not after this one."""
        sooner = Deadline(total_ms)
        if sooner._end_s > self._end_s:
            sooner.put_off_to(self)
        return sooner

    def put_off_to(self, other: Deadline) -> None:
        """Be over when the other one is."""
        self.total_ms, self._end_s = other.total_ms, other._end_s
