"""The ring between two threads, against a plain list, and under every interleaving of lines."""

from __future__ import annotations

import sys
import threading
import time
import timeit
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from irene.audio.ring_buffer import RingBuffer


def numbered(start, count, channels=1, dtype=np.int16):
    """Frames whose samples say where in the stream they lie."""
    flat = np.arange(start * channels, (start + count) * channels).astype(dtype)
    return flat if channels == 1 else flat.reshape(-1, channels)


class Model(RuleBasedStateMachine):
    """A ring does what a list of the frames that wait would do."""

    overflow = "overwrite"

    @initialize(
        capacity=st.integers(1, 12),
        channels=st.integers(1, 3),
        dtype=st.sampled_from([np.int16, np.float32, np.uint8]),
    )
    def begin(self, capacity, channels, dtype):
        self.ring = RingBuffer(capacity, dtype, channels, self.overflow)
        self.capacity, self.channels, self.dtype = capacity, channels, dtype
        self.waiting, self.total, self.dropped = [], 0, 0

    def frames(self, samples):
        """Plain lists, after a look at shape and type."""
        assert samples.dtype == self.dtype
        assert samples.shape[1:] == (() if self.channels == 1 else (self.channels,))
        return samples.tolist()

    @rule(count=st.integers(0, 30), step=st.sampled_from([1, 2, -1]))
    def append(self, count, step):
        block = numbered(self.total, count * abs(step), self.channels, self.dtype)[::step]
        room = len(block) if self.overflow == "overwrite" else self.capacity - len(self.waiting)
        taken = min(len(block), room)
        assert self.ring.append(block) == taken
        self.waiting += block[:taken].tolist()
        self.total += taken
        excess = max(0, len(self.waiting) - self.capacity)
        self.dropped += excess + len(block) - taken
        del self.waiting[:excess]

    @rule(n=st.integers(-2, 16))
    def consume(self, n):
        assert self.frames(self.ring.consume(n)) == self.waiting[: max(0, n)]
        del self.waiting[: max(0, n)]

    @rule(n=st.integers(-2, 16))
    def discard(self, n):
        assert self.ring.discard(n) == len(self.waiting[: max(0, n)])
        del self.waiting[: max(0, n)]

    @rule(n=st.integers(-2, 16))
    def peek(self, n):
        assert self.frames(self.ring.peek(n)) == self.waiting[: max(0, n)]

    @rule(n=st.integers(-2, 16))
    def read_last(self, n):
        assert self.frames(self.ring.read_last(n)) == self.waiting[-n:] * (n > 0)

    @precondition(lambda self: self.overflow == "refuse")
    @rule(n=st.integers(-2, 16))
    def views(self, n):
        first, second = self.ring.views(n)
        assert self.frames(first) + self.frames(second) == self.waiting[: max(0, n)]

    @rule()
    def clear(self):
        self.ring.clear()
        self.waiting = []

    @invariant()
    def agrees(self):
        if not hasattr(self, "ring"):
            return
        assert self.frames(self.ring.read_all()) == self.waiting
        assert len(self.ring) == len(self.waiting)
        assert self.ring.total == self.total
        assert self.ring.start == self.total - len(self.waiting)
        assert self.ring.free == self.capacity - len(self.waiting)
        assert self.ring.dropped == self.dropped


class RefusingModel(Model):
    overflow = "refuse"


@pytest.mark.parametrize("model", [Model, RefusingModel])
def test_a_ring_is_a_list_with_a_limit(model):
    """For any sequence of calls, in any number of channels and several types."""
    run_state_machine_as_test(
        model, settings=settings(max_examples=60, stateful_step_count=40, deadline=None)
    )


@given(st.integers(1, 9), st.integers(0, 60), st.integers(1, 2))
def test_of_a_block_longer_than_the_ring_the_end_stays(capacity, count, channels):
    """The rest of it was dropped, as if it had come in pieces."""
    ring = RingBuffer(capacity, channels=channels)
    ring.append(numbered(0, 3, channels))
    ring.append(numbered(3, count, channels))
    everything = numbered(0, 3 + count, channels)
    assert ring.read_all().tolist() == everything[-capacity:].tolist()
    assert ring.dropped == max(0, 3 + count - capacity)


def test_a_reader_that_is_overtaken_goes_on_with_the_oldest_that_is_left():
    """It can see from `position` and `start` what it missed."""
    ring = RingBuffer(5)
    ring.append(numbered(0, 3))
    ring.consume(2)
    ring.append(numbered(3, 6))
    assert (ring.position, ring.start, ring.total) == (2, 4, 9)
    assert ring.consume(2).tolist() == [4, 5]
    assert (ring.position, ring.dropped) == (6, 2)


