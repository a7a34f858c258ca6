"""The cache that is bounded in bytes and entries."""

from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.cache.lru import LruCache

OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["get", "put", "resize"]), st.integers(0, 8), st.integers(0, 40)),
    max_size=200,
)


def shrink(model, limit, most):
    while sum(model.values()) > limit or len(model) > most:
        model.popitem(last=False)


@given(OPERATIONS, st.integers(0, 100))
def test_the_cache_behaves_like_a_plain_model(operations, limit):
    """For any sequence the entries equal those of a list-like model, and the limits hold."""
    most = 5
    cache, model = LruCache(limit, most), OrderedDict()
    for action, key, size in operations:
        if action == "get":
            assert cache.get(key) == model.get(key)
            if key in model:
                model.move_to_end(key)
        elif action == "put":
            cache.put(key, size, size)
            model.pop(key, None)
            if size <= limit:
                model[key] = size
        else:
            limit, most = 3 * size, key
            cache.resize(limit, most)
        shrink(model, limit, most)
        assert cache.stats().bytes == sum(model.values()) <= limit
        assert cache.stats().entries == len(model) <= most
        assert all(cache.peek(one) == model.get(one) for one in range(9))


def test_a_cache_shrinks_to_a_share_and_grows_back():
    """The oldest entries go; what comes later fits into the share, until it is restored."""
    cache = LruCache(100)
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
    cache = LruCache(10)
    cache.put("a", 1, 1)
    cache.get("a")
    cache.get("b")
    assert cache.stats().hit_rate == 0.5


def test_a_peek_is_not_counted():
    """Neither as a hit nor as use."""
    cache = LruCache(2)
    cache.put("a", 1, 1)
    cache.put("b", 2, 1)
    assert cache.peek("a") == 1
    cache.put("c", 3, 1)
    assert cache.peek("a") is None
    assert cache.stats().hits == cache.stats().misses == 0


@pytest.mark.parametrize(("max_bytes", "max_entries"), [(2, None), (100, 2)])
def test_new_limits_take_effect_at_once(max_bytes, max_entries):
    """The oldest entries go now, not with the next one that comes."""
    cache = LruCache(100, 100)
    for key in "abcd":
        cache.put(key, key, 1)
    cache.resize(max_bytes, max_entries)
    assert (cache.max_bytes, cache.max_entries) == (max_bytes, max_entries)
    assert [cache.peek(key) for key in "abcd"] == [None, None, "c", "d"]
