"""Word errors: the distance, its parts, and what is compared."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.performance.speech.spoken_numbers import spoken
from irene.performance.speech.word_errors import WordErrors, count_errors, normalise

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=7)


def reference_distance(left, right):
    """Levenshtein's distance, straight from its definition."""

    @cache
    def distance(i, j):
        if i == 0 or j == 0:
            return i + j
        changed = distance(i - 1, j - 1) + (left[i - 1] != right[j - 1])
        return min(changed, distance(i - 1, j) + 1, distance(i, j - 1) + 1)

    return distance(len(left), len(right))


@given(WORDS, WORDS)
def test_the_edits_are_the_fewest(reference, transcript):
    """The sum of the parts is the edit distance of the definition."""
    errors = count_errors(reference, transcript)
    assert errors.n_errors == reference_distance(reference, transcript)


@given(WORDS, WORDS)
def test_the_parts_explain_the_lengths(reference, transcript):
    """Deletions shorten the reference and insertions lengthen it, to the transcript's length."""
    errors = count_errors(reference, transcript)
    assert len(reference) - errors.deletions + errors.insertions == len(transcript)
    assert errors.n_reference == len(reference)


@given(WORDS, WORDS)
def test_the_other_way_round_insertions_are_deletions(reference, transcript):
    """Reference and transcript swapped, the same words are missing that were too many."""
    there, back = count_errors(reference, transcript), count_errors(transcript, reference)
    assert (there.substitutions, there.deletions) == (back.substitutions, back.insertions)


@given(WORDS)
def test_a_right_transcript_has_no_errors(words):
    """Nothing to edit."""
    assert count_errors(words, words).n_errors == 0


def test_the_rate_is_errors_per_word_of_all_utterances():
    """Long utterances weigh more than short ones."""
    said = ["turn", "on", "the", "lamp", "in", "the", "kitchen", "please"]
    long = count_errors(said, said[:4])
    short = count_errors(["stop"], ["stop"])
    assert (long + short).rate == pytest.approx(4 / 9)
    assert WordErrors().rate == 0.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What's the date, today?", "what's the date today"),
        ("What\u2019s up", "what's up"),
        ("ill-disposed", "ill disposed"),
        ("Set a timer for 10 minutes", "set a timer for ten minutes"),
        ("50%", "fifty"),
        ("number \u2466", "number seven"),
        ("  ...  ", ""),
    ],
)
def test_what_only_looks_different_is_the_same(text, words):
    """Case, punctuation and digits make no word errors."""
    assert normalise(text) == words.split()


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text):
    """What is normalised is normal."""
    once = normalise(text)
    assert normalise(" ".join(once)) == once


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("0", "zero"),
        ("13", "thirteen"),
        ("40", "forty"),
        ("1813", "one thousand eight hundred thirteen"),
        ("200000", "two hundred thousand"),
        ("007", "zero zero seven"),
        ("1234567", "one two three four five six seven"),
    ],
)
def test_numbers_are_spelt_out(digits, words):
    """Digits become the words that are spoken."""
    assert spoken(digits) == words.split()


@given(st.integers(0, 999_999), st.integers(0, 999_999))
def test_different_numbers_are_different_words(one, other):
    """No two numbers are spelt alike."""
    assert (spoken(str(one)) == spoken(str(other))) == (one == other)