def test_what_was_read_stays_as_it_was():
    """It is a copy: the writer goes on."""
    ring = RingBuffer(4)
    ring.append(numbered(0, 4))
    read = [ring.read_all(), ring.peek(4), ring.read_last(4), ring.consume(4)]
    ring.append(numbered(50, 4))
    assert all(samples.tolist() == [0, 1, 2, 3] for samples in read)


def test_samples_that_the_writer_uses_again_stay_as_they_were():
    """A device may reuse its buffer."""
    ring, block = RingBuffer(8), numbered(0, 4)
    ring.append(block)
    block[:] = 9
    assert ring.read_all().tolist() == [0, 1, 2, 3]


def test_a_ring_that_refuses_shows_its_memory():
    """Nothing is copied where the frames lie in one piece, and nobody can write to it."""
    ring = RingBuffer(8, channels=2, overflow="refuse")
    ring.append(numbered(0, 5, 2))
    shown = ring.peek(3)
    assert np.shares_memory(shown, ring.peek(3))
    assert np.shares_memory(shown, ring.views(3)[0])
    assert np.shares_memory(ring.read_last(5), ring.read_all())
    for samples in (shown, ring.views(3)[0], ring.read_all()):
        assert not samples.flags.writeable


def test_frames_around_the_end_are_two_views_or_one_copy():
    """`views` copies nothing, `peek` gives one piece; neither may be written to."""
    ring = RingBuffer(6, overflow="refuse")
    ring.append(numbered(0, 5))
    ring.discard(4)
    ring.append(numbered(5, 4))
    first, second = ring.views(6)
    assert (first.tolist(), second.tolist()) == ([4, 5], [6, 7, 8])
    piece = ring.peek(6)
    assert piece.tolist() == [4, 5, 6, 7, 8]
    assert not np.shares_memory(piece, first)
    assert not piece.flags.writeable


def test_a_ring_that_refuses_takes_what_fits():
    """The writer sees how much that was, and can give the rest again."""
    ring = RingBuffer(4, overflow="refuse")
    assert ring.append(numbered(0, 3)) == 3
    assert ring.append(numbered(3, 3)) == 1
    assert ring.append(numbered(4, 2)) == 0
    assert ring.dropped == 4
    assert ring.consume(9).tolist() == [0, 1, 2, 3]
    assert ring.append(numbered(4, 2)) == 2


def test_a_ring_that_overwrites_has_no_views():
    """What they show would change under the reader."""
    with pytest.raises(ValueError, match="overwrites"):
        RingBuffer(4).views(2)


@pytest.mark.parametrize("overflow", ["overwrite", "refuse"])
@pytest.mark.parametrize(
    ("channels", "samples", "error", "words"),
    [
        (1, np.zeros(2, np.float32), TypeError, "float32.*holds int16"),
        (1, np.zeros(2, ">i2"), TypeError, ">i2.*holds int16"),
        (1, np.zeros(0, np.float64), TypeError, "float64.*holds int16"),
        (1, np.zeros((2, 1), np.int16), ValueError, r"\(2, 1\).*takes \(n,\)"),
        (1, np.zeros((0, 2), np.int16), ValueError, r"\(0, 2\).*takes \(n,\)"),
        (1, np.int16(3), TypeError, "int16.*numpy array"),
        (1, [1, 2], TypeError, "list.*numpy array"),
        (1, b"\0\0", TypeError, "bytes.*numpy array"),
        (1, None, TypeError, "NoneType.*numpy array"),
        (2, np.zeros(4, np.int16), ValueError, r"\(4,\).*takes \(n, 2\)"),
        (2, np.zeros((2, 3), np.int16), ValueError, r"\(2, 3\).*takes \(n, 2\)"),
        (2, np.zeros((2, 2), np.float32), TypeError, "float32.*holds int16"),
        (2, [[1, 2]], TypeError, "list.*numpy array"),
    ],
)
def test_a_block_that_does_not_fit_is_an_error_and_changes_nothing(
    overflow, channels, samples, error, words
):
    """The line says what it is and what it should be; also when the ring is full."""
    ring = RingBuffer(3, channels=channels, overflow=overflow)
    ring.append(numbered(0, 3, channels))
    with pytest.raises(error, match=words):
        ring.append(samples)
    assert ring.read_all().tolist() == numbered(0, 3, channels).tolist()
    assert (len(ring), ring.total, ring.dropped) == (3, 3, 0)


