"""Composed recordings in several languages, and how changes that are found are counted."""

import numpy as np
import pytest

from irene import AudioChunk
from irene.components.language.runs import Heard, LanguageRun
from irene.components.language.utterances import Stretch
from irene.studies.languages.code_switching import halves, in_noise
from irene.studies.languages.labelled import Labelled
from irene.studies.languages.switches import (
    Score,
    Switches,
    SwitchTrial,
    choosing_table,
    judged_table,
)

RATE = 1000


def command(language, number):
    """Return half a second of speech whose samples say which it is, with silence around."""
    level = 100 * ["en", "de", "fr"].index(language) + number + 10
    quiet = np.zeros(200, np.int16)
    samples = np.concatenate([quiet, np.full(500, level, np.int16), quiet])
    segments = [{"start_s": 0.2, "end_s": 0.7, "language": language}]
    return Labelled(
        f"{language}-{number}", "command", language, AudioChunk(samples, RATE), segments
    )


COMMANDS = [command(language, number) for language in ("en", "de", "fr") for number in range(6)]


@pytest.fixture(scope="module")
def made():
    return halves(COMMANDS, 12)


def recording(*spoken):
    """Return a recording with a second of each language and half a second between."""
    segments = [
        {"start_s": 1.5 * place, "end_s": 1.5 * place + 1.0, "language": language}
        for place, language in enumerate(spoken)
    ]
    clip = AudioChunk(np.zeros(1, np.int16), RATE)
    return Labelled("one", "code-switched", "", clip, segments)


def runs(*parts):
    """Return stretches; each part is (language, seconds at which it begins)."""
    ends = [start_s for _, start_s in parts[1:]] + [99.0]
    return [
        LanguageRun(language, start_s, end_s, 1.0)
        for (language, start_s), end_s in zip(parts, ends, strict=True)
    ]


def test_no_utterance_is_in_both_halves(made):
    """What was chosen with one half is judged with what nobody has seen."""
    levels = [
        {int(level) for one in half for level in one.clip.samples if level >= 10}
        for half in (made.choosing, made.judging)
    ]
    assert len(levels[0]) > 6
    assert not levels[0] & levels[1]


def test_the_same_recordings_are_composed_every_time(made):
    """Figures can be had again."""
    again = halves(COMMANDS, 12)
    for one, other in zip(made.choosing, again.choosing, strict=True):
        assert np.array_equal(one.clip.samples, other.clip.samples)


def test_one_language_pairs_and_triples_take_turns(made):
    """Who finds changes everywhere is not rewarded."""
    assert [len(one.languages) for one in made.judging] == [1, 2, 3] * 4


def test_labels_say_where_who_speaks(made):
    """To the sample; between utterances are pauses of 0.5 to 1.5 s."""
    for one in made.choosing:
        last_s = 0.0
        for segment in one.segments:
            start, end = (round(segment[edge] * RATE) for edge in ("start_s", "end_s"))
            levels = set(one.clip.samples[start:end].tolist())
            assert len(levels) == 1
            assert ["en", "de", "fr"][levels.pop() // 100] == segment["language"]
            assert 0.499 <= segment["start_s"] - last_s <= 1.501
            last_s = segment["end_s"]


def test_a_change_counts_within_a_tenth_of_a_second_of_its_pause():
    """Here from 0.9 to 1.6 s."""
    for start_s, n_found in ((0.8, 0), (0.95, 1), (1.25, 1), (1.55, 1), (1.7, 0)):
        found = Switches.between(recording("en", "de"), runs(("en", 0.0), ("de", start_s)))
        assert (found.n_found, found.n_invented) == (n_found, 1 - n_found)
        assert found.is_right == bool(n_found)


def test_a_change_between_other_languages_is_none():
    """It is one that is missed, and one that is not there."""
    found = Switches.between(recording("en", "de"), runs(("en", 0.0), ("fr", 1.25)))
    assert (found.n_missed, found.n_invented, found.is_right) == (1, 1, False)


def test_one_language_is_right_without_a_change():
    """And wrong as another language."""
    spoken = recording("de", "de")
    assert Switches.between(spoken, runs(("de", 0.0))).is_right
    assert not Switches.between(spoken, runs(("en", 0.0))).is_right
    assert not Switches.between(spoken, []).is_right


class Alone:
    """A component that hears a language in every utterance, by its level."""

    languages, dwell_s = ("en", "de", "fr"), 3.0

    def heard_in(self, clip):
        """Know everything."""
        same = (each for each in self.recordings if each.clip.samples.shape == clip.samples.shape)
        one = next(same)
        stretches = [Stretch(each["start_s"], each["end_s"]) for each in one.segments]
        opinions = [{each["language"]: 1.0} for each in one.segments]
        return Heard(stretches, opinions, clip.samples.shape[0] / RATE)


def test_the_page_says_what_was_chosen_with_and_what_was_judged(made):
    """A row for each way to hear; the other half with the default."""
    component = Alone()
    component.recordings = [*made.choosing, *made.judging]
    rows = choosing_table([("as a whole", SwitchTrial(component, made.choosing))])
    assert rows.splitlines()[-1] == "| as a whole | 12 | 12 | 12 | 12 | 12 | 12 |"
    lines = judged_table(component, made).splitlines()
    assert "found within 100 ms of the pause" in lines[0]
    assert lines[2] == "| none | 12 | 12 | 12 | 12 | 0 |"
    assert lines[-1] == "| 10 dB below speech | 12 | 12 | 12 | 12 | 0 |"


def test_noise_lies_so_far_below_the_speech(made):
    """In root mean squares."""
    (noisy,) = in_noise(made.choosing[:1], 10.0)
    clean, heard = (one.clip.samples.astype(float) for one in (made.choosing[0], noisy))
    speech = clean[np.abs(clean) > 1]
    ratio = np.square(speech).mean() / np.square(heard - clean).mean()
    assert 10 * np.log10(ratio) == pytest.approx(10.0, abs=0.3)


def test_scores_add_up():
    """Over recordings."""
    right = Switches("a", ("en", "de"), ("en", "de"), 1)
    wrong = Switches("b", ("en", "de", "fr"), ("en", "fr"), 0)
    assert Score.of([right, wrong]) == Score(2, 1, 3, 1, 1)
