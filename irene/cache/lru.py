"""A cache that keeps what was used last, within limits in bytes and in entries."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class CacheStats:
    """How well a cache serves."""

    hits: int
    misses: int
    entries: int
    bytes: int
    """sum of the sizes that were given with the entries"""

    @property
    def hit_rate(self) -> float:
        """Share of look-ups that hit, 0 to 1; 0 before the first one."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0


class LruCache(Generic[K, V]):
    """Least-recently-used cache bounded in bytes and entries; any thread may call any method.

    An entry larger than the limit is not kept. A limit of 0 keeps nothing.
    """

    def __init__(self, max_bytes: int, max_entries: int | None = None) -> None:
        """`max_entries` None leaves the number of entries to the bytes."""
        self._max_bytes = max_bytes
        self._max_entries = max_entries
        self._share = 1.0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._bytes = 0
        self._hits = 0
        self._misses = 0

    @property
    def max_bytes(self) -> int:
        """Sum of the sizes that may be kept."""
        return self._max_bytes

    @property
    def max_entries(self) -> int | None:
        """Number of entries that may be kept; None when only their sizes count."""
        return self._max_entries

    def resize(self, max_bytes: int, max_entries: int | None = None) -> None:
        """Set new limits; the oldest entries beyond them are dropped now."""
        with self._lock:
            self._max_bytes, self._max_entries = max_bytes, max_entries
            self._shrink()

    def get(self, key: K) -> V | None:
        """Return the value and make it the newest, or None when it is not there."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                self._misses += 1
                return None
            self._hits += 1
            self._entries.move_to_end(key)
            return entry[0]

    def peek(self, key: K) -> V | None:
        """Return the value as `get` does, but neither count nor make it newer."""
        with self._lock:
            entry = self._entries.get(key)
            return None if entry is None else entry[0]

    def put(self, key: K, value: V, n_bytes: int) -> None:
        """Keep a value of this size, dropping the oldest entries to make room."""
        with self._lock:
            self._drop(key)
            if n_bytes > self._max_bytes * self._share:
                return
            self._entries[key] = (value, n_bytes)
            self._bytes += n_bytes
            self._shrink()

    def clear(self) -> None:
        """Drop every entry; the counters go on."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def shrink(self, share: float) -> None:
        """Keep no more than a share (0 to 1) of the bytes, and drop the oldest entries beyond."""
        with self._lock:
            self._share = share
            self._shrink()

    def restore(self) -> None:
        """Keep as many bytes as the limit allows again."""
        self.shrink(1.0)

    def stats(self) -> CacheStats:
        """Return a snapshot of the counters."""
        with self._lock:
            return CacheStats(self._hits, self._misses, len(self._entries), self._bytes)

    def _shrink(self) -> None:
        """Drop the oldest entries until both limits hold."""
        most, most_bytes = self._max_entries, self._max_bytes * self._share
        while self._bytes > most_bytes or (most is not None and len(self._entries) > most):
            self._drop(next(iter(self._entries)))

    def _drop(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry[1]