@pytest.mark.parametrize("number", [np.uint8, np.int16, np.uint32, np.uint64])
@pytest.mark.parametrize("overflow", ["overwrite", "refuse"])
def test_numbers_of_numpy_do_not_overflow(number, overflow):
    """Sizes may come out of an array, such as the header of a file."""
    ring = RingBuffer(number(100), np.int16, number(3), overflow)
    for start in range(0, 500, 50):
        ring.append(numbered(start, 50, 3))
    first = 400 if overflow == "overwrite" else 0
    assert ring.peek(number(90)).tolist() == numbered(first, 90, 3).tolist()
    assert (ring.capacity, ring.free, len(ring), ring.dropped) == (100, 0, 100, 400)


@pytest.mark.parametrize("method", ["peek", "read_last", "consume", "discard"])
def test_a_part_of_a_frame_cannot_be_read(method):
    """Not even of an empty ring."""
    with pytest.raises(TypeError, match="integer"):
        getattr(RingBuffer(4), method)(1.5)


def test_a_type_that_numpy_calls_by_two_names_is_one_type():
    """`long` and `long long` are the same 64 bits here."""
    ring = RingBuffer(4, np.int64)
    ring.append(np.arange(3, dtype=np.longlong))
    assert ring.consume(3).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"capacity": 0}, "at least 1"),
        ({"capacity": -3}, "at least 1"),
        ({"capacity": 4, "channels": 0}, "at least 1"),
        ({"capacity": 4, "overflow": "grow"}, "'overwrite' or 'refuse'"),
        ({"capacity": 4, "dtype": object}, "native integers or floats"),
        ({"capacity": 4, "dtype": ">i2"}, "native integers or floats"),
    ],
)
def test_a_ring_that_cannot_be_is_an_error(options, words):
    """The line says what would be right."""
    with pytest.raises(ValueError, match=words):
        RingBuffer(**options)


def stepping(code, step):
    """Return a trace function that takes a step before every line of one function."""

    def trace(frame, event, argument):
        if frame.f_code is not code.__code__:
            return None
        if event == "line":
            sys.settrace(None)
            step()
            sys.settrace(trace)
        return trace

    return trace


def interrupted(code, step, action):
    """Do something while another thread seems to take a step before each line of a function."""
    before = sys.gettrace()
    sys.settrace(stepping(code, step))
    try:
        return action()
    finally:
        sys.settrace(before)


class Source:
    """A writer of numbered frames."""

    def __init__(self, ring, sizes, most=10_000):
        self.ring = ring
        self.sizes = sizes
        self.most = most
        self.turn = 0
        self.sent = 0

    def step(self):
        size = self.sizes[self.turn % len(self.sizes)]
        self.turn += 1
        if self.turn <= self.most:
            self.sent += self.ring.append(numbered(self.sent, size, dtype=np.int32))


def is_consecutive(samples):
    return bool((np.diff(samples) == 1).all())


@pytest.mark.parametrize("method", ["consume", "peek", "read_last"])
@pytest.mark.parametrize("most", [1, 2, 3, 50])
@given(
    capacity=st.integers(1, 12),
    sizes=st.lists(st.integers(0, 15), min_size=1, max_size=4),
    n=st.integers(1, 14),
)
@settings(max_examples=40, deadline=None)
def test_a_read_in_which_the_writer_takes_steps_is_never_torn(method, most, capacity, sizes, n):
    """However many blocks come between the lines of a read, it gives consecutive frames."""
    ring = RingBuffer(capacity, np.int32)
    source, n_read = Source(ring, sizes, most), 0
    source.sent += ring.append(numbered(0, capacity + 1, dtype=np.int32))
    read, missed = getattr(ring, method), ring.position
    for code in (RingBuffer._oldest_copied, RingBuffer._copied, RingBuffer.read_last):
        source.turn = 0
        samples = interrupted(code, source.step, lambda: read(n))
        assert len(samples) <= n
        assert is_consecutive(samples)
        if method == "consume" and len(samples):
            assert samples[0] >= missed
            assert ring.position == samples[-1] + 1
            missed = ring.position
            n_read += len(samples)
    assert n_read + len(ring) + ring.dropped == ring.total == source.sent


