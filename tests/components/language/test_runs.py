"""Stretches of one language: without gaps, none too short, changing where speech pauses."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from irene.components.language.runs import LanguageRun, at_boundaries, runs_of, without_short
from irene.components.language.viterbi import switch_cost

LANGUAGES = ["en", "de", "fr"]
FRAMES = arrays.arrays(
    np.float64, st.tuples(st.integers(0, 30), st.just(3)), elements=st.floats(0.0, 1.0)
)
LENGTHS = st.lists(st.tuples(st.sampled_from(LANGUAGES), st.integers(1, 40)), max_size=12)
COST = switch_cost(20, 3)


def chain(pieces):
    """Return stretches of these languages and lengths (tenths of a second), one after another."""
    runs, at = [], 0.0
    for language, length in pieces:
        runs.append(LanguageRun(language, at, at + length / 10, 0.8))
        at += length / 10
    return runs


def is_seamless(runs):
    return all(one.end_s == pytest.approx(other.start_s) for one, other in itertools.pairwise(runs))


@given(FRAMES)
def test_stretches_cover_everything_and_alternate(shares):
    """From 0 to the end, without a gap, and no two of one language in a row."""
    runs = runs_of(shares, LANGUAGES, 0.1, COST)
    assert is_seamless(runs)
    assert sum(run.length_s for run in runs) == pytest.approx(len(shares) * 0.1)
    assert all(one.language != other.language for one, other in itertools.pairwise(runs))


def test_three_languages_are_three_stretches():
    """Each with the mean of its own probabilities."""
    shares = np.repeat([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.0, 0.1, 0.9]], [20, 15, 10], axis=0)
    runs = runs_of(shares, LANGUAGES, 0.1, COST)
    assert [(run.language, round(run.start_s, 1)) for run in runs] == [
        ("en", 0.0),
        ("de", 2.0),
        ("fr", 3.5),
    ]
    assert [run.probability for run in runs] == pytest.approx([0.8, 0.7, 0.9])


def test_silence_has_no_probability():
    """A stretch of frames without an opinion says so."""
    assert runs_of(np.zeros((4, 3)), LANGUAGES, 0.1, COST)[0].probability == 0.0


@given(LENGTHS, st.integers(0, 20))
def test_short_stretches_belong_to_a_neighbour(pieces, shortest):
    """Nothing is lost, and what is left is long enough, or alone."""
    before = chain(pieces)
    after = without_short(before, shortest / 10)
    assert is_seamless(after)
    assert sum(run.length_s for run in after) == pytest.approx(sum(run.length_s for run in before))
    assert len(after) <= 1 or all(run.length_s >= shortest / 10 - 1e-6 for run in after)


def test_a_short_stretch_between_two_alike_joins_them():
    """An interjection in another language leaves one stretch."""
    after = without_short(chain([("en", 20), ("de", 2), ("en", 10)]), 0.5)
    assert [(run.language, round(run.end_s, 1)) for run in after] == [("en", 3.2)]


def test_it_changes_where_speech_pauses():
    """At the nearest boundary within reach; else where it was."""
    runs = chain([("en", 20), ("de", 20), ("fr", 20)])
    moved = at_boundaries(runs, [1.0, 1.7, 2.6, 5.5], 0.5)
    assert [round(run.start_s, 1) for run in moved] == [0.0, 1.7, 4.0]
    assert is_seamless(moved)


@given(LENGTHS, st.lists(st.floats(0.0, 30.0), max_size=10).map(sorted), st.floats(0.0, 2.0))
def test_moving_never_turns_a_stretch_around(pieces, boundaries, reach):
    """Each keeps a length, and the whole stays whole."""
    before = chain(pieces)
    after = at_boundaries(before, boundaries, reach)
    assert [run.language for run in after] == [run.language for run in before]
    assert is_seamless(after)
    assert all(run.length_s > 0 for run in after)
