"""The microwakeword provider on recorded wake words, against the package's own rule."""

from __future__ import annotations

import ctypes
import gc
import importlib.metadata
import json
import math
import shutil
import subprocess
import sys
import wave
from collections import deque
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from irene import ConfigurationError, ModelMissingError, ProviderUnavailableError
from irene_plugins.voice_trigger.microwakeword import MicroWakeWord, MicroWakeWordOptions
from irene_plugins.voice_trigger.microwakeword_detector import WakeWordNet, WordDetector

pymicro_wakeword = pytest.importorskip(
    "pymicro_wakeword", reason="the engine of this plugin is not installed"
)

CLIPS = Path(__file__).parent.parent / "data" / "wake"
PHRASES = {
    "alexa": "openWakeWord__alexa_test.wav",
    "hey_jarvis": "wyoming-openwakeword__hey_jarvis.wav",
    "hey_mycroft": "openWakeWord__hey_mycroft_test.wav",
    "okay_nabu": "wyoming-openwakeword__okay_nabu.wav",
}
OTHERS = [
    "precise_near_chatterbox_72af624dd4a3.wav",
    "speechbrain__spk1_snt5.wav",
    "wyoming-openwakeword__snowboy.wav",
]
WINDOW = 1280


@pytest.fixture(scope="module")
def engine():
    provider = MicroWakeWord()
    provider.warm_up()
    return provider


