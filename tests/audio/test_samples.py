"""Sample arithmetic."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from irene.audio.samples import (
    SILENCE_DB,
    frame_powers,
    level_db,
    to_float32,
    to_int16,
    to_mono,
    to_steps,
    whole_steps,
)
from irene.testing import noise, silence, tone

INT16 = arrays(np.int16, st.integers(0, 300))


@given(INT16)
def test_int16_survives_the_way_through_float32(samples):
    """Conversion to float32 and back gives every int16 sample back."""
    assert np.array_equal(to_int16(to_float32(samples)), samples)


def nearest_int16(value):
    """Return the int16 of one float sample, by arithmetic of Python's own."""
    return 0 if math.isnan(value) else round(min(max(value * 32768, -32768), 32767))


FLOATS = st.floats(-3, 3, width=32) | st.sampled_from([math.nan, math.inf, -math.inf])


@pytest.mark.filterwarnings("error")
@given(arrays(np.float32, array_shapes(max_dims=2, min_side=0, max_side=40), elements=FLOATS))
def test_each_float_becomes_the_nearest_int16_and_what_is_no_number_silence(samples):
    """A broken microphone spoils no other sample, whatever the shape and its order in memory."""
    for given_samples in (samples, samples.T):
        converted = to_int16(given_samples)
        assert (converted.dtype, converted.shape) == (np.int16, given_samples.shape)
        assert converted.ravel().tolist() == [*map(nearest_int16, given_samples.ravel().tolist())]


def test_float_beyond_full_scale_is_clipped():
    """A float sample above 1 becomes the largest int16, never a wrapped one."""
    loud = np.array([1.5, -1.5, 1.0], np.float32)
    assert to_int16(loud).tolist() == [32767, -32768, 32767]


def test_a_sine_has_the_level_it_was_made_with():
    """The RMS level of a tone at -20 dB is -20 dB."""
    assert abs(level_db(tone(1.0, level_db=-20)) + 20) < 0.05


def test_digital_silence_has_a_finite_level():
    """Silence has a lowest level instead of minus infinity."""
    assert level_db(silence(0.1)) == SILENCE_DB


def test_no_samples_at_all_have_the_level_of_silence():
    """An empty block is silence, not an error."""
    assert level_db(silence(0)) == SILENCE_DB


def test_stereo_becomes_the_mean_of_its_channels():
    """Downmixing averages, so that a signal on both channels keeps its level."""
    stereo = np.array([[100, 300], [-100, -301]], np.int16)
    assert to_mono(stereo).tolist() == [200, -200]


def test_downmixing_two_full_scale_channels_does_not_wrap():
    """The mean of two loudest samples is the loudest sample."""
    assert to_mono(np.full((4, 2), 32767, np.int16)).tolist() == [32767] * 4


@given(st.integers(1, 50), st.integers(0, 400))
def test_every_whole_frame_gets_one_power(frame, length):
    """A rest that does not fill a frame is left out."""
    assert frame_powers(noise(length / 16000), frame).shape == (length // frame,)


@given(
    st.lists(st.floats(-3, 3, width=32), max_size=50),
    st.sampled_from([1.0, 0.01, 1e-5]),
    st.booleans(),
)
def test_whole_steps_are_the_int16_samples_of_converting(values, scale, in_place):
    """Whatever is fast about it, the samples are the nearest ones, in new memory or in the old."""
    samples = np.array(values, np.float32) * np.float32(scale)
    expected, steps = [nearest_int16(one) for one in samples.tolist()], to_steps(samples)
    assert whole_steps(steps, steps if in_place else None).tolist() == expected


@pytest.mark.filterwarnings("error")
def test_what_is_no_number_is_written_as_silence():
    """And what is infinite as full scale: an input may be floats, and broken."""
    steps = np.array([np.nan, 5, np.inf, -np.inf, -7], np.float32)
    assert whole_steps(steps).tolist() == [0, 5, 32767, -32768, -7]


def test_one_loud_sample_in_silence_is_clipped_when_it_is_written():
    """The energy of a whole block does not hide one sample above full scale."""
    samples = np.zeros(500, np.float32)
    samples[250] = 32768.0
    assert whole_steps(samples)[250] == 32767


@given(st.lists(st.floats(-3, 3, width=32), max_size=50), st.booleans())
def test_steps_equal_converting(values, as_int16):
    """Both kinds of samples become float32 of full scale 32768, exactly."""
    samples = np.array(values, np.float32)
    samples = to_int16(samples) if as_int16 else samples
    steps = to_steps(samples)
    assert steps.dtype == np.float32
    assert to_int16(steps / 32768).tolist() == to_int16(samples).tolist()
