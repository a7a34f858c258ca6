"""When the entries of a cache expire."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_SLACK = 64
"""times of keys that are gone, beside as many as there are keys, before they are swept out"""


class ExpiryTimes(Generic[K]):
    """The times at which keys expire, soonest first; those that never do are not in it.

    A heap that is cleaned when it is looked at: setting and dropping take O(log n) at most.
    """

    def __init__(self) -> None:
        self.pending: dict[K, tuple[float, int]] = {}
        """what is yet to expire; for reading whether there is anything: no call for each look"""
        self._heap: list[tuple[float, int, K]] = []
        self._n_set = 0

    def set(self, key: K, when_s: float) -> None:
        """Let a key expire at a time of the clock, seconds."""
        self._n_set += 1  # no two items of the heap are equal, so keys are never compared
        self.pending[key] = (when_s, self._n_set)
        if len(self._heap) > 2 * len(self.pending) + _SLACK:
            self._heap = [(*time, one) for one, time in self.pending.items()]
            heapq.heapify(self._heap)
        else:
            heapq.heappush(self._heap, (when_s, self._n_set, key))

    def discard(self, key: K) -> None:
        """Forget a key."""
        self.pending.pop(key, None)

    def is_over(self, key: K, now_s: float) -> bool:
        """Return whether a key has expired."""
        time = self.pending.get(key)
        return time is not None and time[0] <= now_s

    def soonest(self) -> tuple[float, K] | None:
        """Return the time and the key that expires first; None when none does."""
        while self._heap:
            when_s, number, key = self._heap[0]
            if self.pending.get(key) == (when_s, number):
                return when_s, key
            heapq.heappop(self._heap)
        return None

    def over(self, now_s: float) -> Iterator[K]:
        """Yield every key that has expired; whoever iterates discards each."""
        while (first := self.soonest()) is not None and first[0] <= now_s:
            yield first[1]

    def clear(self) -> None:
        """Forget all."""
        self.pending.clear()
        self._heap.clear()
