"""The energy voice trigger: level and duration decide, nothing else."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene_plugins.voice_trigger.energy import EnergyTrigger, EnergyTriggerOptions, level_db

CLIPS = Path(__file__).parent.parent / "data" / "wake"
WINDOW = 320


def sound(level, n_windows):
    """A square wave: its RMS is its amplitude."""
    amplitude = round(32768 * 10 ** (level / 20))
    cycle = [amplitude, -amplitude]
    return np.clip(np.tile(cycle, WINDOW // 2 * n_windows), -32768, 32767).astype(np.int16)


def silence(n_windows):
    return np.zeros(WINDOW * n_windows, np.int16)


def scores_of(stream, audio):
    whole = audio[: len(audio) // WINDOW * WINDOW].reshape(-1, WINDOW)
    return [stream.process(window)["sound"] for window in whole]


def trigger(**options):
    return EnergyTrigger(EnergyTriggerOptions(**options))


def heard(stream, audio):
    return max(scores_of(stream, audio)) >= 0.5


@pytest.mark.parametrize("n_windows", range(1, 9))
def test_a_sound_must_last(n_windows):
    """With `min_ms = 100`, five windows of 20 ms are enough and four are not."""
    stream = trigger(min_ms=100).open_stream(["sound"])
    audio = np.concatenate((silence(3), sound(-20, n_windows), silence(3)))
    assert heard(stream, audio) == (n_windows >= 5)


def test_it_is_heard_as_soon_as_it_has_lasted():
    """The score crosses 0.5 in the window that completes `min_ms`."""
    stream = trigger(min_ms=60).open_stream(["sound"])
    scores = scores_of(stream, np.concatenate((silence(2), sound(-20, 5))))
    assert [score >= 0.5 for score in scores] == [False] * 4 + [True] * 3


def test_a_break_begins_the_count_anew():
    """Two short sounds do not make a long one."""
    stream = trigger(min_ms=100).open_stream(["sound"])
    audio = np.concatenate((sound(-20, 4), silence(1), sound(-20, 4), silence(1)))
    assert not heard(stream, audio)


@given(
    level=st.floats(-80, -1),
    threshold_db=st.floats(-70, -5),
)
def test_the_level_decides(level, threshold_db):
    """A long sound is heard exactly when its level reaches the threshold."""
    audio = sound(level, 6)
    stream = trigger(threshold_db=threshold_db).open_stream(["sound"])
    assert heard(stream, audio) == (level_db(audio[:WINDOW]) >= threshold_db)


@given(levels=st.tuples(st.floats(-90, 0), st.floats(-90, 0)), threshold_db=st.floats(-90, -1))
def test_a_louder_sound_scores_no_less(levels, threshold_db):
    """The score grows with the level and stays between 0 and 1."""
    provider = trigger(threshold_db=threshold_db, min_ms=20)
    quiet, loud = (
        scores_of(provider.open_stream(["sound"]), sound(level, 1))[0] for level in sorted(levels)
    )
    assert 0.0 <= quiet <= loud <= 1.0


@pytest.mark.parametrize(
    ("samples", "expected"),
    [(silence(1), -96.0), (sound(0, 1), 0.0), (sound(-20, 1), -20.0), (sound(-60, 1), -60.0)],
)
def test_levels_are_measured_in_dbfs(samples, expected):
    """A square wave of full scale is 0 dBFS; silence is the floor, not minus infinity."""
    assert level_db(samples) == pytest.approx(expected, abs=0.1)


def test_speech_wakes_it_and_room_noise_does_not():
    """With the default options, a recorded voice is a sound and faint noise is none."""
    with wave.open(str(CLIPS / "speechbrain__spk1_snt5.wav")) as clip:
        speech = np.frombuffer(clip.readframes(clip.getnframes()), "<i2")
    faint = np.random.default_rng(0).normal(0, 30, 16000).astype(np.int16)
    assert heard(trigger().open_stream(["sound"]), speech)
    assert not heard(trigger().open_stream(["sound"]), faint)


@pytest.mark.parametrize("min_ms", [1, 20, 90, 100, 500])
def test_the_phrase_ends_where_the_sound_begins(min_ms):
    """What wakes it may be the command itself: nothing of it is cut off."""
    provider = trigger(min_ms=min_ms)
    onset = 3
    audio = np.concatenate((silence(onset), sound(-20, 30)))
    scores = scores_of(provider.open_stream(["sound"]), audio)
    decision_s = (next(i for i, score in enumerate(scores) if score >= 0.5) + 1) * 0.02
    earliest, latest = provider.capabilities.phrase_end_s
    assert decision_s + earliest <= onset * 0.02 <= decision_s + latest + 1e-9


@pytest.mark.parametrize(
    ("wake_words", "name"),
    [(["Hey Jarvis", "alexa"], "hey_jarvis"), (["sound"], "sound"), ([], "sound")],
)
def test_any_sound_counts_as_the_first_wake_word(wake_words, name):
    """The wake words of another engine may stay in the configuration: any sound is the first."""
    scores = trigger(min_ms=20).open_stream(wake_words).process(sound(-20, 1))
    assert {word for word, score in scores.items() if score >= 0.5} == {name}


@pytest.mark.parametrize(
    "options", [{"threshold_db": 0.0}, {"threshold_db": -96.0}, {"min_ms": 0}, {"min_ms": -20}]
)
def test_values_out_of_range_are_refused(options):
    """A threshold that nothing reaches, or everything, is a mistake."""
    with pytest.raises(ValueError, match=next(iter(options))):
        EnergyTriggerOptions(**options)
