"""What foreign code returned, held to its contract."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import LostAudio, ProviderFailedError
from irene.providers import results
from irene.testing.faults.spoiling import spoiled

NONSENSE = (None, range, "nonsense", b"\xff", [None], {"a": None}, 1 + 1j)
NO_SHARES = (float("nan"), float("inf"), -float("inf"), -0.5, 1.5, np.float32("nan"))
EXPECTED = (ProviderFailedError, TypeError, ValueError)


@given(st.floats(0, 1))
def test_a_share_is_what_it_was(value):
    """Of any type of number."""
    assert results.share(value) == value
    assert results.share(np.float64(value)) == value


def test_rounding_is_no_failure():
    """Engines that compute in single precision may pass 1 by a hair."""
    assert results.share(np.float32(1.0000001)) > 1


@pytest.mark.parametrize("value", [*NO_SHARES, *NONSENSE])
def test_what_is_no_share_is_refused(value):
    """NaN compares as false with everything: unchecked, it would pass every threshold."""
    with pytest.raises(ProviderFailedError, match="use a number from 0 to 1"):
        results.share(value)
    with pytest.raises(ProviderFailedError, match="use a number from 0 to 1"):
        results.shares({"hello": value})


@pytest.mark.parametrize("values", [None, 0.5, "nonsense", [("hello", 0.5)], [None]])
def test_scores_are_a_mapping(values):
    """Nothing else is taken for one."""
    with pytest.raises(ProviderFailedError, match="no mapping of scores"):
        results.shares(values)


def test_no_scores_are_scores_too():
    """An engine that has nothing new yet."""
    assert results.shares({}) == {}


CHECKS = {"int16": results.int16_block, "float32": results.float32_block}


@pytest.mark.parametrize("dtype", CHECKS)
def test_samples_of_the_right_form_pass_as_they_are(dtype):
    """Without a copy."""
    samples = np.zeros(5, dtype)
    assert CHECKS[dtype](samples) is samples


@pytest.mark.parametrize("dtype", CHECKS)
@pytest.mark.parametrize(
    "samples",
    [*NONSENSE, [1, 2], np.zeros((5, 2), np.int16), np.zeros(5, np.int32), np.float32(1)],
    ids=repr,
)
def test_samples_of_another_form_are_refused(dtype, samples):
    """The message says what came and what would be right."""
    with pytest.raises(ProviderFailedError, match=rf"no {dtype} samples of shape \(n,\)"):
        CHECKS[dtype](samples)


def test_samples_may_have_to_be_as_many():
    """An echo canceller that swallows some would shift everything behind."""
    assert results.as_long(np.zeros(5), 5).shape == (5,)
    with pytest.raises(ProviderFailedError, match="4 samples instead of 5"):
        results.as_long(np.zeros(4), 5)


def test_frames_have_the_channels_of_their_format():
    """One channel may come as a column."""
    mono, column, stereo = (np.zeros(shape, np.float32) for shape in ((4,), (4, 1), (4, 2)))
    float32 = np.dtype(np.float32)
    assert results.frames(mono, float32, 1) is mono
    assert results.frames(column, float32, 1).shape == (4,)
    assert results.frames(stereo, float32, 2) is stereo


@pytest.mark.parametrize(
    ("samples", "channels"),
    [
        (np.zeros(4, np.int16), 2),
        (np.zeros((4, 2), np.int16), 1),
        (np.zeros((4, 2, 2), np.int16), 2),
        (np.zeros(4), 1),
        (np.zeros(4, np.float32), 1),
        (b"\0\0", 1),
    ],
    ids=repr,
)
def test_frames_of_another_form_are_refused(samples, channels):
    """They would be joined with others of the right form."""
    with pytest.raises(ProviderFailedError, match="not int16 samples of"):
        results.frames(samples, np.dtype(np.int16), channels)


def test_losses_are_losses():
    """What cannot be counted cannot be told."""
    lost = [LostAudio(5, "overflow")]
    assert results.losses(lost) == tuple(lost)
    for nonsense in (None, 5, ["overflow"], "overflow"):
        with pytest.raises(ProviderFailedError, match="no losses"):
            results.losses(nonsense)


@pytest.mark.parametrize("count", [-1, 0.5, "many", None])
def test_what_was_lost_is_a_number_of_samples(count):
    """Audio time goes on by it, and never back."""
    with pytest.raises(ProviderFailedError, match="a loss of"):
        results.losses([LostAudio(5, "overflow"), LostAudio(count, "overflow")])


@given(st.randoms(use_true_random=False))
def test_all_garbage_of_fault_injection_is_recognised(random):
    """Whatever it makes of a right result is refused."""
    rights = (
        (results.share, 0.5),
        (results.shares, {"hello": 0.5}),
        (results.int16_block, np.zeros(4, np.int16)),
    )
    for check, right in rights:
        with pytest.raises(EXPECTED):
            check(spoiled(right, random))
