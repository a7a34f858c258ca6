"""The cache with the documented names, and the one of responses."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from irene import AudioChunk, CachePolicy, OptimizedLRUCache, ResponseCache
from irene.cache.responses import Answerer, get_response_cache
from irene.testing import VirtualClock


def test_it_works_as_its_documentation_shows():
    """Limits in entries and megabytes, a policy, a time to live."""
    clock = VirtualClock()
    cache = OptimizedLRUCache(
        max_size=2000,
        max_memory_mb=200.0,
        policy=CachePolicy.HYBRID,
        default_ttl=600.0,
        clock=clock,
    )
    key = cache.generate_key("what time is it", {"room": "kitchen"})
    assert cache.get(key) is None
    cache.put(key, "noon", ttl=300)
    clock.advance(299)
    assert cache.get(key) == "noon"
    clock.advance(1)
    assert cache.get(key) is None
    assert cache.get_stats().expirations == 1


def test_the_memory_is_what_values_really_take():
    """A 40 MB array does not fit into 1 MB, however small its Python object is."""
    cache = OptimizedLRUCache(max_memory_mb=1.0)
    assert not cache.put("large", [np.zeros(10_000_000, np.float32)])
    for number in range(100):
        cache.put(number, np.zeros(10_000, np.float32))
    stats = cache.get_stats()
    assert stats.entries == 24
    assert stats.bytes <= 1_000_000


def test_many_threads_compute_a_value_once():
    """Those who come while it is computed wait for it."""
    cache, calls, may_end = OptimizedLRUCache(), [], threading.Event()

    def compute():
        calls.append(1)
        assert may_end.wait(5)
        return "value"

    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(cache.get_or_compute, "key", compute) for _ in range(6)]
        may_end.set()
        assert [one.result(5) for one in asked] == ["value"] * 6
    assert len(calls) == 1


def test_an_error_is_not_kept():
    """The next one who asks has it computed again."""
    cache = OptimizedLRUCache()
    with pytest.raises(ZeroDivisionError):
        cache.get_or_compute("key", lambda: 1 / 0)
    assert cache.get_or_compute("key", lambda: 1) == 1


def test_tasks_compute_a_value_once():
    """What is awaited by one is awaited by all."""
    calls = []

    async def compute():
        calls.append(1)
        await asyncio.sleep(0)

    async def main():
        cache = OptimizedLRUCache()
        asked = (cache.get_or_compute_async("key", compute) for _ in range(5))
        return await asyncio.gather(*asked), cache.get_stats()

    values, stats = asyncio.run(main())
    assert (values, len(calls)) == ([None] * 5, 1)
    assert (stats.hits, stats.misses) == (4, 1)


def test_limits_change_at_run_time():
    """At once, and a share of them for a while."""
    cache = OptimizedLRUCache(max_size=10)
    for key in range(10):
        cache.put(key, key)
    cache.resize(6, 100.0)
    assert cache.get_stats().entries == 6
    cache.shrink(0.5)
    assert cache.get_stats().entries == 3
    cache.restore()
    assert cache.put("new", 1)
    assert cache.remove("new")
    cache.clear()
    assert cache.get_stats().entries == 0


def recording(seed):
    """Return two seconds of noise."""
    noise = np.random.default_rng(seed).integers(-9, 9, 32_000, np.int16)
    return AudioChunk(noise, 16000)


def test_a_thousand_recordings_have_a_thousand_responses():
    """None is given the answer to another one, nor has the empty text anything to do with them."""
    cache = ResponseCache()
    for seed in range(1000):
        assert cache.get_response(recording(seed)) is None
        cache.cache_response(recording(seed), seed)
    assert all(cache.get_response(recording(seed)) == seed for seed in range(1000))
    assert cache.get_response("") is None


def test_the_context_is_part_of_the_question():
    """And so is who answers: provider, version and language."""
    clock = VirtualClock()
    cache = ResponseCache(answerer=Answerer("small", "1", "en"), clock=clock)
    cache.cache_response("what is on", "the lamp", {"room": "kitchen"})
    assert cache.get_response("what is on", {"room": "kitchen"}) == "the lamp"
    assert cache.get_response("what is on", {"room": "hall"}) is None
    assert cache.get_response("what is on") is None
    keys = {
        ResponseCache(answerer=one).key_of("what is on")
        for one in (
            Answerer("small", "1", "en"),
            Answerer("small", "2", "en"),
            Answerer("small", "1", "de"),
            Answerer("large", "1", "en"),
        )
    }
    assert len(keys) == 4


def test_a_response_is_not_kept_for_ever():
    """Five minutes unless told otherwise."""
    clock = VirtualClock()
    cache = ResponseCache(clock=clock)
    cache.cache_response("a", 1)
    cache.cache_response("b", 2, ttl=10)
    clock.advance(10)
    assert (cache.get_response("a"), cache.get_response("b")) == (1, None)
    clock.advance(290)
    assert cache.get_response("a") is None


def test_what_has_no_content_is_refused():
    """Rather than kept under an address."""
    with pytest.raises(TypeError, match="no content"):
        ResponseCache().get_response(test_limits_change_at_run_time)


def test_there_is_one_for_the_whole_process():
    """Whoever asks gets the same."""
    assert get_response_cache() is get_response_cache()
