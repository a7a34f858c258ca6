"""What a recording tells of a sweep that was played."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.acoustic_loop import examine, sweep

RATE = 16000


def recorded(played, delay_s, gain, noise, rate=RATE, before_s=0.4):
    """Return a room in which a sound is heard after a delay, and when it was played."""
    played_at = round(before_s * rate)
    room = np.random.default_rng(7).normal(0.0, noise, played_at + len(played) + rate)
    begin = played_at + round(delay_s * rate)
    room[begin : begin + len(played)] += gain * played
    return np.clip(room, -1.0, 1.0).astype(np.float32), played_at


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_a_sweep_fits_every_rate_and_frightens_nobody(rate):
    """It begins and ends in silence, stays below a quarter of full scale, and is float32."""
    played = sweep(rate)
    assert played.dtype == np.float32
    assert len(played) == round(0.6 * rate)
    assert abs(played[0]) < 1e-6
    assert abs(played[-1]) < 1e-6
    assert 0.2 < np.max(np.abs(played)) <= 0.25


@given(
    delay_ms=st.integers(0, 600),
    gain_db=st.floats(-40.0, 6.0),
    noise_db=st.floats(-80.0, -45.0),
)
def test_delay_and_loudness_are_found_in_any_usual_room(delay_ms, gain_db, noise_db):
    """To the sample, and to within 1 dB."""
    played = sweep(RATE)
    room, played_at = recorded(played, delay_ms / 1000, 10 ** (gain_db / 20), 10 ** (noise_db / 20))
    report = examine(room, played, RATE, played_at)
    assert report.delay_s == pytest.approx(delay_ms / 1000)
    assert report.echo_db == pytest.approx(gain_db, abs=1.0)
    assert report.noise_db == pytest.approx(noise_db, abs=1.0)
    assert report.clipped == 0.0


@given(seed=st.integers(0, 2**32 - 1), level_db=st.floats(-90.0, -10.0))
def test_a_room_without_the_sweep_is_not_taken_for_one(seed, level_db):
    """However loud its noise is."""
    room = np.random.default_rng(seed).normal(0.0, 10 ** (level_db / 20), 2 * RATE)
    report = examine(room.astype(np.float32), sweep(RATE), RATE, RATE // 2)
    assert report.delay_s is None
    assert report.echo_db is None


def test_speech_is_not_taken_for_the_sweep(data_folder):
    """Somebody may talk meanwhile."""
    import soundfile

    path = data_folder / "commands/rhasspy3__what_time_is_it.wav"
    speech, rate = soundfile.read(path, dtype="float32")
    assert examine(speech, sweep(rate), rate, 1000).delay_s is None


def test_what_was_heard_before_it_was_played_is_something_else():
    """A loop has no negative delay."""
    played = sweep(RATE)
    room, played_at = recorded(played, 0.0, 0.5, 0.0001)
    assert examine(room, played, RATE, played_at + 800).delay_s is None


def test_a_noise_before_it_was_played_does_not_hide_it():
    """Somebody knocked on the table, and the microphone clicked when it was switched on."""
    played = sweep(RATE)
    room, played_at = recorded(played, 0.1, 0.05, 0.0001)
    room[:100] = 1.0
    report = examine(room, played, RATE, played_at)
    assert report.delay_s == pytest.approx(0.1)
    assert report.noise_db == pytest.approx(-80, abs=1)


def test_a_sound_that_is_cut_off_is_told_of():
    """The share of samples at full scale."""
    played = sweep(RATE)
    room, played_at = recorded(played, 0.1, 10.0, 0.0001)
    report = examine(room, played, RATE, played_at)
    assert report.clipped > 0.05
    assert report.peak_db == 0.0
    assert report.delay_s == pytest.approx(0.1)
