"""Piper's provider, run with the real Piper on `tones.onnx`.

That voice is no voice of a person: tests/data/piper/make_voice.py makes it, 1.4 kB with the inputs
and the output of a two-speaker Piper voice, saying every phoneme as a tone of 25 ms. Phonemes,
model run, speakers, rate and volume are Piper's own; only how pleasant it sounds is not tested.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from irene import ConfigurationError, ModelMissingError, ProviderFailedError, SpeechRequest
from irene_plugins.tts.piper import PiperOptions, PiperVoice

TONES = Path(__file__).parents[1] / "data" / "piper" / "tones.onnx"

needs_piper = pytest.mark.skipif(
    importlib.util.find_spec("piper") is None, reason="piper-tts is not installed"
)


@pytest.fixture(scope="module")
def voice():
    provider = PiperVoice(PiperOptions(model=str(TONES)))
    provider.load()
    yield provider
    provider.close()


def say(provider, text, **how):
    blocks = list(provider.synthesize(SpeechRequest(text, **how)))
    return np.concatenate([np.zeros(0, np.int16), *blocks])


def loudest_hz(samples, rate):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate / len(samples)


@needs_piper
def test_text_becomes_audio(voice):
    """Every phoneme of the text is a piece of int16 audio at the voice's own rate."""
    samples = say(voice, "Hello world.")
    assert voice.sample_rate == 16000
    assert samples.dtype == np.int16
    assert len(samples) == 31 * 400
    assert np.max(np.abs(samples)) > 30000


@needs_piper
def test_different_texts_sound_different(voice):
    """The same text twice gives the same samples, another text gives others."""
    np.testing.assert_array_equal(say(voice, "one two"), say(voice, "one two"))
    one, other = say(voice, "bat"), say(voice, "mop")
    assert len(one) != len(other) or not np.array_equal(one, other)


@needs_piper
def test_each_sentence_is_a_block(voice):
    """Audio of the first sentence comes before the second one is synthesised."""
    blocks = voice.synthesize(SpeechRequest("Hello world. How are you? Fine."))
    assert len(next(blocks)) == len(say(voice, "Hello world."))
    assert len(list(blocks)) == 2


@needs_piper
def test_the_caller_may_stop_after_any_block(voice):
    """A closed iterator is over, and the voice speaks on."""
    blocks = voice.synthesize(SpeechRequest("Hello world. How are you?"))
    next(blocks)
    blocks.close()
    assert list(blocks) == []
    assert len(say(voice, "Hello.")) > 0


@needs_piper
def test_rate_and_volume_scale_the_voice(voice):
    """Twice the rate is half as long, half the volume half as loud."""
    normal = say(voice, "Hello world.")
    assert len(say(voice, "Hello world.", rate=2.0)) == len(normal) // 2
    quiet = say(voice, "Hello world.", volume=0.5)
    assert np.max(np.abs(quiet)) == pytest.approx(np.max(np.abs(normal)) / 2, rel=0.01)


@needs_piper
def test_options_set_the_normal_voice():
    """Options change what is spoken without any wish in the request."""
    provider = PiperVoice(PiperOptions(model=str(TONES), rate=0.5, speaker="high"))
    provider.load()
    samples = say(provider, "Hello world.")
    assert len(samples) == 31 * 800


@needs_piper
def test_speakers_are_chosen_by_name_or_number(voice):
    """Speaker `high` speaks an octave above `low`, by name as by number."""
    low, high = (say(voice, "aaaa", voice=name) for name in ("low", "high"))
    assert loudest_hz(high, 16000) == pytest.approx(2 * loudest_hz(low, 16000), rel=0.02)
    np.testing.assert_array_equal(high, say(voice, "aaaa", voice="1"))


@needs_piper
def test_unknown_speaker_names_the_nearest(voice):
    """A speaker that is not there is said, in the request and in the options."""
    with pytest.raises(ConfigurationError, match=r"no speaker 'hihg'.*high.*2 in all"):
        voice.synthesize(SpeechRequest("hello", voice="hihg"))
    with pytest.raises(ConfigurationError, match="no speaker 'hihg'"):
        voice.check_voice("hihg", "en")
    with pytest.raises(ConfigurationError, match="no speaker '2'"):
        PiperVoice(PiperOptions(model=str(TONES), speaker="2")).load()


