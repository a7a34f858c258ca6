"""Failures of the providers of one stream, and when there have been too many."""

from __future__ import annotations

import math

_MOST_FAILURES = 3
"""failures per provider, each soon after the last one, after which a stream is given up"""


class FailureStreak:
    """Failures in a row, each soon after the last one; used by one thread.

    Where they happened is a position in the stream, in seconds of audio or in chunks.
    """

    __slots__ = ("_forgiven_after", "_forgiven_at", "_length")

    def __init__(self, forgiven_after: float) -> None:
        """`forgiven_after`: how much of the stream without a failure ends the row."""
        self._forgiven_after = forgiven_after
        self._forgiven_at = -math.inf
        self._length = 0

    def add(self, position: float) -> None:
        """Count a failure."""
        self._length += 1
        self._forgiven_at = position + self._forgiven_after

    def worked(self, position: float) -> bool:
        """Forget the failures when they are long ago; return whether none is left."""
        if self._length and position >= self._forgiven_at:
            self._length = 0
        return not self._length

    def is_too_long(self, n_providers: int) -> bool:
        """Return whether there is no hope left with so many providers."""
        return self._length >= _MOST_FAILURES * max(1, n_providers)
