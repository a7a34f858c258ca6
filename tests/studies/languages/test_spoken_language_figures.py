"""The command that measures how languages are told apart, on scripted engines."""

import csv
import json
import wave

import numpy as np
import pytest

from irene import AsrCapabilities, LanguageCapabilities
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.errors import ConfigurationError
from irene.plugin.host import installed_plugins
from irene.studies.languages.trial import Trial, measure
from irene.testing import LANGUAGE_LEVELS, ScriptedAsr, ScriptedLanguage, registry_of, silence

RATE = 16000


class Encoding(ScriptedLanguage):
    """Identifies by an encoder, whose passes are kept."""

    name = "encoding"
    capabilities = LanguageCapabilities(
        dtype="int16", window=8000, longest=160_000, max_concurrency=4
    )

    def identify(self, window, live=False):
        """Encode, and look."""
        encodings = self.engines.encodings
        key = encodings.precompute_hash(window)
        encoded = encodings.encoded(key, window.copy, live=live)
        return super().identify(encoded, live)


class EncodingAsr(ScriptedAsr):
    """Recognises by the same encoder, at the end."""

    name = "encoding"
    capabilities = AsrCapabilities(languages=(), max_concurrency=4)

    def open_stream(self, request):
        """Start, with a place to keep what the encoder makes."""
        stream = super().open_stream(request)
        encodings, finish = self.engines.encodings, stream.finish

        def encode_and_finish():
            key = encodings.precompute_hash(stream.audio)
            encodings.encoded(key, stream.audio.copy, live=request.live)
            return finish()

        stream.finish = encode_and_finish
        return stream


def spoken(language, seconds):
    """Return speech of which no window is like another: the signs of its samples are random."""
    signs = np.random.default_rng(4).choice([-1, 1], round(seconds * RATE))
    return (signs * LANGUAGE_LEVELS[language]).astype(np.int16)


def write(path, *parts):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.concatenate(parts).astype("<i2").tobytes())


def segment(language, start_s, end_s):
    return {"language": language, "start_s": start_s, "end_s": end_s, "text": ""}


@pytest.fixture
def folder(tmp_path):
    """Two commands, one of them with a wrong label, and a recording in two languages."""
    write(tmp_path / "one.wav", silence(0.2), spoken("en", 1.0))
    write(tmp_path / "two.wav", silence(0.2), spoken("de", 0.9))
    write(tmp_path / "mixed.wav", spoken("en", 2.0), silence(0.4), spoken("de", 2.0))
    mixed = json.dumps([segment("en", 0.0, 2.0), segment("de", 2.4, 4.4)])
    rows = [
        ["one.wav", "command", "", "en", json.dumps([segment("en", 0.2, 1.2)])],
        ["two.wav", "command", "", "fr", json.dumps([segment("fr", 0.2, 1.1)])],
        ["mixed.wav", "code-switched", "", "en+de", mixed],
    ]
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "kind", "transcript_or_label", "language", "segments"])
        writer.writerows(rows)
    return tmp_path


@pytest.fixture
def trial(folder):
    """A trial of scripted engines that share what they encode."""
    registry = registry_of(Encoding, EncodingAsr, installed=installed_plugins())
    section = {
        "enabled": True,
        "languages": ["en", "de", "fr"],
        "default_provider": "encoding",
    }
    asr = {"default_provider": "encoding", "grammar": "off"}
    config = load_config({"language": section, "asr": asr}, registry=registry, environ={})
    made = Trial(Assembly(config, registry), folder, sleep=lambda seconds: None)
    yield made
    made.close()


def test_right_answers_are_counted_by_language(trial):
    """As a whole and cut at pauses; a wrong label is a wrong answer."""
    found = [(one.language, one.n_clips, one.n_whole, one.n_recordings) for one in trial.accuracy()]
    assert found == [("en", 1, 1, 1), ("fr", 1, 0, 0)]


def test_changes_are_held_to_the_pause_between_two_languages(trial):
    """A change in the pause is found."""
    (found,) = trial.switches()
    assert found.heard == found.spoken == ("en", "de")
    assert found.is_right


def test_live_windows_save_no_pass_and_the_identical_utterance_saves_one(trial):
    """What a sliding window hears never comes again; the whole utterance is heard twice."""
    alone, both = trial.live()
    assert alone.hits == 0
    assert alone.misses > 10
    assert both.hits == 2


def test_recordings_that_come_again_save_every_second_pass(trial):
    """Half of those that are asked for."""
    repeated = trial.repeated()
    assert (repeated.hits, repeated.misses) == (2, 2)


def test_the_page_says_all_of_it(trial):
    """Accuracy, changes, cost, passes."""
    blocks = measure(trial)
    assert "| en | 1 | 1 | 1 |" in blocks["accuracy"]
    assert "`mixed.wav`: en → de; every change in its pause." in blocks["accuracy"]
    assert "| recordings that come twice | 4 | 2 | 50 % |" in blocks["passes"]


def test_a_folder_without_recordings_is_refused(trial, tmp_path):
    """The line names what is missing."""
    with pytest.raises(ConfigurationError, match=r"manifest\.csv"):
        Trial(trial._assembly, tmp_path / "nowhere")


def test_nothing_is_measured_where_nothing_is_identified(folder):
    """Identification is off by default."""
    registry = registry_of(Encoding, EncodingAsr, installed=installed_plugins())
    config = load_config({"asr": {"default_provider": "encoding"}}, registry=registry, environ={})
    with pytest.raises(ConfigurationError, match=r"language\.enabled"):
        Trial(Assembly(config, registry), folder)
