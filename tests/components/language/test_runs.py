"""Stretches of one language: without gaps, changing in the middle of pauses."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.components.language.runs import Heard, runs_of
from irene.components.language.utterances import Stretch

LANGUAGES = ["en", "de", "fr"]


def clearly(language, share=0.9):
    others = [one for one in LANGUAGES if one != language]
    return {language: share, **dict.fromkeys(others, (1 - share) / 2)}


def heard(*opinions, seconds=2.0, pause_s=1.0):
    """Return utterances of equal length, with a pause before each and after the last."""
    every_s = seconds + pause_s
    starts = [pause_s + number * every_s for number in range(len(opinions))]
    stretches = [Stretch(start, start + seconds) for start in starts]
    return Heard(stretches, opinions, len(opinions) * every_s + pause_s)


@given(st.lists(st.sampled_from([*LANGUAGES, ""]), max_size=12), st.floats(0.1, 60.0))
def test_stretches_cover_everything_once(languages, dwell_s):
    """From 0 to the end, without a gap, and neighbours differ."""
    opinions = [clearly(one) if one else {} for one in languages]
    recording = heard(*opinions)
    runs = runs_of(recording, LANGUAGES, dwell_s)
    edges = [0.0, *(one.end_s for one in runs)]
    assert [one.start_s for one in runs] == edges[:-1]
    assert not runs or edges[-1] == recording.length_s
    assert all(one.language != two.language for one, two in itertools.pairwise(runs))
    assert bool(runs) == bool(languages)


@given(st.lists(st.sampled_from(LANGUAGES), min_size=2, max_size=12), st.floats(0.1, 60.0))
def test_a_change_lies_in_the_middle_of_a_pause(languages, dwell_s):
    """Never within what somebody says."""
    recording = heard(*map(clearly, languages))
    runs = runs_of(recording, LANGUAGES, dwell_s)
    pairs = itertools.pairwise(recording.utterances)
    middles = [(one.end_s + other.start_s) / 2 for one, other in pairs]
    assert {run.start_s for run in runs[1:]} <= set(middles)


def test_each_language_is_a_stretch():
    """Two utterances in English, one in German, two in French."""
    recording = heard(*map(clearly, ("en", "en", "de", "fr", "fr")))
    runs = runs_of(recording, LANGUAGES, 3.0)
    assert [(run.language, run.start_s) for run in runs] == [("en", 0), ("de", 6.5), ("fr", 9.5)]
    assert [run.probability for run in runs] == pytest.approx([0.9] * 3)


def test_one_doubtful_utterance_is_no_change():
    """What is slightly likelier to be German, between English, is English."""
    recording = heard(clearly("en"), {"en": 0.4, "de": 0.6}, clearly("en"))
    assert [run.language for run in runs_of(recording, LANGUAGES, 10.0)] == ["en"]


def test_an_utterance_without_an_opinion_goes_on_in_the_language_of_before():
    """Coughing is no language, and does not count for how sure it is."""
    runs = runs_of(heard(clearly("de"), {}, clearly("de")), LANGUAGES, 3.0)
    assert [(run.language, run.probability) for run in runs] == [("de", pytest.approx(0.9))]


def test_without_any_opinion_the_probability_is_zero():
    """So nobody takes it for known."""
    assert [run.probability for run in runs_of(heard({}, {}), LANGUAGES, 3.0)] == [0.0]
