"""Standard input on its way to a process: given again to the next one, bounded, never lost."""

import os
import random
import sys
import threading
from contextlib import ExitStack, closing, contextmanager
from io import BytesIO, TextIOWrapper
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker_bench import PATIENCE_S, descriptors, wait_until

from irene import ProviderFailedError
from irene.components.isolation.standard_input import StandardInput
from irene.domain.clock import SystemClock
from irene.testing import VirtualClock

AHEAD = 2 * 65536
"""most bytes that are read ahead of a process: those of a pipe, and one block"""


@contextmanager
def piped(data=None):
    """Let standard input be a pipe; yield the end to write into, or feed it with data and end."""
    read_fd, write_fd = os.pipe()
    with ExitStack() as stack:
        file = stack.enter_context(os.fdopen(read_fd))
        stack.enter_context(patch.object(sys, "stdin", file))
        writer = stack.enter_context(os.fdopen(write_fd, "wb", buffering=0))
        if data is not None:
            feeding = threading.Thread(target=lambda: (writer.write(data), writer.close()))
            feeding.start()
            stack.callback(feeding.join, PATIENCE_S)
        yield writer


@pytest.fixture
def passed_on():
    """What passes standard input on; nothing of it is left after the test."""
    before = descriptors()
    made = StandardInput(SystemClock())
    yield made
    made.close()
    wait_until(lambda: descriptors() <= before)


def exactly(fd, size):
    """Read so many bytes, or up to the end."""
    found = b""
    while len(found) < size and (more := os.read(fd, size - len(found))):
        found += more
    return found


DEATHS = st.lists(st.tuples(st.integers(0, 200_000), st.floats(0, 1)), max_size=6)
"""of each process: the bytes that it reads before it dies, and how much of them was heard"""


@given(st.integers(0, 400_000), DEATHS, st.booleans())
def test_whatever_dies_every_byte_is_heard_once_and_in_order(size, deaths, is_known):
    """Processes that read on at a place hear what follows it; those that cannot, hear it all again.

    The plain reference: what was fed. Each process reads some and dies with a part of it unheard,
    also in the middle of a sample, before the first byte, and after the end.
    """
    data = random.Random(size).randbytes(size)
    heard, place = b"", None
    with piped(data), closing(StandardInput(SystemClock())) as source:
        for n_read, share in [*deaths, (None, 1.0)]:
            fd = source.for_next_process()
            first = source.begin(place)
            assert first == (place or 0)
            read = exactly(fd, size + 1 if n_read is None else n_read)
            if is_known:
                heard += read[: int(len(read) * share)]
                place = len(heard)
                source.forget(place)
            else:
                heard, place = read, 0
    assert heard == data


def test_no_more_is_read_than_a_pipe_and_a_block_ahead(passed_on, tmp_path):
    """Ten gigabytes stay where they are until somebody wants them."""
    path = tmp_path / "long.raw"
    path.touch()
    os.truncate(path, 10 * 2**30)
    with path.open() as file, patch.object(sys, "stdin", file):
        fd = passed_on.for_next_process()
        passed_on.begin()
        n_heard = 0
        for _ in range(30):
            n_heard += len(os.read(fd, 50_000))
            passed_on.forget(n_heard)
            assert os.lseek(file.fileno(), 0, os.SEEK_CUR) <= n_heard + AHEAD
            assert len(passed_on._kept) <= AHEAD + 50_000


def test_nothing_is_read_before_a_stream_is_opened_nor_after_it_is_closed(passed_on):
    """Standard input may be somebody else's until then."""
    with piped() as writer:
        fd = passed_on.for_next_process()
        writer.write(b"early")
        passed_on.begin()
        assert exactly(fd, 5) == b"early"
        passed_on.pause()
        writer.write(b"late")
        writer.close()
        assert passed_on.begin() == 5
        assert exactly(fd, 9) == b"late"


def test_a_stream_that_is_opened_again_begins_with_what_nobody_has_read(passed_on):
    """In the same process, in the next one, and after the provider was closed."""
    with piped() as writer:
        fd = passed_on.for_next_process()
        passed_on.begin()
        writer.write(b"abcdefghij")
        assert exactly(fd, 2) == b"ab"
        passed_on.pause()
        assert passed_on.begin() == 2
        assert exactly(fd, 2) == b"cd"
        wait_until(lambda: passed_on._given == 10)
        fd = passed_on.for_next_process()
        assert passed_on.begin() == 4
        assert exactly(fd, 2) == b"ef"
        passed_on.close()
        fd = passed_on.for_next_process()
        assert passed_on.begin() == 6
        writer.close()
        assert exactly(fd, 99) == b"ghij"


def test_what_came_before_is_kept_up_to_a_limit():
    """Whoever needs the beginning again is told when it has gone; what follows is not lost."""
    data = random.Random(1).randbytes(300_000)
    with piped(data), closing(StandardInput(SystemClock(), most_kept=100_000)) as source:
        fd = source.for_next_process()
        source.begin()
        assert exactly(fd, 250_000) == data[:250_000]
        wait_until(lambda: source._given == 300_000)
        fd = source.for_next_process()
        with pytest.raises(ProviderFailedError, match=r"more than 0 MB of it have been read"):
            source.begin(0)
        assert source.begin() == 250_000
        assert exactly(fd, 99_000) == data[250_000:]


def test_the_end_is_told_to_the_next_process_too(passed_on):
    """Also when nothing is left to be heard."""
    with piped(b"all of it"):
        for place in (0, 9, 9, 5):
            fd = passed_on.for_next_process()
            passed_on.begin(place)
            assert exactly(fd, 10) == b"all of it"[place:]


def test_a_process_may_wait_as_long_as_nothing_comes():
    """A program that pipes audio may pause; one that does not read what it was given hangs."""
    clock = VirtualClock()
    with piped() as writer, closing(StandardInput(clock)) as source:
        fd = source.for_next_process()
        assert not source.may_wait(0.0)  # nobody reads
        source.begin()
        clock.advance(100.0)
        assert source.may_wait(clock.monotonic() - 30.0)
        writer.write(b"something")
        wait_until(lambda: source._given == 9)
        assert source.may_wait(clock.monotonic() - 30.0)
        clock.advance(100.0)
        assert not source.may_wait(clock.monotonic() - 30.0)
        assert exactly(fd, 9) == b"something"
        assert source.may_wait(clock.monotonic() - 30.0)
        writer.close()
        assert exactly(fd, 1) == b""
        clock.advance(100.0)
        assert not source.may_wait(clock.monotonic() - 30.0)


@pytest.mark.parametrize("file", [None, TextIOWrapper(BytesIO())], ids=["none", "closed"])
def test_without_standard_input_a_process_has_none(passed_on, file):
    """It is at its end at once."""
    if file is not None:
        file.close()
    with patch.object(sys, "stdin", file):
        fd = passed_on.for_next_process()
        assert passed_on.begin() == 0
        assert exactly(fd, 1) == b""


def test_a_terminal_is_handed_on_as_it_is(passed_on):
    """What reads it says what it would say here; not a key is taken from whoever types."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs) as file, patch.object(sys, "stdin", file):
        assert passed_on.for_next_process() == file.fileno()
        passed_on.begin()
    os.close(ours)


def test_what_is_no_file_of_the_system_is_passed_on_too(passed_on):
    """As a program has it that irene runs in."""
    data = random.Random(2).randbytes(200_000)
    with patch.object(sys, "stdin", TextIOWrapper(BytesIO(data))):
        fd = passed_on.for_next_process()
        passed_on.begin()
        assert exactly(fd, 300_000) == data
