"""The openwakeword provider on recorded wake words, against the package it takes models from."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import wave
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from irene import (
    ConfigurationError,
    ModelMissingError,
    ProviderFailedError,
    ProviderUnavailableError,
)
from irene_plugins.voice_trigger import openwakeword as module
from irene_plugins.voice_trigger.openwakeword import (
    OpenWakeWord,
    OpenWakeWordOptions,
    OpenWakeWordStream,
)
from irene_plugins.voice_trigger.openwakeword_acoustics import AcousticStream, Past

pytest.importorskip("onnxruntime", reason="the engine of this plugin is not installed")
if find_spec("openwakeword") is None:
    pytest.skip("the models of this plugin are not installed", allow_module_level=True)

CLIPS = Path(__file__).parent.parent / "data" / "wake"
MODELS = Path(find_spec("openwakeword").submodule_search_locations[0]) / "resources" / "models"
PHRASES = {
    "alexa": "openWakeWord__alexa_test.wav",
    "hey_jarvis": "wyoming-openwakeword__hey_jarvis.wav",
    "hey_mycroft": "openWakeWord__hey_mycroft_test.wav",
}
OTHERS = [
    "precise_near_chatterbox_72af624dd4a3.wav",
    "speechbrain__spk1_snt5.wav",
    "wyoming-openwakeword__snowboy.wav",
]
WORDS = ("alexa", "hey_jarvis", "hey_marvin", "hey_mycroft", "timer", "weather")
WINDOW = 1280


@pytest.fixture(scope="module")
def engine():
    provider = OpenWakeWord()
    provider.warm_up()
    return provider


def noise(seconds, level, seed=1):
    samples = np.random.default_rng(seed).normal(0, level, int(seconds * 16000))
    return np.rint(samples).astype(np.int16)


def recording(name, lead_s=1.0, tail_s=1.0):
    """A clip between stretches of faint noise, cut to whole windows."""
    with wave.open(str(CLIPS / name)) as clip:
        speech = np.frombuffer(clip.readframes(clip.getnframes()), "<i2")
    audio = np.concatenate((noise(lead_s, 3), speech, noise(tail_s, 3, seed=2)))
    return audio[: len(audio) // WINDOW * WINDOW]


def windows(audio):
    return audio[: len(audio) // WINDOW * WINDOW].reshape(-1, WINDOW)


def scores_of(stream, audio):
    return [dict(stream.process(window)) for window in windows(audio)]


def peak(scores, word):
    return max(score.get(word, 0.0) for score in scores)


@pytest.mark.parametrize("lead_s", [0.2, 1.0])
@pytest.mark.parametrize("word", PHRASES)
def test_a_spoken_wake_word_reaches_its_threshold(engine, word, lead_s):
    """A word is heard in a recording of it, also soon after the stream was opened."""
    scores = scores_of(engine.open_stream([word]), recording(PHRASES[word], lead_s))
    assert peak(scores, word) >= engine.threshold(word)


@pytest.mark.parametrize("word", PHRASES)
def test_a_wake_word_is_not_taken_for_another(engine, word):
    """With all words open, only the spoken one is heard."""
    scores = scores_of(engine.open_stream(WORDS), recording(PHRASES[word]))
    assert [name for name in WORDS if peak(scores, name) >= engine.threshold(name)] == [word]


@pytest.mark.parametrize("name", OTHERS)
def test_other_speech_is_not_taken_for_a_wake_word(engine, name):
    """Read speech, a near miss and a foreign wake word stay below every threshold."""
    scores = scores_of(engine.open_stream(WORDS), recording(name))
    assert all(peak(scores, word) < engine.threshold(word) for word in WORDS)


PACKAGE_PROGRAM = """
import json, sys
import numpy as np
from openwakeword.model import Model

