"""The converter keeps its contract, lets no alias through, and serves an assistant."""

import numpy as np
from irene_resampling_bandlimited import BandlimitedResampler

from irene import ResampleQuality
from irene.testing import ResamplingContract, ScriptedSession, speech, tone


class TestBandlimitedResampler(ResamplingContract):
    """Every check of the contract of converters."""

    provider = BandlimitedResampler


def test_what_the_new_rate_cannot_hold_is_gone():
    """10 kHz have no place at 16 kHz, and do not come back at another pitch."""
    high = tone(0.5, 10000.0, -6.0, 48000) / np.float32(32768)
    made = BandlimitedResampler().convert(high, 48000, 16000, ResampleQuality.HQ)
    assert np.abs(made[1000:-1000]).max() < 0.001


def test_an_assistant_hears_through_it():
    """A microphone of 48 kHz and a recogniser of 16 kHz."""
    session = ScriptedSession().using(BandlimitedResampler)
    events = session.hears(speech(sample_rate=48000), sample_rate=48000)
    assert "transcript" in {event.event for event in events}
