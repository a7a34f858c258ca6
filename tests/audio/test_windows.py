"""Windows in the sample type that an engine declared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.history import History
from irene.audio.samples import to_float32
from irene.audio.windows import WindowReader


@pytest.fixture
def history():
    """Return a history that holds some samples."""
    history = History(1000)
    history.append(np.arange(-500, 500, dtype=np.int16) * 60)
    return history


def test_an_int16_window_is_a_view_of_the_history(history):
    """Nothing is copied for engines that take integers."""
    window = WindowReader(history).read(100, 200, "int16")
    assert np.shares_memory(window, history.view(0, 1000))


def test_a_float_window_holds_the_same_samples_from_minus_1_to_1(history):
    """Scaled by full scale."""
    window = WindowReader(history).read(100, 200, "float32")
    assert window.dtype == np.float32
    assert (window == to_float32(history.view(100, 200))).all()


def test_float_windows_use_the_same_memory_again(history):
    """One allocation for each length of window; an engine gets it on loan."""
    reader = WindowReader(history)
    first = reader.read(0, 512, "float32")
    assert np.shares_memory(first, reader.read(100, 612, "float32"))
    assert reader.read(0, 100, "float32").shape == (100,)


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_an_engine_cannot_write_into_its_window(history, dtype):
    """Others hear the same samples."""
    with pytest.raises(ValueError, match="read-only"):
        WindowReader(history).read(0, 10, dtype)[:] = 0


def test_windows_that_have_arrived_are_converted_together(history):
    """Less work than one by one: the second lies behind the first."""
    reader = WindowReader(history)
    first = reader.read(0, 100, "float32")
    second = reader.read(100, 200, "float32")
    behind = second.__array_interface__["data"][0] - first.__array_interface__["data"][0]
    assert behind == first.nbytes


_STEPS = st.tuples(st.sampled_from([1, 7, 32]), st.integers(0, 40), st.integers(0, 20))
"""length of a window, samples that arrive before it, how far back it begins from the last end"""


@given(steps=st.lists(_STEPS, max_size=60))
def test_however_windows_follow_each_other_each_holds_its_own_samples(steps):
    """In a row, again, with gaps, or of another length: as if each was converted alone."""
    history, everything, end = History(100), np.zeros(0, np.int16), 0
    reader = WindowReader(history)
    for size, n_new, back in steps:
        new = np.arange(len(everything), len(everything) + n_new, dtype=np.int16)
        history.append(new)
        everything = np.concatenate((everything, new))
        start = max(history.start, end - back)
        if start + size > history.end:
            continue
        end = start + size
        window = reader.read(start, end, "float32")
        assert (window == to_float32(everything[start:end])).all()
