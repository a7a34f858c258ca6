"""How much input soxr collects before it gives anything."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import ResampleQuality
from irene_plugins.resampling.bursts import Bursts, find_bursts
from irene_plugins.resampling.soxr import SoxrResampler

RATES = [(48000, 16000), (44100, 16000), (96000, 16000), (8000, 16000), (22050, 48000)]


@pytest.fixture(scope="module")
def soxr():
    """Return the resampler, loaded."""
    resampler = SoxrResampler()
    resampler.load()
    return resampler


@given(
    lengths=st.lists(st.integers(1, 6000), min_size=1, max_size=30),
    rates=st.sampled_from(RATES),
    quality=st.sampled_from(list(ResampleQuality)),
)
def test_output_comes_exactly_when_as_much_is_there_as_was_wanted(soxr, lengths, rates, quality):
    """One sample less brings nothing: whoever collects so much hears nothing later."""
    stream = soxr.open_stream(*rates, 1, quality)
    for length in lengths:
        wanted = stream.wanted
        made = stream.process(np.zeros(length, np.float32))
        assert (len(made) > 0) == (length >= wanted)


@pytest.mark.parametrize("quality", list(ResampleQuality))
@pytest.mark.parametrize("rates", RATES)
def test_a_stream_that_is_given_what_it_wants_gives_something_every_time(soxr, rates, quality):
    """To the sample: with one less there is nothing, with the last one there is."""
    stream = soxr.open_stream(*rates, 1, quality)
    for _ in range(5):
        wanted = stream.wanted
        if wanted > 1:
            assert len(stream.process(np.zeros(wanted - 1, np.float32))) == 0
            assert stream.wanted == 1
        assert len(stream.process(np.zeros(1, np.float32))) > 0


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_bursts_are_found_to_the_sample(first, distance):
    """Wherever the first one lies."""

    def made_of(n_samples):
        return 0 if n_samples < first else 10 * ((n_samples - first) // distance + 1)

    assert find_bursts(made_of) == Bursts(first, distance)


def test_bursts_that_come_at_odd_times_are_not_relied_upon():
    """Then every sample may bring something."""
    places = [100, 250, 600, 700]
    assert find_bursts(lambda n: sum(n >= place for place in places)) == Bursts(1, 1)
