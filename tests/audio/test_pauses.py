"""Pauses: when somebody pauses, and whether that goes on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import PauseEar

RATE = 16000


def sound(seconds, level_db, seed=0):
    """Return white noise of that level below full scale."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    return (noise * 10 ** (level_db / 20)).astype(np.float32)


def ear_of(*parts):
    ear = PauseEar()
    for part in parts:
        ear.add(part)
    return ear


def test_a_pause_is_quiet_after_a_voice():
    """0.3 s that are 20 dB below what was said."""
    assert ear_of(sound(1, -20), sound(0.4, -50)).is_pause


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [sound(2, -90)],
        [sound(2, -50)],
        [sound(1, -20), sound(0.2, -50)],
        [sound(1, -20), sound(0.4, -35)],
        [sound(0.1, -20), sound(0.3, -50)],
    ],
    ids=["nothing", "silence", "a steady noise", "too short", "not quiet", "too early"],
)
def test_what_is_no_pause(parts):
    """No voice before, or not quiet for long enough."""
    assert not ear_of(*parts).is_pause


def test_a_pause_goes_on_while_it_stays_as_quiet():
    """The end of speech is a pause that nothing follows."""
    ear = ear_of(sound(1, -20), sound(0.4, -50))
    at = ear.n_frames
    ear.add(sound(1, -50, seed=1))
    assert ear.is_quiet_since(at)


def test_a_soft_word_ends_a_pause():
    """What is spoken 20 dB more softly than before is heard all the same."""
    ear = ear_of(sound(1, -20), sound(0.4, -50))
    at = ear.n_frames
    ear.add(sound(0.2, -40))
    assert not ear.is_quiet_since(at)


def test_the_last_few_samples_count():
    """A word that begins in the last milliseconds is not lost."""
    ear = ear_of(sound(1, -20), sound(0.4, -50))
    at = ear.n_frames
    ear.add(sound(0.015, -20))
    assert not ear.is_quiet_since(at)


@given(places=st.lists(st.integers(0, RATE), max_size=12), seed=st.integers(0, 9))
def test_the_division_into_blocks_makes_no_difference(places, seed):
    """Frames are counted over all that comes."""
    audio = np.concatenate([sound(0.7, -20, seed), sound(0.4, -50, seed)])
    split = np.split(audio, sorted(places))
    whole, parts = ear_of(audio), ear_of(*split)
    assert (whole.n_frames, whole.is_pause) == (parts.n_frames, parts.is_pause)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_pauses_are_as_long_at_every_rate_and_in_every_type(rate):
    """A frame is 20 ms; int16 is as loud as float32."""
    whole = np.concatenate([np.resize(sound(1.0, -20), rate), np.resize(sound(1, -50), rate // 2)])
    for samples in (whole, np.rint(whole * 32768).astype(np.int16)):
        ear = PauseEar(rate)
        ear.add(samples[: rate + rate // 5])
        assert (ear.n_frames, ear.is_pause) == (60, False)
        ear.add(samples[rate + rate // 5 :])
        assert (ear.n_frames, ear.is_pause) == (75, True)
