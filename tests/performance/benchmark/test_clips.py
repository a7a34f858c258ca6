"""Recordings that are measured on: those that come with irene, and the user's own."""

from pathlib import Path

import numpy as np
import pytest

from irene.config.loading import load_config
from irene.domain.audio import AudioChunk
from irene.errors import AudioFormatError, ConfigurationError, RequestError
from irene.performance.benchmark.clips import read_clips
from irene.performance.speech.demo_question import write_recording
from irene.plugin.registry import ComponentRegistry

DATA = Path(__file__).parents[2] / "data"
REGISTRY = ComponentRegistry.installed()
CONFIG = load_config("demo", registry=REGISTRY, environ={})
TIME = str(DATA / "commands" / "rhasspy3__what_time_is_it.wav")
ALEXA = str(DATA / "wake" / "wwb_alexa_083.flac")


def clips(*files, reference=None):
    return read_clips(files, reference, CONFIG, REGISTRY)


def test_without_files_it_is_the_demos_recording_and_what_it_says():
    """It ships with irene."""
    (one,) = clips()
    assert (one.name, one.text) == ("demo.wav", "hey jarvis what time is it")
    assert 2.5 < one.audio.duration_s < 4.0


def test_recordings_are_read_whole_as_they_are_stored():
    """Whatever their format; what they say is not known unless it is told."""
    wav, flac = clips(TIME, ALEXA)
    assert wav.audio.duration_s == pytest.approx(2.0, abs=0.05)
    assert flac.audio.n_samples > 0
    assert (wav.text, flac.text) == (None, None)
    assert wav.path == Path(TIME)


def test_a_reference_says_what_each_one_says(tmp_path):
    """A line for each, in their order."""
    reference = tmp_path / "texts.txt"
    reference.write_text("what time is it\nalexa\n")
    assert [one.text for one in clips(TIME, ALEXA, reference=reference)] == [
        "what time is it",
        "alexa",
    ]


def test_stereo_is_kept(tmp_path):
    """Parts are given what they would be given: who mixes it is a part of the assistant."""
    path = tmp_path / "stereo.wav"
    write_recording(AudioChunk(np.zeros((800, 2), np.int16), 8000), path)
    (one,) = clips(str(path))
    assert one.audio.samples.shape == (800, 2)


@pytest.mark.parametrize(
    ("files", "reference", "error", "words"),
    [
        (("-",), None, RequestError, "- can be read once only"),
        ((), "texts.txt", RequestError, "--reference goes with recordings"),
        (("nowhere.wav",), None, AudioFormatError, "nowhere.wav"),
        ((str(DATA / "manifest.csv"),), None, AudioFormatError, "manifest.csv"),
        ((TIME,), "missing.csv", ConfigurationError, "missing.csv"),
    ],
    ids=["standard input", "reference alone", "missing file", "no audio", "missing reference"],
)
def test_what_cannot_be_used_is_one_line(files, reference, error, words):
    """What, where, and what would be right."""
    with pytest.raises(error, match=words):
        clips(*files, reference=None if reference is None else Path(reference))