audio, model = np.load(sys.argv[1]), Model()
scores = [model.predict(window) for window in audio.reshape(-1, 1280)]
print(json.dumps([{word: float(value) for word, value in score.items()} for score in scores]))
"""


@pytest.fixture(scope="module")
def package_run(tmp_path_factory):
    """Audio that holds all phrases, and the package's scores for each of its windows."""
    path = tmp_path_factory.mktemp("openwakeword") / "audio.npy"
    audio = np.concatenate([recording(name, 1.5) for name in PHRASES.values()])
    np.save(path, audio)
    command = [sys.executable, "-W", "ignore", "-c", PACKAGE_PROGRAM, str(path)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return audio, json.loads(output.splitlines()[-1])


@pytest.mark.parametrize("word", ["alexa", "hey_jarvis", "hey_mycroft", "weather"])
def test_scores_are_those_of_the_package(engine, package_run, word):
    """Once its past is real audio (2.1 s; 2.6 for `weather`), a stream scores like the package."""
    audio, theirs = package_run
    mine = [score.get(word, 0.0) for score in scores_of(engine.open_stream(WORDS), audio)]
    expected = [score[word] for score in theirs]
    settled = 34
    np.testing.assert_allclose(mine[settled:], expected[settled:], atol=1e-4)
    assert word == "weather" or max(expected) > 0.5


def test_the_timer_scores_as_its_most_likely_phrase(engine, package_run):
    """`timer` knows six phrases; the package scores each, a wake word has one score."""
    audio, theirs = package_run
    phrases = [name for name in theirs[0] if name.endswith("_timer")]
    mine = [score.get("timer", 0.0) for score in scores_of(engine.open_stream(["timer"]), audio)]
    expected = [max(score[name] for name in phrases) for score in theirs]
    np.testing.assert_allclose(mine[46:], expected[46:], atol=1e-4)


@pytest.mark.parametrize("level", [0.0, 1.0, 10.0, 100.0, 1000.0])
def test_nothing_is_heard_when_a_stream_starts_on_noise(engine, level):
    """A new stream does not take the first seconds of noise, or silence, for a wake word."""
    scores = scores_of(engine.open_stream(WORDS), noise(3.0, level, seed=7))
    assert all(peak(scores, word) < 0.3 for word in WORDS)


def test_a_past_of_zeros_would_be_heard_as_a_wake_word(engine):
    """Why streams begin with a past of noise: with one of zeros, noise is taken for `alexa`."""
    engine.open_stream(["alexa"])
    acoustics = AcousticStream(engine._acoustics)
    for _ in range(10):
        acoustics.embedding(np.zeros(WINDOW, np.int16))
    blank = Past(acoustics.memory.copy(), np.zeros((16, 96), np.float32))
    stream = OpenWakeWordStream(acoustics, {"alexa": engine._words["alexa"]}, blank)
    assert peak(scores_of(stream, noise(3.0, 100.0, seed=7)), "alexa") >= 0.5


def test_there_are_no_scores_in_the_first_windows(engine):
    """A stream has nothing to say for five windows, then scores with every window."""
    sizes = [len(score) for score in scores_of(engine.open_stream(["alexa"]), noise(0.8, 3))]
    assert sizes == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]


def test_streams_share_nothing(engine):
    """Two streams fed in turn score as each does alone."""
    first, second = recording(PHRASES["alexa"]), recording(PHRASES["hey_jarvis"])
    one, other = engine.open_stream(["alexa"]), engine.open_stream(["alexa"])
    pairs = list(zip(windows(first), windows(second), strict=False))
    mixed = [(dict(one.process(a)), dict(other.process(b))) for a, b in pairs]
    assert [a for a, _ in mixed] == scores_of(engine.open_stream(["alexa"]), first)[: len(pairs)]
    assert [b for _, b in mixed] == scores_of(engine.open_stream(["alexa"]), second)[: len(pairs)]


def test_reset_forgets_everything(engine):
    """After a reset, in the middle of a word, a stream scores like a new one."""
    audio = recording(PHRASES["alexa"], lead_s=0.5)
    stream = engine.open_stream(["alexa"])
    scores_of(stream, audio[: WINDOW * 11])
    stream.reset()
    assert scores_of(stream, audio) == scores_of(engine.open_stream(["alexa"]), audio)


def test_the_windows_given_are_not_kept(engine):
    """The caller may overwrite a window after `process` returned."""
    audio = recording(PHRASES["alexa"])
    stream, window, scores = engine.open_stream(["alexa"]), np.empty(WINDOW, np.int16), []
    for given in windows(audio):
        window[:] = given
        scores.append(dict(stream.process(window)))
        window[:] = 12345
    assert scores == scores_of(engine.open_stream(["alexa"]), audio)


