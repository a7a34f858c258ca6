"""The time in which something must be done, shared by those who are left to do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from irene.components.calls.deadline import NO_LIMIT, Limit

_SHARE = "its share of "


class TimeLeft:
    """A time limit that begins now: whoever hangs leaves the others their share of it."""

    def __init__(self, limit: Limit, now_s: Callable[[], float]) -> None:
        """`now_s` is a clock."""
        self._limit = limit
        self._now_s = now_s
        self._began_s = now_s()

    def share(self, n_left: int) -> Limit:
        """Return how long the next one may take; so many are left, this one included."""
        total_s = self._limit.total_s
        if total_s is None:
            return NO_LIMIT
        if n_left <= 1 and self._now_s() == self._began_s:
            return self._limit
        left_s = max(0.0, self._began_s + total_s - self._now_s())
        return replace(
            self._limit,
            seconds=left_s / max(1, n_left),
            key=_SHARE + self._limit.key.removeprefix(_SHARE),
            granted_s=0.0,
        )

    def part(self, n_left: int) -> TimeLeft:
        """Return the share of the next one as a time of its own, which begins now."""
        return TimeLeft(self.share(n_left), self._now_s)
