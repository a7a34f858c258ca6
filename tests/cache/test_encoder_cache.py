"""The cache of encoder outputs: whole content decides, values cannot be changed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from irene.cache.encoder import EncoderCache

WINDOWS = arrays.arrays(
    st.sampled_from([np.float32, np.int16]),
    st.integers(0, 30),
    elements=st.integers(-3, 3),
)


def window(level=0.1, n=320):
    return np.full(n, level, np.float32)


def encoding(level=1.0, n=8):
    return np.full(n, level, np.float32)


@given(WINDOWS, WINDOWS)
def test_two_windows_have_one_key_only_if_they_are_the_same(one, other):
    """Exact keys: samples, their type and their number decide, all of them."""
    cache = EncoderCache()
    is_same = one.dtype == other.dtype and one.tobytes() == other.tobytes()
    assert (cache.precompute_hash(one) == cache.precompute_hash(other)) is is_same


@given(st.integers(0, 319), st.floats(2**-10, 1.0, width=32))
def test_one_sample_anywhere_makes_another_window(place, by):
    """A key is no digest of a prefix, nor of every other sample."""
    cache, changed = EncoderCache(), window()
    changed[place] += np.float32(by)
    cache.put(encoding(), window())
    assert cache.get(changed) is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=60))
def test_the_cache_gives_what_was_put_in_last(operations):
    """For any sequence an output is the newest of its window, or is not there."""
    cache, model = EncoderCache(max_size=4), {}
    for is_put, level in operations:
        if is_put:
            cache.put(encoding(len(model)), window(level))
            model[level] = float(len(model))
            continue
        found = cache.get(window(level))
        assert found is None or found[0] == model[level]
    assert cache.stats().entries <= 4


def test_model_configuration_and_device_are_part_of_the_key():
    """Outputs of another model, or of the same one that runs otherwise, are none of mine."""
    cache, other_device = EncoderCache(), EncoderCache(device="cuda")
    keys = {
        cache.precompute_hash(window()),
        cache.precompute_hash(window(), "tiny"),
        cache.precompute_hash(window(), "base"),
        cache.precompute_hash(window(), "base", ("int8", 3000)),
        cache.precompute_hash(window(), "base", ("float32", 3000)),
        other_device.precompute_hash(window()),
    }
    assert len(keys) == 6


def test_a_view_with_gaps_is_hashed_as_what_it_shows():
    """Where samples lie in memory is of no importance."""
    cache, samples = EncoderCache(), np.arange(20, dtype=np.float32)
    assert cache.precompute_hash(samples[::2]) == cache.precompute_hash(samples[::2].copy())


def test_rounding_takes_near_windows_for_the_same():
    """With `hash_precision` the second window is given the first one's output; that is its risk."""
    exact, rounded = EncoderCache(), EncoderCache(hash_precision=3)
    near = window() + np.float32(1e-5)
    for cache in (exact, rounded):
        cache.put(encoding(), window())
    assert exact.get(near) is None
    assert rounded.get(near) is not None
    assert rounded.get(window(0.11)) is None


def test_rounding_knows_one_silence():
    """Minus zero, which rounding makes of small negative samples, is silence too."""
    cache = EncoderCache(hash_precision=2)
    assert cache.precompute_hash(window(-1e-4)) == cache.precompute_hash(window(1e-4))


def test_whole_numbers_are_never_rounded():
    """Samples of 16 bits are compared as they are."""
    cache = EncoderCache(hash_precision=0)
    one, other = np.array([1], np.int16), np.array([2], np.int16)
    assert cache.precompute_hash(one) != cache.precompute_hash(other)


def test_nobody_can_write_into_what_is_shared():
    """Neither who asks nor who put it in changes what the next one gets."""
    cache, mine = EncoderCache(), encoding()
    cache.put(mine, window())
    for array in (cache.get(window()), mine):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7.0


def test_a_view_is_kept_as_a_copy():
    """Whoever owns the memory of a view may go on writing into it."""
    cache, owner = EncoderCache(), np.zeros(10, np.float32)
    cache.put(owner[:5], window())
    owner[:] = 1.0
    assert not cache.get(window()).any()


def test_the_oldest_outputs_go_first():
    """At most `max_size` are kept; one that was asked for is young again."""
    cache = EncoderCache(max_size=2)
    for level in (1, 2):
        cache.put(encoding(level), window(level))
    cache.get(window(1))
    cache.put(encoding(3), window(3))
    assert [cache.get(window(level)) is not None for level in (1, 2, 3)] == [True, False, True]


def test_outputs_are_weighed():
    """The limit in bytes holds too, and one that is larger than it is not kept."""
    cache = EncoderCache(max_bytes=70)
    cache.put(encoding(n=8), window(1))
    cache.put(encoding(n=8), window(2))
    cache.put(encoding(n=8), window(3))
    assert (cache.stats().entries, cache.stats().bytes) == (2, 64)
    cache.put(encoding(n=100), window(4))
    assert cache.get(window(4)) is None


def test_it_gives_memory_back_when_that_is_scarce():
    """It shrinks to a share and grows back, and takes new limits, as other caches do."""
    cache = EncoderCache(max_size=4, max_bytes=32 * 4)
    for level in range(4):
        cache.put(encoding(level), window(level))
    cache.shrink(0.5)
    assert cache.stats().entries == 2
    cache.restore()
    cache.resize(1, 1000)
    assert cache.stats().entries == 1
    cache.clear()
    assert cache.stats().entries == 0


def test_what_is_live_is_counted_apart():
    """A share of passes saved that mixes both would say nothing about either."""
    cache = EncoderCache()
    for level in range(4):
        assert cache.get(window(level), live=True) is None
        cache.put(encoding(), window(level))
    for _ in range(3):
        cache.get(window(0))
    cache.get(window(9))
    stats = cache.stats()
    assert (stats.live.hits, stats.live.misses, stats.live.hit_rate) == (0, 4, 0.0)
    assert (stats.repeated.hits, stats.repeated.misses, stats.repeated.hit_rate) == (3, 1, 0.75)
    assert stats.hit_rate == 3 / 8
    assert EncoderCache().stats().hit_rate == 0.0


def test_one_pass_serves_all_who_ask_at_once():
    """Identification and transcription of the identical window make one pass between them."""
    cache, may_end, calls = EncoderCache(), threading.Event(), []

    def encode():
        calls.append(1)
        assert may_end.wait(5)
        return encoding()

    key = cache.precompute_hash(window())
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(cache.encoded, key, encode, live=True) for _ in range(4)]
        may_end.set()
        found = [one.result() for one in asked]
    assert len(calls) == 1
    assert all(one is found[0] for one in found)
    assert (cache.stats().live.hits, cache.stats().live.misses) == (3, 1)
    assert not found[0].flags.writeable


def test_a_pass_that_failed_is_made_again():
    """An error is nobody's output."""
    cache, key = EncoderCache(), "key"

    def broken():
        raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        cache.encoded(key, broken)
    assert cache.encoded(key, encoding).size == 8


def test_a_look_up_needs_a_window_or_a_key():
    """Neither of both is a mistake of the caller's."""
    with pytest.raises(TypeError, match="precompute_hash"):
        EncoderCache().get()


def test_the_key_can_be_made_once_for_several_calls():
    """As the reference uses it: hash, get, encode, put."""
    cache = EncoderCache(max_size=50, device="cpu")
    audio_hash = cache.precompute_hash(window())
    assert cache.get(audio_hash=audio_hash) is None
    cache.put(encoding(), audio_hash=audio_hash)
    assert cache.get(audio_hash=audio_hash) is not None
    assert cache.get(window()) is not None
