"""Silero VAD hears speech at any level and through long vowels, and rejects hiss and hum."""

import importlib.util
import wave
from pathlib import Path

import numpy as np
import pytest

from irene import ConfigurationError, ModelMissingError
from irene_plugins.vad.silero import SileroOptions, SileroVad

pytest.importorskip("onnxruntime", reason="the engine of the silero VAD is not installed")
DATA = Path(__file__).parents[1] / "data"
SPEECH = "speech/pocketsphinx__sense_and_sensibility_01_austen_64kb-0880.wav"
RATE, WINDOW = 16000, 512
QUIET_ROOM = np.random.default_rng(7).standard_normal(RATE) * 1e-4


def clip(name):
    with wave.open(str(DATA / name)) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768.0


def probabilities(stream, samples):
    samples = np.asarray(samples, dtype=np.float32)
    starts = range(0, len(samples) - WINDOW + 1, WINDOW)
    return np.array([stream.process(samples[start : start + WINDOW]) for start in starts])


def long_vowel(seconds):
    """A recorded sentence with one vowel prolonged: eight periods of 198 Hz, repeated.

    Returns the audio after a second of quiet room, and the window at which the vowel begins.
    """
    speech = clip("speech/speechbrain__spk1_snt3.wav")
    start, length = 16960, 8 * 81
    fade = np.linspace(0.0, 1.0, length)
    here, after = speech[start : start + length], speech[start + length : start + 2 * length]
    loop = np.tile(here * fade + after * (1.0 - fade), int(seconds * RATE / length))
    swell = 1.0 + 0.1 * np.sin(2 * np.pi * 3.0 * np.arange(len(loop)) / RATE)
    audio = np.concatenate([QUIET_ROOM, speech[: start + length], loop * swell])
    return audio, (RATE + start + length) // WINDOW + 1


@pytest.fixture(scope="module")
def silero():
    if importlib.util.find_spec("openwakeword") is None:
        pytest.skip("openwakeword, whose package carries the model, is not installed")
    vad = SileroVad()
    vad.load()
    yield vad
    vad.close()


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.03, 0.01])
def test_speech_is_heard_at_any_level(silero, gain):
    """Speech 40 dB below the usual level is speech in as many windows as loud speech, nearly."""
    speech = probabilities(silero.open_stream(), np.concatenate([QUIET_ROOM, gain * clip(SPEECH)]))
    assert np.mean(speech[32:] > 0.5) > 0.5


def test_the_leveller_keeps_quiet_speech(silero):
    """Without the gain (`max_gain_db = 0`) most of the quiet speech is missed, with it little."""
    audio = np.concatenate([QUIET_ROOM, 0.005 * clip("speech/speechbrain__spk1_snt3.wav")])
    without = SileroVad(SileroOptions(max_gain_db=0.0)).open_stream()
    assert np.mean(probabilities(without, audio)[32:] > 0.5) < 0.3
    assert np.mean(probabilities(silero.open_stream(), audio)[32:] > 0.5) > 0.6


@pytest.mark.parametrize("level", [0.1, 0.01, 0.001])
def test_hiss_is_rejected(silero, level):
    """White noise is no speech at any level."""
    hiss = level * np.random.default_rng(1).standard_normal(4 * RATE)
    assert probabilities(silero.open_stream(), hiss).max() < 0.5


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_hum_is_rejected(silero, mains_hz):
    """Mains hum with its harmonics is no speech, though it is as periodic as a vowel."""
    time = np.arange(4 * RATE) / RATE
    hum = sum(0.1 / k * np.sin(2 * np.pi * mains_hz * k * time + k) for k in range(1, 20))
    assert probabilities(silero.open_stream(), hum).max() < 0.5


def test_a_long_vowel_stays_speech(silero):
    """Three seconds of one recorded vowel are speech to the end; the model alone gives it up."""
    audio, start = long_vowel(3.0)
    alone = SileroVad(SileroOptions(vowel_hold_ms=0)).open_stream()
    assert np.mean(probabilities(alone, audio)[start:] >= 0.5) < 0.4
    assert np.all(probabilities(silero.open_stream(), audio)[start:] >= 0.5)


def test_a_long_vowel_is_given_up_in_the_end():
    """A tone that no voice would hold ends after `vowel_hold_ms`."""
    audio, start = long_vowel(3.0)
    stream = SileroVad(SileroOptions(vowel_hold_ms=500)).open_stream()
    assert not np.any(probabilities(stream, audio)[start + 60 :] >= 0.5)


def test_speech_ends_when_it_ends(silero):
    """Half a second after the last word the probability is low, whatever was held before."""
    audio = np.concatenate([QUIET_ROOM, clip(SPEECH), QUIET_ROOM])
    assert probabilities(silero.open_stream(), audio)[-16:].max() < 0.3


def test_version_5_is_fed_the_end_of_the_window_before():
    """A model with a `state` input gets 64 samples of context: the stand-in answers the last."""
    model = str(DATA / "vad" / "silero_v5_signature.onnx")
    stream = SileroVad(SileroOptions(model=model, max_gain_db=0.0, vowel_hold_ms=0)).open_stream()
    window = np.linspace(0.0, 0.25, WINDOW, dtype=np.float32)
    assert stream.process(window) == 0.0
    assert stream.process(window) == pytest.approx(0.25)
    stream.reset()
    assert stream.process(window) == 0.0


def test_another_onnx_model_is_refused_by_its_inputs():
    """A model that is no Silero VAD is named, with its inputs and what would be right."""
    vad = SileroVad(SileroOptions(model=str(DATA / "piper" / "tones.onnx")))
    with pytest.raises(ConfigurationError, match=r"tones\.onnx has inputs .* Silero VAD"):
        vad.load()


def test_a_missing_model_is_named_with_its_cure():
    """A model path that leads nowhere is a missing model, not a crash."""
    vad = SileroVad(SileroOptions(model="/nowhere/silero.onnx"))
    assert not vad.check().ready
    assert vad.check().is_model
    with pytest.raises(ModelMissingError, match=r"vad\.providers\.silero\.model"):
        vad.load()
