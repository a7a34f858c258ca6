"""The cache that is bounded in bytes and entries, by policy and in time."""

import random
import threading

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from plain_cache import PlainCache

from irene.cache.bounded import BoundedCache
from irene.cache.policies import CachePolicy
from irene.testing import VirtualClock

KEYS = st.integers(0, 9)
TIMES = st.integers(0, 12)
ENTRIES = 6


class AgainstThePlainModel(RuleBasedStateMachine):
    """Whatever is done, in whatever order, the cache holds what the plain model holds."""

    policy = CachePolicy.LRU

    @initialize(limit=st.integers(0, 100), ttl=st.none() | TIMES)
    def start(self, limit, ttl):
        """Begin with both empty."""
        ttl = ttl if self.policy.keeps_time else None
        self.clock = VirtualClock()
        self.cache = BoundedCache(limit, ENTRIES, self.policy, default_ttl_s=ttl, clock=self.clock)
        self.model = PlainCache(limit, ENTRIES, self.policy, ttl)

    @rule(key=KEYS)
    def get(self, key):
        """Ask for a key."""
        assert self.cache.get(key) == self.model.get(key, self.clock.monotonic())

    @rule(key=KEYS, size=st.integers(0, 40), ttl=st.none() | TIMES)
    def put(self, key, size, ttl):
        """Keep a value of this size."""
        kept = self.cache.put(key, (key, size), size, ttl)
        self.model.put(key, (key, size), size, ttl, self.clock.monotonic())
        assert kept == (size <= self.model.byte_limit and self.model.entry_limit > 0)

    @rule(key=KEYS)
    def remove(self, key):
        """Drop a key."""
        self.model.expire(self.clock.monotonic())
        self.cache.stats()
        assert self.cache.remove(key) == (self.model.entries.pop(key, None) is not None)

    @rule(seconds=st.integers(1, 6))
    def wait(self, seconds):
        """Let time pass."""
        self.clock.advance(seconds)

    @rule(limit=st.integers(0, 100), most=st.integers(0, ENTRIES))
    def resize(self, limit, most):
        """Change both limits."""
        self.cache.resize(limit, most)
        self.model.max_bytes, self.model.max_entries = limit, most
        self.model.expire(self.clock.monotonic())
        self.model.fit()

    @rule(share=st.sampled_from([0.0, 0.25, 0.5, 1.0]))
    def shrink(self, share):
        """Hold both to a share of their limits."""
        self.cache.shrink(share)
        self.model.share = share
        self.model.expire(self.clock.monotonic())
        self.model.fit()

    @rule()
    def clear(self):
        """Drop all."""
        self.cache.clear()
        self.model.entries.clear()

    @invariant()
    def they_are_alike(self):
        """Same entries, same sizes, same counters; never above a limit."""
        if not hasattr(self, "cache"):
            return
        self.model.expire(self.clock.monotonic())
        stats, model = self.cache.stats(), self.model
        assert {key: self.cache.peek(key) for key in range(10)} == {
            key: model.entries[key].value if key in model.entries else None for key in range(10)
        }
        assert (stats.bytes, stats.entries) == (model.n_bytes, len(model.entries))
        assert stats.bytes <= model.byte_limit
        assert stats.entries <= model.entry_limit
        counted = (stats.hits, stats.misses, stats.evictions)
        assert counted == (model.hits, model.misses, model.evictions)


class AgainstThePlainModelLfu(AgainstThePlainModel):
    """Least frequently used."""

    policy = CachePolicy.LFU


class AgainstThePlainModelTtl(AgainstThePlainModel):
    """Who expires soonest."""

    policy = CachePolicy.TTL


class AgainstThePlainModelHybrid(AgainstThePlainModel):
    """Least recently used, with a time to live."""

    policy = CachePolicy.HYBRID


QUICK = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLru = AgainstThePlainModel.TestCase
TestLfu = AgainstThePlainModelLfu.TestCase
TestTtl = AgainstThePlainModelTtl.TestCase
TestHybrid = AgainstThePlainModelHybrid.TestCase
for case in (TestLru, TestLfu, TestTtl, TestHybrid):
    case.settings = QUICK


