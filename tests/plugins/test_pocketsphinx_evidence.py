"""What speaks for a sentence, and what against it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene_plugins.asr.pocketsphinx_evidence import Evidence, Segment, gather, probability

SOUNDS = [
    Segment("<sil>", 0, 20, -20.0),
    Segment("+AA", 20, 70, -200.0),
    Segment("+T", 70, 120, -200.0),
    Segment("<sil>", 120, 150, -30.0),
]


def sentence(first=-200.0, second=-200.0, after=-30.0):
    return [
        Segment("<sil>", 0, 20, -20.0),
        Segment("stop", 20, 70, first),
        Segment("it(2)", 70, 120, second),
        Segment("<sil>", 120, 150, after),
    ]


def test_a_sentence_that_fits_as_well_as_any_sounds_has_nothing_against_it():
    """All that remains is how long it is."""
    evidence = gather(sentence(), SOUNDS, -4.0)
    assert evidence.ratio == evidence.worst_word == evidence.after == evidence.pauses_s == 0.0
    assert evidence.length == pytest.approx(math.log(0.25 + 6 * 0.07))


def test_a_drawn_out_word_proves_no_more_than_a_slow_one():
    """A short word that fills seconds has usually swallowed something else."""
    longer = [Segment("stop", 0, 300, -1200.0)]
    sounds = [Segment("+AA", 0, 300, -1200.0)]
    assert gather(longer, sounds, -4.0).length == pytest.approx(math.log(0.25 + 4 * 0.07))


def test_an_unlikely_sentence_needs_more_proof():
    """Five commands in one breath are found in anything, and nearly never said."""
    likely, unlikely = (gather(sentence(), SOUNDS, log_prior) for log_prior in (-4.0, -40.0))
    assert probability(unlikely) < probability(likely)


def test_a_voice_that_fits_the_model_badly_is_no_evidence():
    """An accent makes everything fit worse: only what fits better than the sentence counts."""
    far = [Segment(one.word, one.start, one.end, one.score - 500.0) for one in sentence()]
    sounds = [Segment(one.word, one.start, one.end, one.score - 500.0) for one in SOUNDS]
    assert gather(far, sounds, -4.0) == gather(sentence(), SOUNDS, -4.0)


def test_one_word_that_does_not_fit_is_seen():
    """The mean hides it, the worst word does not."""
    evidence = gather(sentence(second=-500.0), SOUNDS, -4.0)
    assert evidence.ratio == pytest.approx(-3.0)
    assert evidence.worst_word == pytest.approx(-6.0)


def test_speech_that_the_sentence_takes_for_silence_is_seen():
    """Behind the last word, and between the words."""
    assert gather(sentence(after=-90.0), SOUNDS, -4.0).after == pytest.approx(-2.0)
    paused = [
        Segment("stop", 0, 50, -200.0),
        Segment("[NOISE]", 50, 100, -200.0),
        Segment("it", 100, 150, -200.0),
    ]
    assert gather(paused, SOUNDS, -4.0).pauses_s == pytest.approx(-0.5)


@pytest.mark.parametrize("found", [[], [Segment("<sil>", 0, 150, -20.0)]])
def test_without_a_word_there_is_no_evidence(found):
    """Silence is no sentence."""
    assert gather(found, SOUNDS, -4.0) is None


figures = st.floats(-1e4, 0.0)


@given(st.tuples(*[figures] * 4, st.floats(-5, 5), figures), st.integers(0, 5), st.floats(0.1, 5))
def test_anything_against_it_makes_a_sentence_less_probable(values, which, worse):
    """The probability is one, and falls with each of the figures."""
    before = Evidence(*values)
    more = Evidence(*(one - worse * (at == which) for at, one in enumerate(values)))
    assert 0.0 <= probability(more) <= probability(before) <= 1.0
