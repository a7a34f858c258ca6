"""The last seconds of a stream."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.history import History


@given(st.integers(1, 40), st.lists(st.integers(0, 90), max_size=40))
def test_a_history_reads_like_the_tail_of_a_list(keep, lengths):
    """For any sequence of appends the kept samples equal the tail of everything appended."""
    history, everything = History(keep), []
    for length in lengths:
        block = np.arange(len(everything), len(everything) + length, dtype=np.int16)
        history.append(block)
        everything.extend(block.tolist())
        assert history.end == len(everything)
        assert (
            history.view(history.start, history.end).tolist()
            == everything[-keep:][-(history.end - history.start) :]
        )
        assert history.end - history.start == min(keep, len(everything))


@given(st.integers(-5, 60), st.integers(-5, 60))
def test_a_view_outside_of_what_is_kept_is_shortened_to_it(start, end):
    """Asking for samples that are gone, or not there yet, gives those that are there."""
    history = History(20)
    history.append(np.arange(50, dtype=np.int16))
    expected = [n for n in range(30, 50) if start <= n < end]
    assert history.view(start, end).tolist() == expected


def test_reading_copies_nothing():
    """A view shares memory with the buffer."""
    history = History(10)
    history.append(np.arange(10, dtype=np.int16))
    assert np.shares_memory(history.view(0, 5), history.view(0, 10))


@given(st.integers(1, 40), st.lists(st.integers(0, 90), max_size=40))
def test_real_samples_are_kept_as_integers(keep, lengths):
    """Float samples and the integers nearest to them leave the same history."""
    integers, reals, n = History(keep), History(keep), 0
    for length in lengths:
        block = np.arange(n, n + length, dtype=np.int16)
        n += length
        integers.append(block)
        reals.append_steps(block.astype(np.float32) + np.float32(0.3))
    assert integers.end == reals.end
    kept = [one.view(one.start, one.end).tolist() for one in (integers, reals)]
    assert kept[0] == kept[1]


def test_a_view_cannot_be_written_to():
    """What one consumer is given is what all others hear."""
    history = History(10)
    history.append(np.arange(10, dtype=np.int16))
    with pytest.raises(ValueError, match="read-only"):
        history.view(0, 5)[:] = 0


def test_a_long_stream_takes_no_more_memory_than_a_short_one():
    """The buffer is half as long again as what is kept, and the same one for ever."""
    history = History(1000)
    history.append(np.ones(1000, np.int16))
    first = history.view(0, 1)
    for _ in range(50):
        history.append(np.ones(320, np.int16))
    assert history.view(history.start, history.end).base is first.base
    assert first.base.nbytes == 2 * 1500


@given(
    st.integers(1, 30),
    st.integers(1, 60),
    st.lists(st.integers(0, 50), max_size=12),
    st.lists(st.integers(0, 90), max_size=12),
)
def test_a_history_that_grows_loses_nothing(keep, more, before, after):
    """It reads as before, and from then on keeps as much as one of that length would."""
    history, everything = History(keep), []

    def append(length):
        block = np.arange(len(everything), len(everything) + length, dtype=np.int16)
        history.append(block)
        everything.extend(block.tolist())

    for length in before:
        append(length)
    start, kept = history.start, history.view(history.start, history.end).tolist()
    history.grow(more)
    assert (history.start, history.end) == (start, len(everything))
    assert history.view(history.start, history.end).tolist() == kept
    for length in after:
        append(length)
        oldest = max(start, len(everything) - max(keep, more))
        assert history.start == oldest
        assert history.view(oldest, history.end).tolist() == everything[oldest:]


def test_a_history_may_begin_in_the_middle_of_a_stream():
    """Its samples have the numbers that they have there."""
    history = History(5)
    history.begin_at(100)
    assert (history.start, history.end) == (100, 100)
    history.append(np.arange(8, dtype=np.int16))
    assert (history.start, history.end) == (103, 108)
    assert history.view(0, 200).tolist() == [3, 4, 5, 6, 7]