@pytest.mark.parametrize("policy", list(CachePolicy), ids=str)
def test_many_threads_never_break_a_limit_nor_a_count(policy):
    """Each thread finds what belongs to its key, and nothing is counted twice."""
    cache = BoundedCache(2000, 40, policy)
    troubles, started = [], threading.Barrier(6)

    def hammer(seed):
        chance = random.Random(seed)
        started.wait(10)
        for _ in range(1500):
            key = chance.randrange(80)
            if chance.random() < 0.5:
                cache.put(key, (key, seed), chance.randrange(200), chance.choice([None, 0.0, 60.0]))
            elif (found := cache.get(key)) is not None and found[0] != key:
                troubles.append(found)
            stats = cache.stats()
            if stats.bytes > 2000 or stats.entries > 40:
                troubles.append(stats)

    threads = [threading.Thread(target=hammer, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert troubles == []
    for key in range(80):
        cache.remove(key)
    assert (cache.stats().bytes, cache.stats().entries) == (0, 0)


def test_none_is_a_value():
    """It is found; a default tells it from nothing."""
    cache = BoundedCache(100)
    cache.put("key", None)
    assert cache.get("key", "nothing") is None
    assert cache.get("other", "nothing") == "nothing"
    assert (cache.stats().hits, cache.stats().misses) == (1, 1)


def test_a_value_without_a_size_is_measured():
    """An array counts with its samples, and one that is larger than the limit is not kept."""
    cache = BoundedCache(10_000)
    assert cache.put("small", np.zeros(1000, np.int16))
    assert 2000 <= cache.stats().bytes <= 2300
    assert not cache.put("large", np.zeros(10_000_000, np.float32))
    assert cache.stats().entries == 1


def test_a_value_that_became_too_large_leaves_nothing_old_behind():
    """What was kept under the key before is not the answer any more."""
    cache = BoundedCache(100)
    cache.put("key", "old", 10)
    cache.put("key", "new", 101)
    assert cache.get("key") is None


def test_what_is_used_often_outlives_what_is_used_lately():
    """LFU: a scan of keys that come once does not drive out the favourite."""
    cache = BoundedCache(10, 3, CachePolicy.LFU)
    cache.put("favourite", 1, 1)
    for _ in range(5):
        cache.get("favourite")
    for key in range(20):
        cache.put(key, key, 1)
    assert cache.peek("favourite") == 1


def test_what_expires_is_not_counted_as_evicted():
    """An operator sees whether the limits or the times are too small."""
    clock = VirtualClock()
    cache = BoundedCache(2, 2, CachePolicy.HYBRID, default_ttl_s=10.0, clock=clock)
    for key in "abc":
        cache.put(key, key, 1)
    clock.advance(10)
    assert cache.get("c") is None
    stats = cache.stats()
    assert (stats.evictions, stats.expirations, stats.entries) == (1, 2, 0)


def test_an_entry_may_have_a_time_of_its_own():
    """It goes before the default, also where nothing expires by itself."""
    clock = VirtualClock()
    cache = BoundedCache(100, clock=clock)
    cache.put("brief", 1, 1, ttl_s=5)
    cache.put("lasting", 1, 1)
    clock.advance(5)
    assert (cache.get("brief"), cache.get("lasting")) == (None, 1)


def test_many_renewals_of_a_time_do_not_pile_up():
    """A key that is put again and again leaves no trail of old times."""
    cache = BoundedCache(100, policy=CachePolicy.TTL, default_ttl_s=60.0, clock=VirtualClock())
    for _ in range(10_000):
        cache.put("key", 1, 1)
    assert len(cache._times._heap) < 200


@pytest.mark.parametrize("policy", [CachePolicy.LRU, CachePolicy.LFU], ids=str)
def test_a_default_time_that_would_have_no_effect_is_refused(policy):
    """Rather than ignored."""
    with pytest.raises(ValueError, match="use TTL or HYBRID"):
        BoundedCache(100, policy=policy, default_ttl_s=5.0)


@pytest.mark.parametrize("limits", [(-1, None), (1, -1)])
def test_a_limit_below_nothing_is_refused(limits):
    """At the start and later."""
    with pytest.raises(ValueError, match="at least 0"):
        BoundedCache(*limits)
    with pytest.raises(ValueError, match="at least 0"):
        BoundedCache(1).resize(*limits)


def test_a_cache_shrinks_to_a_share_and_grows_back():
    """The oldest entries go; what comes later fits into the share, until it is restored."""
    cache = BoundedCache(100)
    for key in range(10):
        cache.put(key, key, 10)
    cache.get(0)
    cache.shrink(0.25)
    assert [cache.get(key) for key in (0, 8, 9)] == [0, None, 9]
    cache.put("new", 1, 10)
    assert cache.stats().bytes == 20
    cache.shrink(0.0)
    cache.put("newer", 1, 1)
    assert cache.stats().entries == 0
    cache.restore()
    cache.put("large", 1, 100)
    assert cache.get("large") == 1


def test_hits_and_misses_are_counted():
    """The hit rate is what was found out of what was asked for."""
    cache = BoundedCache(10)
    assert cache.stats().hit_rate == 0.0
    cache.put("a", 1, 1)
    cache.get("a")
    cache.get("b")
    assert cache.stats().hit_rate == 0.5


def test_a_peek_is_not_counted():
    """Neither as a hit nor as use."""
    cache = BoundedCache(2)
    cache.put("a", 1, 1)
    cache.put("b", 2, 1)
    assert cache.peek("a") == 1
    cache.put("c", 3, 1)
    assert cache.peek("a") is None
    assert cache.stats().hits == cache.stats().misses == 0
