"""A cache whose missing values are made once, however many ask for them at the same time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from irene.cache.lru import CacheStats, LruCache
from irene.cache.single_flight import SingleFlight

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Found(Generic[V]):
    """A value, and whether somebody else's work made it."""

    value: V
    is_hit: bool
    """whether it was there, or being made already"""


class SharedCache(Generic[K, V]):
    """An `LruCache` that makes what it lacks; threads and coroutines share one making.

    Values are handed to everybody who asks, so they must not be changeable. A value that could not
    be made is not kept: whoever asks later has it tried again.
    """

    def __init__(
        self, max_bytes: int, max_entries: int | None, size_of: Callable[[V], int]
    ) -> None:
        self.kept: LruCache[K, V] = LruCache(max_bytes, max_entries)
        """what is there; its counters take a value that is being made for missing"""
        self._size_of = size_of
        self._flights: SingleFlight[K, V] = SingleFlight()
        self._lock = threading.Lock()
        self._n_joined = 0

    def get(self, key: K, make: Callable[[], V]) -> Found[V]:
        """Return the value of a key, made by `make` in this thread or by another one; blocks.

        Raises:
            BaseException: whatever `make` raises, here and for everybody who waits.
        """
        found = self.kept.get(key)
        if found is not None:
            return Found(found, True)
        flight = self._flights.join(key)
        if flight is not None:
            value = flight.result()
            self._count_joined()
            return Found(value, True)
        return self._make(key, make)

    async def get_async(
        self,
        key: K,
        make: Callable[[], V],
        elsewhere: Callable[[Callable[[], Found[V]]], Awaitable[Found[V]]] | None = None,
    ) -> Found[V]:
        """Return the value of a key, made by `make` or by another task or thread.

        Args:
            key: what is asked for.
            make: makes it; blocks.
            elsewhere: takes blocking work off the loop, and goes on with it when it is no longer
                awaited; None makes the value here and now.

        Raises:
            BaseException: whatever `make` raises, here and for everybody who waits.
        """
        found = self.kept.get(key)
        if found is not None:
            return Found(found, True)
        flight = self._flights.join(key)
        if flight is not None:
            value = await asyncio.wrap_future(flight)
            self._count_joined()
            return Found(value, True)
        if elsewhere is None:
            return self._make(key, make)
        return await elsewhere(lambda: self._make(key, make))

    def stats(self) -> CacheStats:
        """Return a snapshot of the counters; a value that was awaited counts as a hit."""
        kept = self.kept.stats()
        joined = self._n_joined
        return CacheStats(kept.hits + joined, kept.misses - joined, kept.entries, kept.bytes)

    def _make(self, key: K, make: Callable[[], V]) -> Found[V]:
        """Make the value of a flight that is the caller's; it is kept before the flight lands."""
        was_there = False

        def work() -> V:
            nonlocal was_there
            value = self.kept.peek(key)
            was_there = value is not None
            if value is None:
                value = make()
                self.kept.put(key, value, self._size_of(value))
            return value

        value = self._flights.fly(key, work)
        if was_there:  # it came between the look into the cache and the flight
            self._count_joined()
        return Found(value, was_there)

    def _count_joined(self) -> None:
        with self._lock:
            self._n_joined += 1
