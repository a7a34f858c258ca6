"""When to stop trying: overflow after overflow says that nobody reads just now."""

from __future__ import annotations


class OverflowBreaker:
    """Opens after `limit` overflows in a row, and lets one block through after each suspension.

    Closed, everything is admitted. Open, nothing is, without any work, for `suspension_s`. Then it
    is half open: the next block is a probe. When the reader takes something within another
    suspension, the breaker closes; else it stays open for one more. Times are those of the
    caller's clock.
    """

    __slots__ = ("_limit", "_probing", "_run", "_suspension_s", "_until_s", "openings")

    def __init__(self, limit: int, suspension_s: float) -> None:
        self._limit = limit
        self._suspension_s = suspension_s
        self._run = 0
        self._until_s: float | None = None
        self._probing = False
        self.openings = 0
        """how often it has opened"""

    @property
    def is_closed(self) -> bool:
        """Whether everything is admitted."""
        return self._until_s is None

    def admits(self, now_s: float) -> bool:
        """Return whether the next block is to be taken."""
        if self._until_s is None:
            return True
        if now_s < self._until_s:
            return False
        self._probing = True
        self._until_s = now_s + self._suspension_s
        return True

    def overflowed(self, now_s: float) -> None:
        """Note that a block did not fit."""
        self._run += 1
        if self._until_s is None and self._run >= self._limit:
            self._until_s = now_s + self._suspension_s
            self._probing = False
            self.openings += 1

    def fitted(self) -> None:
        """Note that a block did fit."""
        self._run = 0

    def taken(self) -> None:
        """Note that the reader took something."""
        self._run = 0
        if self._probing:
            self._until_s, self._probing = None, False
