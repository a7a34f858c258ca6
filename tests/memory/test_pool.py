"""Lent memory: whole, alone, counted, and given back."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from irene.errors import ProviderUnavailableError
from irene.memory.pool import AudioBufferPool, get_global_buffer_pool
from irene.memory.slab import class_length
from irene.testing import VirtualClock

CLIP = 48_000


@pytest.fixture
def pool():
    return AudioBufferPool(clock=VirtualClock())


class Loans(RuleBasedStateMachine):
    """Whatever holders do, what each wrote stays, and the pool knows what is out."""

    buffers = Bundle("buffers")

    def __init__(self):
        super().__init__()
        self.clock = VirtualClock()
        self.pool = AudioBufferPool(5, 10.0, max_mb=0.004, clock=self.clock)
        self.loans = 0
        self.arrays = {}
        self.handles = {}
        self.leaks = 0

    @rule(target=buffers, size=st.integers(0, 400), dtype=st.sampled_from(["int16", "float32"]))
    def acquire(self, size, dtype):
        buffer = self.pool.acquire(size, np.dtype(dtype).type)
        assert buffer.data.shape == (size,)
        assert buffer.data.dtype == dtype
        self.loans += 1
        buffer.data[:] = self.loans
        self.handles[self.loans] = [buffer]
        return self.loans

    @rule(target=buffers, number=buffers)
    def retain(self, number):
        handles = self.handles.get(number)
        if handles:
            handles.append(handles[0].retain())
        return multiple()

    @rule(number=buffers, which=st.integers(0, 3))
    def release(self, number, which):
        handles = self.handles.get(number)
        if not handles:
            return
        handle = handles.pop(which % len(handles))
        self.pool.release(handle)
        with pytest.raises(RuntimeError, match="released"):
            len(handle)
        with pytest.raises(RuntimeError, match="released before"):
            self.pool.release(handle)

    @rule(number=buffers, start=st.integers(0, 50))
    def keep_an_array(self, number, start):
        """Somebody forgets that this is not his memory."""
        if self.handles.get(number):
            self.arrays.setdefault(number, []).append(self.handles[number][0].data[start:])

    @rule(number=consumes(buffers))
    def forget(self, number):
        """All handles go, and the arrays, but nobody releases."""
        if self.handles.get(number):
            self.leaks += 1
        self.handles.pop(number, None)
        self.arrays.pop(number, None)

    @rule(number=buffers)
    def drop_arrays(self, number):
        self.arrays.pop(number, None)

    @rule(seconds=st.floats(0, 15))
    def wait(self, seconds):
        self.clock.advance(seconds)
        self.pool.trim()

    @rule(share=st.floats(0, 1))
    def shrink(self, share):
        self.pool.shrink(share)
        stats = self.pool.get_stats()
        assert stats.bytes <= stats.max_bytes or stats.idle == 0

    @rule()
    def restore(self):
        self.pool.restore()

    @invariant()
    def nobody_writes_to_what_another_holds(self):
        for number, handles in self.handles.items():
            assert all((handle.data == number).all() for handle in handles)
        for number, arrays in self.arrays.items():
            assert all((array == number).all() for array in arrays)

    @invariant()
    def the_counters_agree(self):
        stats = self.pool.get_stats()
        assert stats.acquired == self.loans
        assert stats.lent == sum(1 for handles in self.handles.values() if handles)
        assert stats.leaked == self.leaks
        assert stats.idle <= 5
        assert 0 <= stats.reuse_rate <= 1


def test_any_order_of_loans_keeps_what_everybody_wrote():
    """Handles, slices of released memory, forgotten buffers, waiting and shrinking."""
    run_state_machine_as_test(
        Loans, settings=settings(max_examples=80, stateful_step_count=50, deadline=None)
    )


def test_the_second_clip_through_the_pool_is_intact(pool):
    """It is not silent, and the first has not changed, though its array was kept."""
    first = pool.acquire(CLIP)
    first.data[:] = np.linspace(-1, 1, CLIP)
    kept = first.data
    pool.release(first)
    second = pool.acquire(CLIP)
    second.data[:] = np.linspace(1, -1, CLIP)
    assert np.array_equal(second.data, np.linspace(1, -1, CLIP).astype(np.float32))
    assert np.array_equal(kept, np.linspace(-1, 1, CLIP).astype(np.float32))


def test_memory_is_used_again(pool):
    """One piece of it serves clips of one class, one after another."""
    for size in (CLIP, CLIP - 500, CLIP, CLIP + 500):
        with pool.acquire(size) as buffer:
            buffer.data[:] = 1
    stats = pool.get_stats()
    assert (stats.acquired, stats.created, stats.idle, stats.lent) == (4, 1, 1, 0)
    assert stats.reuse_rate == 0.75
    assert stats.to_dict()["reuse_rate"] == 0.75


def test_what_was_written_is_there_when_it_is_lent_again(pool):
    """Buffers are not zeroed: who needs silence writes it."""
    with pool.acquire(CLIP) as buffer:
        buffer.data[:] = 7
    assert (pool.acquire(CLIP).data == 7).all()


@pytest.mark.parametrize(
    "alias_of",
    [
        lambda data: data,
        lambda data: data[5:9],
        lambda data: data[5:].reshape(5, -1).T[3:],
        lambda data: memoryview(data)[3:],
    ],
    ids=["the array", "a slice", "a slice of a slice", "a memoryview"],
)
def test_memory_that_somebody_still_sees_is_not_lent(pool, alias_of):
    """It waits until the last array of it is gone."""
    buffer = pool.acquire(CLIP)
    alias = alias_of(buffer.data)
    pool.release(buffer)
    other = pool.acquire(CLIP)
    assert not np.shares_memory(other.data, np.asarray(alias))
    assert (pool.get_stats().created, pool.get_stats().still_seen) == (2, 1)
    del alias
    both = [other, pool.acquire(CLIP)]
    assert (pool.get_stats().created, pool.get_stats().lent) == (2, len(both))


def test_a_loop_that_forgets_its_array_uses_two_pieces_of_memory_in_turn(pool):
    """The name still refers to the last one when the next is asked for."""
    for _ in range(20):
        buffer = pool.acquire(CLIP)
        samples = buffer.data
        samples[:] = 0
        pool.release(buffer)
    assert pool.get_stats().created == 2


def test_types_and_classes_do_not_share(pool):
    """Each has a shelf of its own; names of one type are one type."""
    for dtype in (np.float32, "float32", np.dtype("float32"), np.int16, ">i2", np.float64):
        with pool.acquire(1000, dtype) as buffer:
            assert buffer.data.dtype == np.dtype(dtype)
    with pool.acquire(4000):
        pass
    assert pool.get_stats().created == 5


@given(st.integers(0, 10_000_000))
def test_a_class_holds_at_most_a_quarter_more(size):
    """And never less; every class is its own class."""
    length = class_length(size)
    assert size <= length <= max(1, size * 1.25)
    assert class_length(length) == length


def test_what_is_no_buffer_cannot_be_released(pool):
    """The message says what would be right."""
    for nothing in (None, np.zeros(3)):
        with pytest.raises(TypeError, match=r"buffer is .*; what `acquire` returned is right"):
            pool.release(nothing)


def test_a_buffer_that_is_released_twice_is_an_error(pool):
    """Also when its memory is somebody else's by then, whom it would be taken from."""
    first = pool.acquire(CLIP)
    pool.release(first)
    second = pool.acquire(CLIP)
    with pytest.raises(RuntimeError, match="released before"):
        pool.release(first)
    with pytest.raises(RuntimeError, match="has been released"):
        first.release()
    second.data[:] = 3
    assert pool.get_stats().lent == 1


