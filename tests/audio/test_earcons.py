"""Earcons: short, soft, well below full scale, and different from each other."""

import numpy as np
import pytest

from irene.audio import earcons

EVERY = [earcons.listening, earcons.done, earcons.error, earcons.alarm]


def pitch_hz(samples):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size), 48000))
    return float(np.argmax(spectrum) * earcons.SAMPLE_RATE / 48000)


@pytest.mark.parametrize("earcon", EVERY)
def test_an_earcon_is_well_below_full_scale(earcon):
    """Speech is louder: the peak is between -20 and -7 dB of full scale."""
    peak = np.abs(earcon().samples.astype(int)).max() / 32768
    assert 0.1 < peak < 0.45


@pytest.mark.parametrize("earcon", EVERY)
def test_an_earcon_begins_and_ends_in_silence(earcon):
    """A soft attack over 8 ms: no click at either end."""
    clip = earcon()
    assert clip.samples.dtype == np.int16
    assert abs(int(clip.samples[0])) < 50
    assert abs(int(clip.samples[-1])) < 50
    first_ms = np.abs(clip.samples[: earcons.SAMPLE_RATE // 1000].astype(int)).max()
    assert first_ms < np.abs(clip.samples.astype(int)).max() / 8


@pytest.mark.parametrize("earcon", EVERY[:3])
def test_a_signal_is_short(earcon):
    """Nobody waits for it."""
    assert 0.1 < earcon().seconds < 0.5


def test_listening_rises_and_an_error_falls():
    """They are told apart by their melody, not only by their pitch."""
    listening, error = earcons.listening().samples, earcons.error().samples
    rate = earcons.SAMPLE_RATE
    assert pitch_hz(listening[: int(0.07 * rate)]) < pitch_hz(listening[int(0.12 * rate) :])
    assert pitch_hz(error[: int(0.12 * rate)]) > pitch_hz(error[int(0.2 * rate) :])


def test_the_same_earcon_is_the_same_samples():
    """There is nothing random in it."""
    np.testing.assert_array_equal(earcons.alarm().samples, earcons.alarm().samples)
