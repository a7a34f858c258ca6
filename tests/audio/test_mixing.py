"""Several channels to one, one to several."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.mixing import can_mix, mixed


@given(st.integers(1, 8), st.integers(0, 50), st.integers(0, 2**32 - 1))
def test_mono_is_the_mean_of_all_channels(channels, n_samples, seed):
    """As numpy's mean gives it."""
    samples = np.random.default_rng(seed).uniform(-1, 1, (n_samples, channels)).astype(np.float32)
    np.testing.assert_allclose(mixed(samples, 1), samples.mean(axis=1), atol=1e-6)
    assert mixed(samples, 1).dtype == np.float32
    assert mixed(samples, 1).shape == (n_samples,)


def test_mixing_leaves_the_input_as_it_was():
    """It may be a view of somebody's clip."""
    samples = np.ones((4, 2), np.float32)
    samples.flags.writeable = False
    assert mixed(samples, 1).tolist() == [1, 1, 1, 1]


def test_full_scale_in_every_channel_does_not_clip():
    """The mean of ones is one."""
    assert mixed(np.ones((3, 6), np.float32), 1).max() == pytest.approx(1.0)


def test_mono_is_repeated():
    """Each channel gets all of it."""
    assert mixed(np.float32([1, 2]), 3).tolist() == [[1, 1, 1], [2, 2, 2]]


def test_what_fits_is_passed_through():
    """Without a copy."""
    samples = np.zeros((4, 2), np.float32)
    assert mixed(samples, 2) is samples


@pytest.mark.parametrize(
    ("channels", "wanted", "clear"),
    [(1, 1, True), (2, 1, True), (6, 1, True), (1, 2, True), (2, 2, True), (6, 2, False)],
)
def test_only_mixes_that_are_clear_are_made(channels, wanted, clear):
    """What six channels mean is not for a converter to guess."""
    assert can_mix(channels, wanted) is clear
    assert not can_mix(channels, 0)