@pytest.mark.parametrize(
    "use",
    [
        lambda buffer: buffer.data,
        lambda buffer: buffer.get_tensor(),
        lambda buffer: buffer.retain(),
        len,
    ],
)
def test_a_buffer_that_was_released_cannot_be_used(pool, use):
    """Its memory may be somebody else's."""
    buffer = pool.acquire(CLIP)
    buffer.release()
    with pytest.raises(RuntimeError, match="somebody else's"):
        use(buffer)
    assert repr(buffer) == "<AudioBuffer, released>"


def test_a_buffer_of_another_pool_is_refused(pool):
    """It would never find its way back."""
    buffer = AudioBufferPool().acquire(10, np.int16)
    with pytest.raises(ValueError, match="<AudioBuffer of 10 int16> belongs to another pool"):
        pool.release(buffer)


def test_retained_memory_comes_back_with_its_last_handle(pool):
    """Each holder releases his own; who releases twice does not take it from the others."""
    first = pool.acquire(CLIP)
    second = first.retain()
    third = second.retain()
    assert np.shares_memory(first.data, third.data)
    first.release()
    with pytest.raises(RuntimeError):
        first.release()
    third.data[:] = 4
    third.release()
    assert (second.data == 4).all()
    assert pool.get_stats().lent == 1
    second.release()
    assert (pool.get_stats().lent, pool.get_stats().idle) == (0, 1)


