"""The cache with the policies, limits and method names that its documentation shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar, overload

from irene.cache.bounded import BoundedCache, CacheStats
from irene.cache.keys import digest
from irene.cache.policies import CachePolicy
from irene.cache.shared import SharedCache
from irene.domain.clock import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
D = TypeVar("D")


class OptimizedLRUCache(Generic[K, V]):
    """A cache limited in entries and in the memory that its values really take.

    It makes what it lacks once, however many threads and tasks ask at the same time. Any thread
    may call any method; values are handed to everybody who asks, so they must not be changed.
    """

    def __init__(
        self,
        max_size: int = 1000,
        max_memory_mb: float = 100.0,
        policy: CachePolicy = CachePolicy.LRU,
        default_ttl: float | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Start empty.

        Args:
            max_size: entries that may be kept.
            max_memory_mb: memory that they may take, 10^6 bytes.
            policy: who makes room.
            default_ttl: seconds after which entries expire, with TTL and HYBRID.
            clock: tells when; None takes the machine's.

        Raises:
            ValueError: a limit is negative, or nothing expires with this policy.
        """
        self.kept: BoundedCache[K, V] = BoundedCache(
            int(max_memory_mb * 1e6), max_size, policy, default_ttl_s=default_ttl, clock=clock
        )
        """what is there"""
        self._shared: SharedCache[K, V] = SharedCache(self.kept)

    @overload
    def get(self, key: K) -> V | None: ...

    @overload
    def get(self, key: K, default: D) -> V | D: ...

    def get(self, key: K, default: D | None = None) -> V | D | None:
        """Return the value, or the default when it is not there."""
        return self.kept.get(key, default)

    def put(self, key: K, value: V, ttl: float | None = None) -> bool:
        """Keep a value, for `ttl` seconds; return whether there is room for it at all."""
        return self.kept.put(key, value, ttl_s=ttl)

    def get_or_compute(self, key: K, compute: Callable[[], V], ttl: float | None = None) -> V:
        """Return the value, computed here or by another thread or task; blocks.

        `compute` must not ask for the same key. A value that is computed now expires after `ttl`
        seconds.

        Raises:
            BaseException: whatever `compute` raises, here and for everybody who waits; it is not
                kept.
        """
        return self._shared.get(key, compute, ttl).value

    async def get_or_compute_async(
        self, key: K, compute: Callable[[], Awaitable[V]], ttl: float | None = None
    ) -> V:
        """Do what `get_or_compute` does by awaiting `compute()`.

        Whoever is cancelled takes nobody along: the computing goes on, and its value is kept.
        """
        return (await self._shared.get_awaited(key, compute, ttl)).value

    def remove(self, key: K) -> bool:
        """Drop an entry; return whether it was there."""
        return self.kept.remove(key)

    def clear(self) -> None:
        """Drop every entry; the counters go on."""
        self.kept.clear()

    def resize(self, max_size: int, max_memory_mb: float) -> None:
        """Set new limits; the entries beyond them are dropped now."""
        self.kept.resize(int(max_memory_mb * 1e6), max_size)

    def shrink(self, share: float) -> None:
        """Keep no more than a share (0 to 1) of the limits."""
        self.kept.shrink(share)

    def restore(self) -> None:
        """Keep as much as the limits allow again."""
        self.kept.restore()

    def get_stats(self) -> CacheStats:
        """Return a snapshot of the counters; a value that was waited for counts as a hit."""
        return self._shared.stats()

    @staticmethod
    def generate_key(*content: object) -> str:
        """Return a key of everything that decides a value; see `irene.cache.keys.digest`.

        Raises:
            TypeError: something has no content that could be read.
        """
        return digest(*content)
