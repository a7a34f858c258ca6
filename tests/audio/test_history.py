"""The last seconds of a stream."""

import numpy as np
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
