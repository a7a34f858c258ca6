"""Soft edges and a volume that may be turned while something is heard: nothing clicks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.loudness import EDGE_S, RAMP_S, Volume, softened

RATE = 16000
LOUD = np.full(4000, 10000, np.int16)


def cut(samples, sizes):
    """Cut samples into blocks of these sizes, again and again."""
    start, turn = 0, 0
    while start < samples.shape[0]:
        yield samples[start : start + sizes[turn % len(sizes)]]
        start, turn = start + sizes[turn % len(sizes)], turn + 1


def joined(blocks):
    return np.concatenate([np.zeros(0, np.int16), *blocks])


@given(st.integers(0, 3000), st.lists(st.integers(1, 900), min_size=1, max_size=5))
def test_soft_edges_do_not_depend_on_the_blocks(n_samples, sizes):
    """Cut anyhow, the same samples come out, and as many as went in."""
    samples = LOUD[:n_samples]
    soft = joined(softened(cut(samples, sizes), RATE))
    np.testing.assert_array_equal(soft, joined(softened([samples], RATE)))
    assert soft.shape == samples.shape


def test_sound_rises_from_silence_and_falls_back_to_it():
    """No step is larger than a soft edge makes it; the middle is untouched."""
    soft = joined(softened([LOUD], RATE)).astype(int)
    edge = round(EDGE_S * RATE)
    largest = 10000 * np.pi / 2 / edge + 1
    assert np.abs(np.diff(soft, prepend=0, append=0)).max() <= largest
    np.testing.assert_array_equal(soft[edge:-edge], LOUD[edge:-edge])


def test_only_the_edge_is_held_back():
    """The first block is heard before the second one is made."""
    blocks = softened(iter([LOUD[:800], LOUD[:800]]), RATE)
    assert next(blocks).shape[0] == 800 - round(EDGE_S * RATE)


def test_a_source_that_breaks_off_ends_softly():
    """Also where a voice fails, nothing clicks; the error goes on."""

    def breaking():
        yield LOUD
        raise OSError("gone")

    heard = []
    with pytest.raises(OSError, match="gone"):
        heard.extend(softened(breaking(), RATE))
    assert abs(int(joined(heard)[-1])) < 300
    assert joined(heard).shape == LOUD.shape


def test_full_volume_changes_nothing():
    """Not even by rounding: the array itself is returned."""
    assert Volume(lambda: 1.0, RATE).apply(LOUD) is LOUD


@pytest.mark.parametrize("volume", [0.0, 0.25, 0.5])
def test_a_volume_scales_the_samples(volume):
    """From the first sample on."""
    heard = Volume(lambda: volume, RATE).apply(LOUD)
    np.testing.assert_array_equal(heard, LOUD * volume)


@given(st.lists(st.floats(-1, 2), min_size=2, max_size=12), st.integers(1, 700))
def test_turning_the_volume_never_clicks(volumes, size):
    """Whatever is wanted whenever: from sample to sample at most one step of the ramp."""
    wanted = iter(volumes)
    volume = Volume(lambda: next(wanted), RATE)
    heard = joined(volume.apply(LOUD[:size]) for _ in volumes[1:]).astype(int)
    assert np.abs(np.diff(heard)).max(initial=0) <= 10000 / (RAMP_S * RATE) + 1
    assert heard.min() >= 0
    assert heard.max() <= 10000


def test_a_new_volume_is_reached_within_the_ramp():
    """20 ms later it is as loud as wanted."""
    wanted = [1.0]
    volume = Volume(lambda: wanted[0], RATE)
    volume.apply(LOUD)
    wanted[0] = 0.1
    heard = volume.apply(LOUD)
    assert heard[0] > 9900
    assert set(heard[round(RAMP_S * RATE) :].tolist()) == {1000}


def test_a_source_that_fails_before_its_first_sample_gives_no_block():
    """Else whoever plays it believes that something was said."""

    def failing():
        raise OSError("no voice")
        yield LOUD

    blocks = []
    with pytest.raises(OSError, match="no voice"):
        blocks.extend(softened(failing(), RATE))
    assert blocks == []
