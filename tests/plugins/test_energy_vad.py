"""The energy VAD learns the noise floor: speech stands out of it, steady noise becomes it."""

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene_plugins.vad.energy import EnergyVad, EnergyVadOptions

DATA = Path(__file__).parents[1] / "data"
SPEECH = "speech/pocketsphinx__sense_and_sensibility_01_austen_64kb-0880.wav"
RATE, WINDOW = 16000, 512
ADAPTED = round(1.3 * RATE / WINDOW)
"""windows after which steady noise must have become the floor"""


def clip(name):
    with wave.open(str(DATA / name)) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768.0


def probabilities(samples, stream=None):
    stream = stream or EnergyVad().open_stream()
    samples = np.asarray(samples, dtype=np.float32)
    starts = range(0, len(samples) - WINDOW + 1, WINDOW)
    return np.array([stream.process(samples[start : start + WINDOW]) for start in starts])


def noise(seconds, level, seed=1):
    return level * np.random.default_rng(seed).standard_normal(int(seconds * RATE))


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.03])
def test_speech_stands_out_of_a_quiet_room(gain):
    """Speech 30 dB below the usual level still is speech in most windows."""
    audio = np.concatenate([noise(2, 1e-4), gain * clip(SPEECH)])
    assert np.mean(probabilities(audio)[64:] > 0.5) > 0.6


@pytest.mark.parametrize("level", [0.1, 0.01, 0.001])
def test_hiss_is_rejected_after_a_second(level):
    """White noise from the first sample on is the floor after about a second."""
    assert probabilities(noise(6, level))[ADAPTED:].max() < 0.5


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_hum_is_rejected_from_the_start(mains_hz):
    """Mains hum lies below the band that is listened to."""
    time = np.arange(4 * RATE) / RATE
    hum = sum(
        a * np.sin(2 * np.pi * mains_hz * k * time) for k, a in ((1, 0.1), (2, 0.05), (3, 0.03))
    )
    assert probabilities(hum).max() < 0.5


def test_speech_is_heard_over_hiss():
    """Speech 20 dB above the hiss stands out once the hiss is known."""
    speech = clip(SPEECH)
    hiss = noise(5, np.sqrt(np.mean(speech**2)) / 10)
    audio = hiss[: 2 * RATE + len(speech)].copy()
    audio[2 * RATE :] += speech
    found = probabilities(audio) > 0.5
    assert not found[ADAPTED:62].any()
    assert found[64:].mean() > 0.4


def test_louder_hiss_becomes_the_floor_too():
    """When a fan starts, it counts as speech for about a second and no longer."""
    found = probabilities(np.concatenate([noise(3, 0.001), noise(4, 0.03)])) > 0.5
    start = 3 * RATE // WINDOW
    assert not found[start + ADAPTED + 4 :].any()


def test_a_long_vowel_is_kept():
    """Three seconds of steady harmonics are speech to the end: the floor does not follow."""
    time = np.arange(3 * RATE) / RATE
    vowel = sum(0.1 / k * np.sin(2 * np.pi * 140 * k * time) for k in range(1, 25))
    found = probabilities(np.concatenate([noise(1, 1e-4), vowel])) > 0.5
    assert found[32:].all()


def test_a_higher_threshold_hears_less():
    """`threshold_db` is obeyed."""
    audio = np.concatenate([noise(1, 1e-3), 0.1 * clip(SPEECH)])
    strict = EnergyVad(EnergyVadOptions(threshold_db=25.0)).open_stream()
    assert (probabilities(audio, strict) > 0.5).sum() < (probabilities(audio) > 0.5).sum()


@given(st.lists(st.floats(-1.0, 1.0, width=32), min_size=1, max_size=20))
def test_any_audio_gives_a_probability(levels):
    """Whatever comes in, silence and square waves included, the answer lies in 0 to 1."""
    stream = EnergyVad().open_stream()
    for level in levels:
        window = np.full(WINDOW, level, dtype=np.float32)
        window[::2] *= -1
        assert 0.0 <= stream.process(window) <= 1.0
