"""How much input a live conversion is collected for, by whoever waits for a window of output."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from resampling_parts import component

from irene import ResampleQuality
from irene_plugins.resampling.linear import LinearResampler


@given(
    n_samples=st.integers(1, 3000),
    before=st.integers(0, 4000),
    rates=st.sampled_from([(48000, 16000), (44100, 16000), (8000, 16000), (22050, 48000)]),
    quality=st.sampled_from(list(ResampleQuality)),
)
def test_several_outputs_are_waited_for_without_waiting_too_long(n_samples, before, rates, quality):
    """With one sample less than a live conversion wants, the last of them cannot be there."""
    live = component().open_stream(*rates, quality)
    if before:
        live.process(np.zeros(before, np.float32))
    wanted = live.wanted_for(n_samples)
    assert wanted >= 1
    if wanted > 1:
        assert len(live.process(np.zeros(wanted - 1, np.float32))) < n_samples


@pytest.mark.parametrize("n_samples", [1, 490, 512, 1280])
def test_what_was_wanted_brings_it_with_one_more_output_at_most(n_samples):
    """soxr's outputs are of 489 or 490 samples: one too few of them is the worst guess."""
    live = component().open_stream(48000, 16000, ResampleQuality.HQ)
    made = len(live.process(np.zeros(live.wanted_for(n_samples), np.float32)))
    if made < n_samples:
        made += len(live.process(np.zeros(live.wanted_for(n_samples - made), np.float32)))
    assert made >= n_samples


def test_a_resampler_of_which_nobody_knows_is_asked_for_each_chunk():
    """What is not known is not guessed."""
    linear = LinearResampler()
    live = component(linear).open_stream(48000, 16000, ResampleQuality.HQ)
    assert live.wanted_for(5000) == 1