def recording(name, lead_s=1.0, tail_s=1.0):
    """A clip between stretches of faint noise, cut to whole windows."""
    with wave.open(str(CLIPS / name)) as clip:
        speech = np.frombuffer(clip.readframes(clip.getnframes()), "<i2")
    noise = np.random.default_rng(1).normal(0, 3, int((lead_s + tail_s) * 16000)).astype(np.int16)
    n_lead = int(lead_s * 16000)
    audio = np.concatenate((noise[:n_lead], speech, noise[n_lead:]))
    return audio[: len(audio) // WINDOW * WINDOW]


def windows(audio):
    return audio.reshape(-1, WINDOW)


def scores_of(stream, audio):
    return [dict(stream.process(window)) for window in windows(audio)]


def peak(scores, word):
    return max(score[word] for score in scores)


def package_scores(word, audio):
    """The package's mean probability, highest of each 80 ms, and whether it fired in them."""
    features = pymicro_wakeword.MicroWakeWordFeatures()
    own = pymicro_wakeword.MicroWakeWord.from_builtin(pymicro_wakeword.Model(word))
    means = []
    for window in windows(audio):
        steps = features.process_streaming(window.tobytes())
        means.append(max((own.process_streaming_prob(step) for step in steps), default=0.0))
    return means, [mean > own.probability_cutoff for mean in means]


@pytest.mark.parametrize("word", PHRASES)
def test_a_spoken_wake_word_reaches_its_threshold(engine, word):
    """Each of the package's words is heard in a recording of it."""
    scores = scores_of(engine.open_stream([word]), recording(PHRASES[word]))
    assert peak(scores, word) >= engine.threshold(word)


@pytest.mark.parametrize("word", PHRASES)
def test_a_wake_word_is_not_taken_for_another(engine, word):
    """With all words open, only the spoken one is heard."""
    scores = scores_of(engine.open_stream(tuple(PHRASES)), recording(PHRASES[word]))
    assert [name for name in PHRASES if peak(scores, name) >= engine.threshold(name)] == [word]


@pytest.mark.parametrize("name", OTHERS)
def test_other_speech_is_not_taken_for_a_wake_word(engine, name):
    """Read speech, a near miss and a foreign wake word stay below every threshold."""
    scores = scores_of(engine.open_stream(tuple(PHRASES)), recording(name))
    assert all(peak(scores, word) < engine.threshold(word) for word in PHRASES)


@pytest.mark.parametrize("lead_s", [0.0, 0.31, 1.0])
@pytest.mark.parametrize("word", PHRASES)
def test_scores_are_those_of_the_package(engine, word, lead_s):
    """Every score equals the package's mean probability, to the last bit."""
    audio = recording(PHRASES[word], lead_s)
    mine = [score[word] for score in scores_of(engine.open_stream([word]), audio)]
    assert mine == package_scores(word, audio)[0]


@pytest.mark.parametrize("word", PHRASES)
def test_the_default_threshold_fires_when_the_package_fires(engine, word):
    """The package asks for more than its cutoff; `score >= threshold` decides the same."""
    audio = recording(PHRASES[word])
    mine = [score[word] for score in scores_of(engine.open_stream([word]), audio)]
    fired = package_scores(word, audio)[1]
    assert [score >= engine.threshold(word) for score in mine] == fired
    assert any(fired)


def test_a_score_equal_to_the_cutoff_is_not_enough(engine):
    """The threshold lies above the cutoff of the description, and nothing lies between."""
    models = Path(find_spec("pymicro_wakeword").submodule_search_locations[0]) / "models"
    cutoff = json.loads((models / "hey_jarvis.json").read_text())["micro"]["probability_cutoff"]
    assert engine.threshold("hey_jarvis") == math.nextafter(cutoff, 1.0)


@pytest.mark.parametrize(
    ("word", "phrase_end_s"),
    [("alexa", 0.58), ("hey_mycroft", 0.84), ("okay_nabu", 1.53)],
)
def test_the_phrase_ends_where_the_capabilities_say(engine, word, phrase_end_s):
    """The end of the phrase, by level and VAD, lies in the declared range around the decision."""
    scores = scores_of(engine.open_stream([word]), recording(PHRASES[word], lead_s=1.0))
    heard = next(i for i, score in enumerate(scores) if score[word] >= engine.threshold(word))
    decision_s = (heard + 1) * WINDOW / 16000
    earliest, latest = engine.capabilities.phrase_end_s
    assert decision_s + earliest <= 1.0 + phrase_end_s <= decision_s + latest


def test_scores_after_a_reset_are_those_of_a_new_engine(engine):
    """A stream that has heard a word, and half a step of more, hears the next as if it was new."""
    stream = engine.open_stream(tuple(PHRASES))
    scores_of(stream, recording(PHRASES["alexa"])[: 17 * WINDOW])
    for word, clip in PHRASES.items():
        stream.reset()
        audio = recording(clip, 0.31)
        mine = [score[word] for score in scores_of(stream, audio)]
        assert mine == package_scores(word, audio)[0]


def test_streams_of_one_word_do_not_hear_each_other(engine):
    """They share a model; what each hears, window by window in turn, is what it hears alone."""
    clips = [recording(PHRASES[word])[: 30 * WINDOW] for word in ("alexa", "hey_jarvis")]
    streams = [engine.open_stream(["alexa"]) for _ in clips]
    turns = zip(*map(windows, clips), strict=True)
    heard = [
        [one.process(w)["alexa"] for one, w in zip(streams, turn, strict=True)] for turn in turns
    ]
    alone = [package_scores("alexa", clip)[0] for clip in clips]
    assert np.transpose(heard).tolist() == alone


def test_a_model_is_read_once(engine):
    """Opening, resetting and opening again reads no file: streams share what was read."""
    provider, read = MicroWakeWord(), []
    provider.load()
    open_model = provider._open
    provider._open = lambda path: read.append(path.stem) or open_model(path)
    for stream in [provider.open_stream(["alexa", "hey_jarvis"]) for _ in range(3)]:
        stream.reset()
    assert read == ["alexa", "hey_jarvis"]


def counting_deletes(provider):
    """Have a provider note the interpreters that are freed; return where."""
    freed = []

    def opened(path, open_model=provider._open):
        own = open_model(path)
        delete = own.lib.TfLiteInterpreterDelete
        own.lib.TfLiteInterpreterDelete = lambda one: freed.append(one) or delete(one)
        return own

    provider._open = opened
    return freed


def test_a_closed_stream_has_freed_its_interpreters(engine):
    """Closing frees the engine's memory at once and is harmless twice; other streams go on."""
    other = engine.open_stream(["alexa"])
    provider = MicroWakeWord()
    provider.load()
    freed = counting_deletes(provider)
    stream = provider.open_stream(["alexa", "hey_jarvis"])
    freed.clear()  # those that the package had made
    stream.close()
    stream.close()
    assert len(freed) == 2
    assert set(other.process(np.zeros(WINDOW, np.int16))) == {"alexa"}


def test_a_reset_frees_the_interpreter_that_it_replaces():
    """Forgetting again and again takes no more memory."""
    provider = MicroWakeWord()
    provider.load()
    freed = counting_deletes(provider)
    stream = provider.open_stream(["alexa"])
    freed.clear()
    for _ in range(3):
        stream.reset()
    assert len(freed) == 3


def test_a_stream_outlives_its_provider():
    """The memory budget may close a provider; what is still open goes on hearing."""
    provider = MicroWakeWord()
    audio = recording(PHRASES["alexa"])
    stream = provider.open_stream(["alexa"])
    provider.close()
    gc.collect()
    assert [one["alexa"] for one in scores_of(stream, audio)] == package_scores("alexa", audio)[0]


def test_a_closed_detector_does_not_reach_into_freed_memory(engine):
    """Whoever still has one is told so, in place of writing into what is no longer its own."""
    detector = WordDetector(engine._net("alexa"))
    detector.close()
    with pytest.raises(TypeError):
        detector.score([[0.0] * 40] * 3)


def as_engine(word, **changes):
    """The package's engine of a word with some of its attributes changed."""
    own = pymicro_wakeword.MicroWakeWord.from_builtin(pymicro_wakeword.Model(word))
    for name, value in changes.items():
        setattr(own, name, value)
    return own


@pytest.mark.parametrize(
    "changes",
    [
        {"output_dtype": np.int8, "output_zero_point": -128},
        {"output_scale": float(np.float32(0.0039)), "sliding_window_size": 7},
        {"input_scale": float(np.float32(0.0737)), "input_zero_point": -101},
        {"input_dtype": np.uint8, "input_scale": 0.25, "input_zero_point": 128},
    ],
)
def test_other_kinds_of_numbers_are_taken_as_the_package_takes_them(changes):
    """A model may answer signed bytes, and have any scale; means are rounded the same way."""
    audio = recording(PHRASES["hey_jarvis"])
    rows = [*pymicro_wakeword.MicroWakeWordFeatures().process_streaming(audio.tobytes())]
    own = as_engine("hey_jarvis", **changes)
    own._probabilities = deque(maxlen=own.sliding_window_size)
    detector = WordDetector(WakeWordNet(as_engine("hey_jarvis", **changes)))
    mine = [detector.score([row.ravel().tolist()]) for row in rows]
    assert mine == [max(own.process_streaming_prob(row), 0.0) for row in rows]
    assert max(mine) > 0


def without_stride(own):
    del own.stride


def with_another_library(own):
    own.lib._handle = ctypes.CDLL(find_spec("micro_features_cpp").origin)._handle


@pytest.mark.parametrize(
    ("change", "missing"), [(without_stride, "stride"), (with_another_library, "TfLite")]
)
def test_a_package_that_has_changed_too_much_is_named(change, missing):
    """What a later release, or its library, lacks is said in one line, with the cure."""
    provider = MicroWakeWord()
    provider.load()
    open_model, opened = provider._open, []

    def changed(path):
        opened.append(open_model(path))
        change(opened[0])
        return opened[0]

    provider._open = changed
    with pytest.raises(ProviderUnavailableError, match=f"has changed .*{missing}.*; pip install"):
        provider.open_stream(["alexa"])


def test_a_phrase_may_be_written_as_it_is_spoken(engine):
    """`Hey Jarvis` means `hey_jarvis`, in streams and thresholds."""
    scores = engine.open_stream(["Hey Jarvis", "hey-jarvis"]).process(np.zeros(WINDOW, np.int16))
    assert list(scores) == ["hey_jarvis"]
    assert engine.threshold("Hey Jarvis") == engine.threshold("hey_jarvis")


@pytest.mark.parametrize("asked", [["hey_jarvus"], ["alexa", "Hey Jarvus"]])
def test_an_unknown_wake_word_is_named_with_the_nearest_one(engine, asked):
    """One line: the unknown word, the nearest known one, and all of them."""
    with pytest.raises(ConfigurationError) as caught:
        engine.open_stream(asked)
    assert str(caught.value) == (
        "voice_trigger provider 'microwakeword': unknown wake word 'hey_jarvus'; "
        "did you mean 'hey_jarvis'? known: alexa, hey_jarvis, hey_mycroft, okay_nabu"
    )


def test_no_wake_word_at_all_is_refused(engine):
    """A stream that could never hear anything is a mistake in the configuration."""
    with pytest.raises(ConfigurationError, match="no wake word is given; known: alexa"):
        engine.open_stream([])


def test_wake_words_are_listed_without_importing_the_engine():
    """Asking for words, thresholds and availability leaves the engine alone."""
    program = (
        "import sys; from irene_plugins.voice_trigger.microwakeword import MicroWakeWord as P;"
        "p = P(); print(p.available_wake_words(), p.threshold('alexa') > 0.9, p.check().ready);"
        "print([m for m in sys.modules if 'micro_' in m])"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert output.splitlines() == [f"{tuple(PHRASES)} True True", "[]"]


def test_a_model_of_ones_own_is_heard_under_its_own_name(tmp_path):
    """`model_paths` adds a word, named after the file, with the cutoff of its description."""
    models = Path(find_spec("pymicro_wakeword").submodule_search_locations[0]) / "models"
    description = json.loads((models / "alexa.json").read_text())
    description["micro"]["probability_cutoff"] = 0.8
    (tmp_path / "Kitchen Alexa.json").write_text(json.dumps(description))
    shutil.copy(models / "alexa.tflite", tmp_path)
    own = MicroWakeWord(MicroWakeWordOptions(model_paths=(str(tmp_path / "Kitchen Alexa.json"),)))
    scores = scores_of(own.open_stream(["kitchen_alexa"]), recording(PHRASES["alexa"]))
    assert peak(scores, "kitchen_alexa") > 0.8
    assert own.threshold("kitchen_alexa") == math.nextafter(0.8, 1.0)


def test_a_missing_model_is_named(tmp_path):
    """A path that leads nowhere: one line with the path and the cure."""
    missing = str(tmp_path / "computer.json")
    with pytest.raises(ModelMissingError) as caught:
        MicroWakeWord(MicroWakeWordOptions(model_paths=(missing,))).load()
    assert str(caught.value) == (
        f"voice_trigger provider 'microwakeword': model {missing!r} is not there; "
        "give model_paths the path of a model description (.json)"
    )


@pytest.mark.parametrize("content", ["", "[]", '{"micro": {}}', '{"micro": 3}'])
def test_a_broken_model_description_is_named(tmp_path, content):
    """A file that describes no model is a configuration error in one line."""
    broken = tmp_path / "broken.json"
    broken.write_text(content)
    provider = MicroWakeWord(MicroWakeWordOptions(model_paths=(str(broken),)))
    with pytest.raises(ConfigurationError, match=r"broken\.json is no model description") as caught:
        provider.open_stream(["alexa"])
    assert "\n" not in str(caught.value)


def test_a_release_without_the_present_models_is_refused(monkeypatch):
    """pip takes 1.0 where glibc is old; that is said, with the cure."""
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "1.0.0")
    with pytest.raises(ProviderUnavailableError, match=r"1\.0\.0 is too old; pip install .*>=2\.5"):
        MicroWakeWord().load()
