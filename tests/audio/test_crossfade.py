"""Joining two pieces of sound."""

import numpy as np
import pytest

from irene.audio.crossfade import crossfade
from irene.testing import noise


def test_the_seam_begins_as_the_one_and_ends_as_the_other():
    """No step at either end of it."""
    seam = crossfade(np.full(240, 1000, np.int16), np.full(240, -1000, np.int16))
    assert seam[0] == pytest.approx(1000, abs=10)
    assert seam[-1] == pytest.approx(-1000, abs=10)
    assert np.abs(np.diff(seam.astype(int))).max() < 20


def test_unrelated_sounds_keep_their_loudness():
    """Equal power: in the middle of two noises the level is that of either."""
    seam = crossfade(noise(2.0, -20, seed=1), noise(2.0, -20, seed=2)).astype(float)
    middle = seam[seam.size * 2 // 5 : seam.size * 3 // 5]
    expected = noise(2.0, -20).astype(float)
    assert middle.std() == pytest.approx(expected.std(), rel=0.05)


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_two_loud_sounds_are_clipped_and_do_not_wrap(dtype):
    """Where both agree the sum is louder than either."""
    loudest = np.full((10, 2), 32767 if dtype == "int16" else 1.0, dtype)
    seam = crossfade(loudest, loudest)
    assert seam.dtype == dtype
    assert seam.shape == (10, 2)
    assert (seam[4] == loudest[4]).all()


def test_nothing_is_joined_to_nothing():
    """A fade over no samples is none."""
    assert crossfade(np.zeros(0, np.int16), np.zeros(0, np.int16)).shape == (0,)
