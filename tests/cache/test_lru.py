"""The byte-bounded cache."""

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from irene.cache.lru import LruCache

OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["get", "put"]), st.integers(0, 8), st.integers(0, 40)), max_size=200
)


@given(OPERATIONS, st.integers(0, 100))
def test_the_cache_behaves_like_a_plain_model(operations, limit):
    """For any sequence the entries equal those of a list-like model, and the limit holds."""
    cache, model = LruCache(limit), OrderedDict()
    for action, key, size in operations:
        if action == "get":
            assert cache.get(key) == model.get(key)
            if key in model:
                model.move_to_end(key)
        else:
            cache.put(key, size, size)
            model.pop(key, None)
            if size <= limit:
                model[key] = size
                while sum(model.values()) > limit:
                    model.popitem(last=False)
        assert cache.stats().bytes == sum(model.values()) <= limit
        assert cache.stats().entries == len(model)


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