@pytest.mark.parametrize(("word", "phrase_end_s"), [("alexa", 0.58), ("hey_mycroft", 0.84)])
def test_the_phrase_ends_where_the_capabilities_say(engine, word, phrase_end_s):
    """The end of the phrase, by level and VAD, lies in the declared range around the decision."""
    scores = scores_of(engine.open_stream([word]), recording(PHRASES[word], lead_s=1.0))
    heard = next(i for i, score in enumerate(scores) if score.get(word, 0) >= 0.5)
    decision_s = (heard + 1) * WINDOW / 16000
    earliest, latest = engine.capabilities.phrase_end_s
    assert decision_s + earliest <= 1.0 + phrase_end_s <= decision_s + latest


def test_an_unknown_wake_word_is_named_with_the_nearest_one(engine):
    """One line: the unknown word, the nearest known one, and all of them."""
    with pytest.raises(ConfigurationError) as caught:
        engine.open_stream(["alexa", "Hey Marvyn"])
    assert str(caught.value) == (
        "voice_trigger provider 'openwakeword': unknown wake word 'hey_marvyn'; "
        "did you mean 'hey_marvin'? known: alexa, hey_jarvis, hey_marvin, hey_mycroft, "
        "timer, weather"
    )


def test_the_package_is_never_imported():
    """Hearing a wake word needs onnxruntime, not the package with scipy and scikit-learn."""
    program = (
        "import sys, numpy as np;"
        "from irene_plugins.voice_trigger.openwakeword import OpenWakeWord as P;"
        "p = P(); p.available_wake_words(); p.check(); print('onnxruntime' in sys.modules);"
        "p.open_stream(['alexa']).process(np.zeros(1280, np.int16));"
        "print([m for m in ('openwakeword', 'scipy', 'sklearn') if m in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert output.splitlines() == ["False", "[]"]


def test_a_model_of_ones_own_is_heard_under_its_own_name(tmp_path):
    """`model_paths` adds a word, named after the file without its version."""
    path = shutil.copy(MODELS / "alexa_v0.1.onnx", tmp_path / "Kitchen Alexa_v1.2.onnx")
    own = OpenWakeWord(OpenWakeWordOptions(model_paths=(str(path),)))
    scores = scores_of(own.open_stream(["kitchen_alexa"]), recording(PHRASES["alexa"]))
    assert peak(scores, "kitchen_alexa") >= 0.5


def test_a_missing_model_is_named(tmp_path):
    """A path that leads nowhere: one line with the path and the cure."""
    missing = str(tmp_path / "computer.onnx")
    with pytest.raises(ModelMissingError) as caught:
        OpenWakeWord(OpenWakeWordOptions(model_paths=(missing,))).load()
    assert str(caught.value) == (
        f"voice_trigger provider 'openwakeword': model {missing!r} is not there; "
        "give model_paths the path of an openWakeWord model (.onnx)"
    )


def test_a_file_that_is_no_model_fails_when_it_is_loaded(tmp_path):
    """What onnxruntime says about a broken file becomes one line."""
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(ProviderFailedError, match=r"broken\.onnx") as caught:
        OpenWakeWord(OpenWakeWordOptions(model_paths=(str(broken),))).load()
    assert "\n" not in str(caught.value)


def test_a_model_of_another_kind_is_refused():
    """A model that takes no embeddings cannot be a wake word; its shape is named."""
    other = str(MODELS / "embedding_model.onnx")
    provider = OpenWakeWord(OpenWakeWordOptions(model_paths=(other,)))
    with pytest.raises(ConfigurationError, match=r"embedding_model\.onnx takes input of shape"):
        provider.load()


def test_a_closed_provider_can_be_loaded_again():
    """Closing frees the sessions; the next stream loads them anew."""
    provider = OpenWakeWord()
    provider.open_stream(["alexa"])
    provider.close()
    scores = scores_of(provider.open_stream(["alexa"]), recording(PHRASES["alexa"]))
    assert peak(scores, "alexa") >= 0.5


def test_a_package_without_models_is_named(monkeypatch):
    """Later releases of the package bring no models: the cure is the extra."""
    monkeypatch.setattr(module, "_package_models", lambda: [])
    with pytest.raises(
        ProviderUnavailableError, match=r'pip install "irene-voice\[openwakeword\]"'
    ):
        OpenWakeWord().load()
