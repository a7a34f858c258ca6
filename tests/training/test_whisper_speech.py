"""What the Whisper test model is trained and tried with: texts, voices, scenes, recordings."""

import csv
import json
from random import Random

import numpy as np
import pytest

from synthesis.voices import HELD_OUT, RATE, TRAINED
from synthesis.word_times import Manner, placed, speak_marked
from whisper_model.recordings import recordings
from whisper_model.scenes import Mixture, SceneMaker
from whisper_model.texts import COMMANDS, LANGUAGES, strange_texts

pytest.importorskip("espeakng_loader", reason="the voices are not installed")

SINGLE = Mixture(several=0, cut_off=0, language_only=0, strange=0, nothing=0)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_commands_are_of_four_languages_and_differ():
    """Capitals and a mark at the end, as Whisper writes."""
    assert {text.language for text in COMMANDS} == set(LANGUAGES)
    assert len({text.words for text in COMMANDS}) == len(COMMANDS)
    assert all(text.words[0].isupper() and text.words[-1] in ".?" for text in COMMANDS)


def test_strange_speech_is_no_command():
    """Whatever words it has, in whatever order."""
    known = {text.words.lower().rstrip(".?") for text in COMMANDS}
    strange = list(strange_texts(50, Random(3)))
    assert len(strange) == 200
    assert not known & {text.words.lower() for text in strange}


def test_voices_of_tests_are_not_trained_on():
    """Not one variant is in both lists."""
    assert not set(TRAINED) & set(HELD_OUT)


def test_words_are_where_the_voice_says_them():
    """Times rise within the clip; a command that is spoken faster takes less time."""
    slow, fast = (
        speak_marked(["Set", "a", "timer", "for", "ten", "minutes."], Manner("en-us+f2", rate))
        for rate in (130, 200)
    )
    for one in (slow, fast):
        assert (np.diff(one.starts) >= 0).all()
        assert len(one.starts) == 7
        assert one.starts[-1] == pytest.approx(len(one.samples) / RATE)
    assert fast.starts[-1] < slow.starts[-1] * 0.8


def test_words_that_run_together_share_their_time_by_letters():
    """The engine says `on the` as one word and tells one time for it."""
    starts = placed(["Turn", "on", "the", "light"], [(0, 0), (5, 2200), (12, 4400)], 22000)
    assert starts == pytest.approx([0.0, 0.1, 0.1 + 0.1 * 3 / 7, 0.2])


def test_scenes_fit_their_window(corpus, rng):
    """Whatever their kind; words are where there is sound."""
    maker = SceneMaker(corpus, rng)
    mixture = Mixture(several=0.4, cut_off=0.2, language_only=0.1, strange=0.1, nothing=0.1)
    for window_s in (4.0, 10.0, 30.0):
        for _ in range(60):
            scene = maker.scene(window_s, mixture)
            assert scene.samples.dtype == np.float32
            assert len(scene.samples) <= round(window_s * RATE) + 1
            for segment in scene.segments:
                assert 0 <= segment.start_s < segment.end_s <= window_s + 0.3
            starts = [segment.start_s for segment in scene.segments]
            assert starts == sorted(starts)


def test_the_same_generator_draws_the_same_scenes(corpus):
    """A model can be built again."""
    first, second = (
        SceneMaker(corpus, np.random.default_rng(3)).scene(8.0, SINGLE) for _ in range(2)
    )
    assert first.segments == second.segments
    assert np.array_equal(first.samples, second.samples)


def test_the_frozen_recordings_are_what_the_script_says(data_folder):
    """Written again they have the same voices and texts; the engine's vibrato moves ends a bit."""
    with (data_folder / "whisper" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    again = [one.row() for one in recordings()]
    assert len(rows) == 48
    for old, new in zip(rows, again, strict=True):
        assert float(new.pop("seconds")) == pytest.approx(float(old.pop("seconds")), abs=0.2)
        places = [[each["text"] for each in json.loads(one.pop("segments"))] for one in (old, new)]
        assert places[0] == places[1]
        assert old == new
