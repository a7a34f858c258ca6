"""Windows in the sample type that an engine declared."""

import numpy as np
import pytest

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
