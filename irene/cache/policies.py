"""Which entry a full cache gives up first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from enum import Enum
from typing import Generic, Protocol, TypeVar

from irene.cache.expiry import ExpiryTimes

K = TypeVar("K", bound=Hashable)


class CachePolicy(Enum):
    """Who goes when there is no room; what has expired goes before, whatever the policy."""

    LRU = "lru"
    """who was not used for the longest time"""
    LFU = "lfu"
    """who was used least often; of several, who was not used for the longest time"""
    TTL = "ttl"
    """who would expire soonest; what never expires goes last, the oldest first"""
    HYBRID = "hybrid"
    """who was not used for the longest time, and all expire: LRU with a time to live"""

    @property
    def keeps_time(self) -> bool:
        """Whether entries expire without being given a time of their own."""
        return self in (CachePolicy.TTL, CachePolicy.HYBRID)


class EvictionOrder(Protocol[K]):
    """The keys of a cache, and which of them goes next; the cache's lock is held."""

    def add(self, key: K, n_uses: int) -> None:
        """Take a key that is new, or back after `n_uses` uses."""
        ...

    def use(self, key: K) -> None:
        """Note that a key was asked for."""
        ...

    def discard(self, key: K) -> int:
        """Forget a key; return how often it was used, 0 where that does not count."""
        ...

    def victim(self) -> K:
        """Return who goes next; there is somebody."""
        ...

    def clear(self) -> None:
        """Forget all."""
        ...


class RecencyOrder(Generic[K]):
    """Least recently used first."""

    def __init__(self) -> None:
        self._keys: OrderedDict[K, None] = OrderedDict()
        self.use = self._keys.move_to_end
        self.clear = self._keys.clear

    def add(self, key: K, n_uses: int) -> None:
        """Take a key; it is the last to go."""
        self._keys[key] = None

    def discard(self, key: K) -> int:
        """Forget a key."""
        self._keys.pop(key, None)
        return 0

    def victim(self) -> K:
        """Return who was not used for the longest time."""
        return next(iter(self._keys))


class FrequencyOrder(Generic[K]):
    """Least frequently used first; every step takes constant time.

    Keys of equal use share a shelf, as in Shah, Mitra and Matani: An O(1) algorithm for
    implementing the LFU cache eviction scheme (2010).
    """

    def __init__(self) -> None:
        self._uses: dict[K, int] = {}
        self._shelves: dict[int, OrderedDict[K, None]] = {}

    def add(self, key: K, n_uses: int) -> None:
        """Take a key that was used so often."""
        self._uses[key] = n_uses
        self._shelves.setdefault(n_uses, OrderedDict())[key] = None

    def use(self, key: K) -> None:
        """Put a key on the next shelf."""
        self.add(key, self.discard(key) + 1)

    def discard(self, key: K) -> int:
        """Forget a key; return how often it was used."""
        n_uses = self._uses.pop(key, 0)
        shelf = self._shelves.get(n_uses)
        if shelf is not None:
            shelf.pop(key, None)
            if not shelf:
                del self._shelves[n_uses]
        return n_uses

    def victim(self) -> K:
        """Return who was used least often."""
        return next(iter(self._shelves[min(self._shelves)]))

    def clear(self) -> None:
        """Forget all keys and how often they were used."""
        self._uses.clear()
        self._shelves.clear()


class ExpiryOrder(Generic[K]):
    """Who would expire soonest first, then who never does, the oldest first."""

    def __init__(self, times: ExpiryTimes[K]) -> None:
        self._times = times
        self._keys: dict[K, None] = {}
        self.clear = self._keys.clear

    def add(self, key: K, n_uses: int) -> None:
        """Take a key."""
        self._keys[key] = None

    def use(self, key: K) -> None:
        """Use changes nothing."""

    def discard(self, key: K) -> int:
        """Forget a key."""
        self._keys.pop(key, None)
        return 0

    def victim(self) -> K:
        """Return who would expire soonest."""
        soonest = self._times.soonest()
        return next(iter(self._keys)) if soonest is None else soonest[1]


def order_of(policy: CachePolicy, times: ExpiryTimes[K]) -> EvictionOrder[K]:
    """Return an empty order for a policy; `times` says when the keys expire."""
    if policy is CachePolicy.LFU:
        return FrequencyOrder()
    return ExpiryOrder(times) if policy is CachePolicy.TTL else RecencyOrder()
