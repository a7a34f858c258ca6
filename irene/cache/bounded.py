"""A cache within limits in bytes and in entries, that forgets by a policy and in time.

Why not cachetools, which has LRU, LFU and TTL caches: its caches have one limit, in whatever unit
the caller weighs; none can be resized, none has several policies with a time to live, none
tells an eviction from an expiration. What would be left of it is an `OrderedDict`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar, overload

from irene.cache.expiry import ExpiryTimes
from irene.cache.policies import CachePolicy, order_of
from irene.cache.sizes import size_of as measured_size
from irene.domain.clock import Clock, SystemClock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class CacheStats:
    """How well a cache serves."""

    hits: int
    misses: int
    entries: int
    bytes: int
    """sum of the sizes of the entries"""
    evictions: int = 0
    """entries that had to make room, be it for others or for smaller limits"""
    expirations: int = 0
    """entries whose time was over"""

    @property
    def hit_rate(self) -> float:
        """Share of look-ups that hit, 0 to 1; 0 before the first one."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0


class BoundedCache(Generic[K, V]):
    """A cache that is never above its limits; any thread may call any method.

    An entry larger than the limit is not kept. A limit of 0 keeps nothing. Whatever the policy, an
    entry may be given a time to live; what has expired is never returned, and goes before anything
    else does.
    """

    def __init__(
        self,
        max_bytes: int,
        max_entries: int | None = None,
        policy: CachePolicy = CachePolicy.LRU,
        *,
        default_ttl_s: float | None = None,
        clock: Clock | None = None,
        size_of: Callable[[V], int] = measured_size,
    ) -> None:
        """Start empty.

        Args:
            max_bytes: sum of the sizes that may be kept.
            max_entries: number of entries that may be kept; None leaves it to the bytes.
            policy: who makes room.
            default_ttl_s: seconds after which entries expire, with TTL and HYBRID.
            clock: tells when; None takes the machine's.
            size_of: returns the bytes of a value; the default measures them.

        Raises:
            ValueError: a limit is negative, or nothing expires with this policy.
        """
        if default_ttl_s is not None and not policy.keeps_time:
            raise ValueError(f"with {policy} nothing expires by itself: use TTL or HYBRID")
        self._share = 1.0
        self._limit(max_bytes, max_entries)
        self.policy = policy
        """who makes room"""
        self._default_ttl_s = default_ttl_s
        self._clock = clock or SystemClock()
        self._size_of = size_of
        self._entries: dict[K, tuple[V, int]] = {}
        self._times: ExpiryTimes[K] = ExpiryTimes()
        self._order = order_of(policy, self._times)
        self._lock = threading.Lock()
        self._bytes = self._hits = self._misses = self._evictions = self._expirations = 0

    @property
    def max_bytes(self) -> int:
        """Sum of the sizes that may be kept."""
        return self._max_bytes

    @property
    def max_entries(self) -> int | None:
        """Number of entries that may be kept; None when only their sizes count."""
        return self._max_entries

    def resize(self, max_bytes: int, max_entries: int | None = None) -> None:
        """Set new limits; the entries beyond them are dropped now.

        Raises:
            ValueError: a limit is negative.
        """
        with self._lock:
            self._limit(max_bytes, max_entries)
            self._make_room()

    @overload
    def get(self, key: K) -> V | None: ...

    @overload
    def get(self, key: K, default: D) -> V | D: ...

    def get(self, key: K, default: D | None = None) -> V | D | None:
        """Return the value, which counts as its use, or the default when it is not there."""
        with self._lock:
            entry = self._living(key) if self._times.pending else self._entries.get(key)
            if entry is None:
                self._misses += 1
                return default
            self._hits += 1
            self._order.use(key)
            return entry[0]

    @overload
    def peek(self, key: K) -> V | None: ...

    @overload
    def peek(self, key: K, default: D) -> V | D: ...

    def peek(self, key: K, default: D | None = None) -> V | D | None:
        """Return the value as `get` does, but count neither a hit nor a use."""
        with self._lock:
            entry = self._living(key) if self._times.pending else self._entries.get(key)
            return default if entry is None else entry[0]

    def put(self, key: K, value: V, n_bytes: int | None = None, ttl_s: float | None = None) -> bool:
        """Keep a value in place of an older one; return whether there is room for it at all.

        Args:
            key: what it is found by.
            value: may be None.
            n_bytes: its size; None measures it.
            ttl_s: seconds after which it expires; None takes the default.
        """
        n_bytes = self._size_of(value) if n_bytes is None else n_bytes
        ttl_s = self._default_ttl_s if ttl_s is None else ttl_s
        with self._lock:
            n_uses = self._order.discard(key) + 1
            if key in self._entries:
                self._drop(key)
            if n_bytes > self._most_bytes or self._most_entries == 0:
                return False
            self._make_room(n_bytes, 1)
            self._entries[key] = (value, n_bytes)
            self._bytes += n_bytes
            self._order.add(key, n_uses)
            if ttl_s is not None:
                self._times.set(key, self._clock.monotonic() + ttl_s)
        return True

    def remove(self, key: K) -> bool:
        """Drop an entry; return whether it was there."""
        with self._lock:
            return self._drop(key)

    def clear(self) -> None:
        """Drop every entry; the counters go on."""
        with self._lock:
            self._entries.clear()
            self._times.clear()
            self._order.clear()
            self._bytes = 0

    def shrink(self, share: float) -> None:
        """Keep no more than a share (0 to 1) of either limit, and drop the entries beyond."""
        with self._lock:
            self._share = share
            self._limit(self._max_bytes, self._max_entries)
            self._make_room()

    def restore(self) -> None:
        """Keep as much as the limits allow again."""
        self.shrink(1.0)

    def stats(self) -> CacheStats:
        """Return a snapshot of the counters; what has expired is no entry any more."""
        with self._lock:
            self._expire()
            return CacheStats(
                hits=self._hits,
                misses=self._misses,
                entries=len(self._entries),
                bytes=self._bytes,
                evictions=self._evictions,
                expirations=self._expirations,
            )

    def _limit(self, max_bytes: int, max_entries: int | None) -> None:
        if max_bytes < 0 or (max_entries or 0) < 0:
            raise ValueError("a cache's limits are at least 0")
        self._max_bytes, self._max_entries = max_bytes, max_entries
        self._most_bytes = int(max_bytes * self._share)
        self._most_entries = None if max_entries is None else int(max_entries * self._share)

    def _living(self, key: K) -> tuple[V, int] | None:
        if self._times.is_over(key, self._clock.monotonic()):
            self._expirations += self._drop(key)
        return self._entries.get(key)

    def _expire(self) -> None:
        """Drop what has expired."""
        for key in self._times.over(self._clock.monotonic()):
            self._expirations += self._drop(key)

    def _make_room(self, n_bytes: int = 0, n_entries: int = 0) -> None:
        """Drop entries until so much more is within both limits."""
        if self._times.pending:
            self._expire()
        most_bytes, most = self._most_bytes - n_bytes, self._most_entries
        while self._bytes > most_bytes or (
            most is not None and len(self._entries) + n_entries > most
        ):
            self._evictions += self._drop(self._order.victim())

    def _drop(self, key: K) -> bool:
        entry = self._entries.pop(key, None)
        self._order.discard(key)
        self._times.discard(key)
        if entry is None:
            return False
        self._bytes -= entry[1]
        return True
