"""The echo canceller of our own, in synthetic rooms."""

from __future__ import annotations

import echo_room
import numpy as np
import pytest
from echo_room import RATE, removed_db, room, speech

from irene_plugins.echo_cancellation.kalman import KalmanCanceller, KalmanOptions


def cancelled(captured, played, rate=RATE):
    return echo_room.cancelled(KalmanCanceller().open_stream(rate), captured, played, rate)


@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.25])
def test_most_of_the_echo_is_removed_within_seconds_whatever_the_delay(delay_s):
    """By 15 dB and more, of speech in a room."""
    played = speech()
    captured = np.convolve(played, room(delay_s))[: len(played)]
    assert removed_db(captured, cancelled(captured, played)) > 15


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
def test_any_rate_is_taken(rate):
    """Rates whose 10 ms are a whole number of samples."""
    played = np.random.default_rng(0).standard_normal(rate * 3) * 0.05
    captured = np.concatenate((np.zeros(rate // 20), played * 0.5))[: len(played)]
    left = cancelled(captured, played, rate=rate)[2 * rate :]
    assert np.mean((left / 32768) ** 2) < np.mean(captured[2 * rate :] ** 2) / 30


def test_a_person_is_left_as_they_are_while_the_assistant_speaks():
    """What is left of both is the person, to 10 dB, although they are no louder than the echo."""
    played = speech()
    echo = np.convolve(played, room())[: len(played)]
    person = np.zeros_like(played)
    voice = speech("wake/speechbrain__spk1_snt5.wav", 2)
    person[5 * RATE : 7 * RATE] = voice * np.std(echo) / np.std(voice)
    left = cancelled(echo + person, played) / 32768
    during = slice(5 * RATE, 7 * RATE)
    error = left[during] - person[during]
    assert np.mean(error**2) < np.mean(person[during] ** 2) / 10


def test_a_person_does_not_make_it_forget_the_room():
    """After two seconds of double talk the echo is removed as before."""
    played = speech()
    echo = np.convolve(played, room())[: len(played)]
    person = np.zeros_like(played)
    person[4 * RATE : 6 * RATE] = speech("wake/speechbrain__spk1_snt5.wav", 2) * 0.3
    left = cancelled(echo + person, played)
    assert removed_db(echo, left, from_s=6.2) > 12


def test_a_microphone_that_is_moved_is_learnt_anew():
    """The room changes in the middle."""
    played = np.tile(speech(), 2)
    first, second = (
        np.convolve(played, room(delay_s, seed=seed))[: len(played)]
        for delay_s, seed in ((0.1, 0), (0.13, 1))
    )
    captured = np.where(np.arange(len(played)) < 6 * RATE, first, second)
    assert removed_db(captured, cancelled(captured, played), from_s=12) > 12


def test_without_an_echo_nothing_is_changed_to_speak_of():
    """Headphones: what is played is not heard."""
    played, person = speech(), speech("wake/speechbrain__spk1_snt5.wav")
    left = cancelled(person * 0.3, played) / 32768
    error = left - (person * 0.3)[: len(left)]
    assert np.mean(error[2 * RATE :] ** 2) < np.mean((person * 0.3) ** 2) / 10


def test_silence_stays_silence_and_full_scale_stays_within_bounds():
    """Nothing divides by zero, nothing wraps around."""
    silence = np.zeros(RATE)
    assert not cancelled(silence, silence).any()
    loud = np.clip(np.random.default_rng(0).standard_normal(3 * RATE), -1.0, 1.0)
    left = cancelled(loud, loud)[2 * RATE :] / 32768
    assert np.mean(left**2) < 0.01 * np.mean(loud**2)


@pytest.mark.parametrize("reach_ms", [0, 19, 2001])
def test_a_reach_that_makes_no_sense_is_refused(reach_ms):
    """The message says what would be right."""
    with pytest.raises(ValueError, match="between 20 and 2000"):
        KalmanOptions(reach_ms=reach_ms)