@needs_piper
def test_brackets_are_text(voice):
    """Double square brackets are no back door to raw phonemes."""
    np.testing.assert_array_equal(say(voice, "[[aaaa]]"), say(voice, "aaaa"))


@needs_piper
@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_text_yields_nothing(voice, text):
    """Where there is nothing to say there is no block at all."""
    assert list(voice.synthesize(SpeechRequest(text))) == []


@needs_piper
def test_language_is_known_after_loading(voice):
    """A voice speaks one language, and its description says which."""
    assert voice.capabilities.languages == ("en-us", "en")


@needs_piper
def test_voice_is_found_by_name(tmp_path, monkeypatch):
    """A voice below `FOLDER/piper/` of the model folders is known by its file name."""
    folder = tmp_path / "piper"
    folder.mkdir()
    for suffix in (".onnx", ".onnx.json"):
        shutil.copy(TONES.with_name(f"tones{suffix}"), folder)
    monkeypatch.setenv("IRENE_MODELS", str(tmp_path))
    provider = PiperVoice(PiperOptions(model="tones"))
    provider.load()
    assert len(say(provider, "hello")) > 0


@needs_piper
def test_missing_voice_names_the_cure(tmp_path, monkeypatch):
    """Without the model the error says which command fetches it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("IRENE_MODELS", raising=False)
    provider = PiperVoice()
    assert provider.check().is_model
    with pytest.raises(ModelMissingError) as caught:
        provider.load()
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith("; irene models install en_US-lessac-medium")
    unknown = PiperVoice(PiperOptions(model="my-own")).check()
    assert "NAME.onnx.json" in unknown.cure


@needs_piper
def test_missing_description_is_named(tmp_path):
    """An .onnx file without its .onnx.json is half a voice."""
    shutil.copy(TONES, tmp_path)
    availability = PiperVoice(PiperOptions(model=str(tmp_path / "tones.onnx"))).check()
    assert availability.is_model
    assert "lacks its" in availability.missing
    assert "tones.onnx.json" in availability.missing


@needs_piper
def test_a_broken_model_fails_in_one_line(tmp_path):
    """A file that is no ONNX model is a failed provider, not a traceback of the engine."""
    (tmp_path / "broken.onnx").write_bytes(b"no model at all")
    shutil.copy(TONES.with_name("tones.onnx.json"), tmp_path / "broken.onnx.json")
    with pytest.raises(ProviderFailedError, match="'piper' did not load"):
        PiperVoice(PiperOptions(model=str(tmp_path / "broken.onnx"))).load()


@needs_piper
def test_an_unloaded_or_closed_voice_says_so():
    """Speaking before `load()` or after `close()` is refused in one line."""
    provider = PiperVoice(PiperOptions(model=str(TONES)))
    with pytest.raises(ProviderFailedError, match="call load"):
        provider.synthesize(SpeechRequest("hello"))
    provider.load()
    provider.close()
    with pytest.raises(ProviderFailedError, match="call load"):
        provider.synthesize(SpeechRequest("hello"))


@pytest.mark.parametrize("options", [{"rate": 0.0}, {"volume": 1.5}])
def test_impossible_options_are_refused(options):
    """A value without meaning is named with its limits."""
    with pytest.raises(ValueError, match=f"{next(iter(options))} = .*: use"):
        PiperOptions(**options)


def test_availability_is_known_without_importing_the_engine():
    """`check()` looks for package and model and imports neither Piper nor onnxruntime."""
    code = (
        "import sys; from irene_plugins.tts.piper import PiperVoice\n"
        "PiperVoice().check()\n"
        "print('piper' in sys.modules, 'onnxruntime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"


@needs_piper
def test_the_version_tells_models_apart(voice, tmp_path):
    """Two models with one name are two voices for whoever keeps what they said."""
    for ending in ("", ".json"):
        shutil.copy(f"{TONES}{ending}", tmp_path)
    same = PiperVoice(PiperOptions(model=str(tmp_path / "tones.onnx")))
    same.load()
    description = tmp_path / "tones.onnx.json"
    description.write_text(description.read_text() + "\n")
    other = PiperVoice(PiperOptions(model=str(tmp_path / "tones.onnx")))
    other.load()
    assert same.version == voice.version
    assert other.version != voice.version