def test_a_with_block_that_fails_releases_its_buffer(pool):
    """Whatever was raised in it."""
    with pytest.raises(ZeroDivisionError), pool.acquire(CLIP):
        raise ZeroDivisionError
    assert pool.get_stats().lent == 0


def test_a_buffer_that_nobody_released_is_counted_and_freed(pool):
    """The memory goes with the last array of it, and the count of what is held is right again."""
    buffer = pool.acquire(CLIP)
    kept = buffer.data[:10]
    del buffer
    assert (pool.get_stats().leaked, pool.get_stats().lent) == (0, 1)
    del kept
    stats = pool.get_stats()
    assert (stats.leaked, stats.lent, stats.bytes) == (1, 0, 0)
    assert pool.acquire(CLIP).data.shape == (CLIP,)


def test_a_leak_in_a_cycle_is_found_by_the_collector(pool):
    """Even when that happens in the middle of a loan."""
    holder = types.SimpleNamespace(buffer=pool.acquire(CLIP))
    holder.myself = holder
    del holder
    gc.collect()
    assert pool.get_stats().leaked == 1


def test_a_finaliser_may_release_in_the_middle_of_a_loan():
    """The collector runs when it wants to, also while the pool makes a buffer."""
    pool = AudioBufferPool(max_buffers=0)

    class Holder:
        def __init__(self):
            self.buffer = pool.acquire(10)

        def __del__(self):
            self.buffer.release()

    def collected(phase, info):
        if phase == "start":
            Holder()

    gc.callbacks.append(collected)
    try:
        with pool._lock:  # as if the pool's own work had set off the collector
            gc.collect()
    finally:
        gc.callbacks.remove(collected)
    assert pool.get_stats().lent == 0


def test_memory_beyond_the_limits_is_lent_and_not_kept():
    """A request is never refused."""
    pool = AudioBufferPool(max_buffers=2, max_mb=1.0)
    buffers = [pool.acquire(50_000) for _ in range(3)]
    huge = pool.acquire(1_000_000)
    huge.data[:] = 1
    assert pool.get_stats().lent == 4
    for buffer in [*buffers, huge]:
        buffer.release()
    stats = pool.get_stats()
    assert (stats.idle, stats.lent, stats.leaked) == (2, 0, 0)
    assert stats.bytes <= 1_000_000


def test_idle_buffers_make_room_for_others():
    """What was used in the morning is not in the way in the evening."""
    pool = AudioBufferPool(max_buffers=8, max_mb=1.0)
    with pool.acquire(100_000), pool.acquire(100_000):
        pass
    with pool.acquire(200_000):
        pass
    stats = pool.get_stats()
    assert stats.idle == 1
    assert stats.trimmed == 2