@pytest.mark.parametrize("overflow", ["overwrite", "refuse"])
@pytest.mark.parametrize("code", [RingBuffer.append, RingBuffer._wrap])
@given(
    capacity=st.integers(1, 12),
    sizes=st.lists(st.integers(0, 15), min_size=1, max_size=8),
    n=st.integers(1, 14),
)
@settings(max_examples=40, deadline=None)
def test_a_reader_between_the_lines_of_a_write_sees_whole_frames(
    overflow, code, capacity, sizes, n
):
    """Whatever is half written is not shown, and every frame is read once or counted."""
    ring = RingBuffer(capacity, np.int32, overflow=overflow)
    source, taken = Source(ring, sizes), []

    def read():
        newest, oldest = ring.read_last(n), ring.peek(n)
        assert len(newest) == len(oldest) == min(n, len(ring))
        assert newest.tolist() == list(range(ring.total - len(newest), ring.total))
        assert oldest.tolist() == list(range(ring.start, ring.start + len(oldest)))
        assert 0 <= len(ring) <= capacity
        assert ring.start <= ring.total
        taken.extend(ring.consume(n).tolist())

    for _ in sizes:
        interrupted(code, read, source.step)
    taken.extend(ring.consume(capacity).tolist())
    assert taken == sorted(set(taken))
    lost = ring.dropped if overflow == "overwrite" else 0
    assert len(taken) + lost == ring.total == source.sent


def at_once(write, read):
    """Let two threads work, switching between them as often as possible."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as threads:
            for work in [threads.submit(write), threads.submit(read)]:
                work.result()
    finally:
        sys.setswitchinterval(interval)


def checked_transfer(overflow, capacity, method, n_blocks=4000):
    """Write from one thread, read on another; return how many frames were read, and the ring."""
    ring = RingBuffer(capacity, np.int64, overflow=overflow)
    sizes = np.random.default_rng(1).integers(0, capacity // 2 + 2, n_blocks)
    done = threading.Event()
    n_read = 0

    def write():
        sent = 0
        try:
            for size in sizes.tolist():
                block = numbered(sent, size, dtype=np.int64)
                taken = ring.append(block)
                while overflow == "refuse" and taken < size:
                    time.sleep(0)  # let the reader in
                    taken += ring.append(block[taken:])
                sent += size
        finally:
            done.set()

    def read():
        nonlocal n_read
        last = -1
        while not (done.is_set() and len(ring) == 0):
            samples = method(ring)
            if samples.size:
                assert (np.diff(samples) == 1).all()
                assert samples[0] > last
                assert overflow == "overwrite" or samples[0] == last + 1
                last = int(samples[-1])
                n_read += samples.size
            elif overflow == "refuse":
                time.sleep(0)

    at_once(write, read)
    return n_read, ring


@pytest.mark.parametrize("capacity", [7, 1000, 5000])
@pytest.mark.parametrize("size", [3, 700])
def test_two_threads_overwriting_lose_only_what_is_counted(capacity, size):
    """Each sample carries its position; blocks and ring are longer than numpy keeps the GIL for."""
    n_read, ring = checked_transfer("overwrite", capacity, lambda ring: ring.consume(size))
    assert n_read + ring.dropped == ring.total


@pytest.mark.parametrize("capacity", [7, 1000])
def test_two_threads_refusing_lose_nothing(capacity):
    """The writer gives again what was refused; all arrives, in order."""
    n_read, ring = checked_transfer("refuse", capacity, lambda ring: ring.consume(100), 1000)
    assert n_read == ring.total


def test_views_on_one_thread_stay_whole_while_another_writes():
    """They are looked at for a while, and only then given free."""

    def taken(ring):
        first, second = ring.views(100)
        before = np.concatenate((first, second))
        seen = np.concatenate((first, second))
        assert (before == seen).all()
        ring.discard(seen.size)
        return seen

    n_read, ring = checked_transfer("refuse", 300, taken, 1000)
    assert n_read == ring.total


@pytest.mark.measures
def test_appending_is_far_cheaper_than_joining_arrays():
    """Over 1000 blocks of 20 ms, in turns; how far is judged by the bench, on a quiet machine."""
    block = np.zeros(320, np.int16)

    def joined():
        everything = np.zeros(0, np.int16)
        for _ in range(1000):
            everything = np.concatenate((everything, block))

    def appended():
        ring = RingBuffer(320_000)
        for _ in range(1000):
            ring.append(block)

    rounds = [
        (timeit.timeit(joined, number=1), timeit.timeit(appended, number=1)) for _ in range(30)
    ]
    slow, fast = map(min, zip(*rounds, strict=True))
    assert slow > 5 * fast