def test_what_is_idle_for_long_is_freed_and_what_is_used_stays(pool):
    """Between one and two intervals after its last use; a loan looks at the clock now and then."""
    clock = pool._clock
    with pool.acquire(CLIP), pool.acquire(CLIP), pool.acquire(1000):
        pass
    for _ in range(5):
        clock.advance(16)
        with pool.acquire(CLIP):
            pool.trim()
    stats = pool.get_stats()
    assert (stats.idle, stats.trimmed) == (1, 2)
    assert stats.created == 3


def test_loans_alone_trim_too(pool):
    """Nobody has to call anything, and there is no thread."""
    with pool.acquire(CLIP), pool.acquire(CLIP):
        pass
    threads = set(threading.enumerate())
    for _ in range(100):
        pool._clock.advance(1)
        with pool.acquire(100):
            pass
    assert pool.get_stats().idle == 1
    assert set(threading.enumerate()) <= threads


def test_a_pool_shrinks_and_grows_back(pool):
    """What is out when it shrinks goes when it is back."""
    out = [pool.acquire(CLIP) for _ in range(4)]
    with pool.acquire(CLIP):
        pass
    pool.shrink(0.0)
    assert (pool.get_stats().idle, pool.get_stats().max_bytes) == (0, 0)
    for buffer in out:
        buffer.release()
    pool.trim()
    assert pool.get_stats().bytes == 0
    pool.restore()
    with pool.acquire(CLIP):
        pass
    assert pool.get_stats().idle == 1
    pool.clear()
    assert (pool.get_stats().idle, pool.get_stats().bytes) == (0, 0)


def test_threads_never_share_memory():
    """Each writes its own number, lets others run, and reads it again."""
    pool, sizes = AudioBufferPool(max_buffers=6), (300, 40_000, 50_000)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    def work(number):
        for turn in range(400):
            with pool.acquire(sizes[turn % 3]) as buffer:
                buffer.data[:100] = number
                other = buffer.retain() if turn % 5 == 0 else None
                assert (buffer.data[:100] == number).all()
            if other is not None:
                assert (other.data[:100] == number).all()
                other.release()
        return True

    try:
        with ThreadPoolExecutor(6) as threads:
            assert all(threads.map(work, range(6)))
    finally:
        sys.setswitchinterval(interval)
    stats = pool.get_stats()
    assert (stats.acquired, stats.lent, stats.leaked) == (2400, 0, 0)
    assert stats.idle <= 6


def test_a_handle_is_handed_from_thread_to_thread(pool):
    """Who retains may release in another thread; the memory comes back once."""
    buffers = [pool.acquire(100) for _ in range(50)]
    others = [buffer.retain() for buffer in buffers]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(pool.release, [*buffers, *others]))
    assert (pool.get_stats().idle, pool.get_stats().lent) == (50, 0)


@pytest.mark.parametrize(
    ("size", "dtype", "error", "words"),
    [
        (-1, np.float32, ValueError, "-1 samples"),
        (2.5, np.float32, TypeError, "integer"),
        ("9", np.float32, TypeError, "integer"),
        (9, object, ValueError, "samples of object"),
        (9, "U4", ValueError, "numbers"),
        (9, "no type", TypeError, "no type"),
    ],
)
def test_a_buffer_that_cannot_be_is_an_error(pool, size, dtype, error, words):
    """The line says why."""
    with pytest.raises(error, match=words):
        pool.acquire(size, dtype)


def test_a_size_may_be_a_number_of_numpy(pool):
    """It is the same size as Python's, whichever comes first."""
    first = pool.acquire(np.uint8(200))
    first.release()
    assert len(pool.acquire(200)) == 200
    assert pool.get_stats().created == 1


def test_a_size_that_is_no_whole_number_loses_no_buffer(pool):
    """A dictionary takes 199.0 for 199, which the shelf of 200 serves."""
    for size in (199, 200):
        pool.acquire(size).release()
    with pytest.raises(TypeError):
        pool.acquire(199.0)
    stats = pool.get_stats()
    assert (stats.idle, stats.lent, stats.leaked) == (1, 0, 0)


def test_limits_below_nothing_are_an_error():
    """Of all three."""
    for limits in ({"max_buffers": -1}, {"cleanup_interval": -1.0}, {"max_mb": -0.1}):
        with pytest.raises(ValueError, match="at least 0"):
            AudioBufferPool(**limits)


def test_the_documented_names_work():
    """`max_buffers`, `cleanup_interval`, `acquire_buffer`, `release_buffer`, the global pool."""
    pool = AudioBufferPool(max_buffers=100, cleanup_interval=15.0)
    buffer = pool.acquire_buffer(size=48000)
    assert buffer.data.shape == (48000,)
    assert len(buffer) == 48000
    pool.release_buffer(buffer)
    assert get_global_buffer_pool() is get_global_buffer_pool()


class Tensor:
    """As much of a torch tensor as a buffer asks for."""

    def __init__(self, array):
        self.array = array

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        return self.array


def test_without_torch_the_error_names_the_cure(pool, monkeypatch):
    """It is one line."""
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ProviderUnavailableError, match="pip install torch"):
        pool.acquire(10).get_tensor()


def test_a_tensor_is_made_of_the_samples_themselves(pool, monkeypatch):
    """Whatever torch makes of an array, it is given this one."""
    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(from_numpy=Tensor))
    buffer = pool.acquire(10)
    assert np.shares_memory(buffer.get_tensor().array, buffer.data)


def test_a_tensor_is_copied_into_the_samples(pool):
    """Of any shape with as many elements."""
    buffer = pool.acquire(6)
    buffer.update_from_tensor(Tensor(np.arange(6.0).reshape(2, 3)))
    assert buffer.data.tolist() == [0, 1, 2, 3, 4, 5]
    for wrong in (np.zeros(5, np.float32), np.zeros(6, np.complex64)):
        with pytest.raises(ValueError, match=rf"{wrong.size} {wrong.dtype} .* 6 float32"):
            buffer.update_from_tensor(Tensor(wrong))


def test_a_real_tensor_shares_the_memory(pool):
    """What torch writes is in the samples; while a tensor lives, its memory is not lent."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    buffer = pool.acquire(CLIP)
    tensor = buffer.get_tensor()
    tensor.fill_(0.5)
    assert (buffer.data == 0.5).all()
    buffer.update_from_tensor(torch.full((CLIP,), 0.25, requires_grad=True))
    assert (tensor == 0.25).all()
    pool.release(buffer)
    with pool.acquire(CLIP) as other:
        other.data[:] = 9
    assert (tensor == 0.25).all()


_RSS = """
import gc
import numpy as np, psutil
from irene.memory.pool import AudioBufferPool

def rss():
    return psutil.Process().memory_info().rss / 1e6

np.ones(7_000_000, np.float32)  # after this, malloc keeps memory of such sizes to itself
pool = AudioBufferPool(max_buffers=1000, max_mb=100)
with pool.acquire(10) as buffer:
    buffer.data[:] = 1
before = rss()
buffers = [pool.acquire(50_000) for _ in range(300)]
pins = []
for buffer in buffers:
    buffer.data[:] = 1
    pins.append(np.ones(20_000, np.float32))  # what else a program keeps, in between
del buffer
full = rss()
for buffer in buffers:
    buffer.release()
pool.shrink(0.0)
print(before, full, rss())
"""


def test_memory_that_is_freed_goes_back_to_the_system():
    """Large buffers have pages of their own: what lies between them does not hold them."""
    done = subprocess.run(
        [sys.executable, "-c", _RSS], capture_output=True, text=True, check=True, timeout=60
    )
    before, full, after = map(float, done.stdout.split())
    assert full - before > 80
    assert after - before < 30
