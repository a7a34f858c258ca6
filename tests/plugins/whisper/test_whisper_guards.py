"""What is believed of what a Whisper model writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import Word
from irene_plugins.asr.whisper.guards import Guards, compression, unlooped
from irene_plugins.asr.whisper.passages import Passage

GUARDS = Guards()
LOOP = "Thank you for watching. " * 20


def test_silence_is_what_is_not_sure_and_probably_nobody():
    """Both have to hold: people who speak softly are heard."""
    assert GUARDS.is_silence(Passage("You", no_speech=0.9, log_probability=-1.5))
    assert not GUARDS.is_silence(Passage("You", no_speech=0.9, log_probability=-0.2))
    assert not GUARDS.is_silence(Passage("You", no_speech=0.3, log_probability=-1.5))


def test_a_text_that_is_not_sure_is_tried_again():
    """At a higher temperature; silence is not."""
    assert GUARDS.is_doubtful(Passage("Turn on", log_probability=-1.5))
    assert not GUARDS.is_doubtful(Passage("Turn on", log_probability=-0.5))
    assert not GUARDS.is_doubtful(Passage("You", no_speech=0.9, log_probability=-1.5))


def test_a_text_that_repeats_itself_is_tried_again():
    """However sure the model is of it."""
    assert GUARDS.is_doubtful(Passage(LOOP, log_probability=-0.01))


def test_nothing_is_left_of_silence():
    """No text, and no words."""
    words = (Word("You", 0.0, 0.1),)
    heard = Passage("You", words, no_speech=0.9, log_probability=-1.5)
    assert GUARDS.cleaned(heard) == Passage("", (), no_speech=0.9, log_probability=-1.5)


def test_a_loop_is_said_once():
    """With the words that belong to what is left."""
    tokens = f"Hello. {LOOP}".split()
    words = tuple(Word(text, float(at), at + 0.5) for at, text in enumerate(tokens))
    cleaned = GUARDS.cleaned(Passage(" ".join(tokens), words))
    assert cleaned.text == "Hello. Thank you for watching."
    assert cleaned.words == words[:5]
    assert GUARDS.is_doubtful(cleaned)


def test_words_that_cannot_be_told_apart_are_left_out():
    """Better no times than wrong ones."""
    cleaned = GUARDS.cleaned(Passage(LOOP, (Word("Thank you", 0.0, 1.0),)))
    assert (cleaned.text, cleaned.words) == ("Thank you for watching.", ())


@pytest.mark.parametrize("text", ["No, no, no, no!", "0 0 0 0 7", "Turn on the light."])
def test_people_may_repeat_themselves(text):
    """A short text is no loop: it hardly gets shorter by compression."""
    passage = Passage(text)
    assert GUARDS.cleaned(passage) is passage


def test_compression_of_nothing_is_nothing():
    """An empty text does not divide by zero."""
    assert compression("") == 0.0
    assert compression("a") < 1 < compression(LOOP)


words_of_loops = st.lists(st.sampled_from("abc"), max_size=60)


@given(words_of_loops)
def test_what_is_left_is_in_order_and_no_loop_is_in_it(words):
    """The words that are left are some of those that were there; a second look changes nothing."""
    kept = unlooped(words)
    assert kept == sorted(set(kept))
    assert set(kept) <= set(range(len(words)))
    left = [words[number] for number in kept]
    for length in range(1, 17):
        for start in range(len(left) - 4 * length + 1):
            phrases = {tuple(left[start + n * length :][:length]) for n in range(4)}
            assert len(phrases) > 1, (words, left)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=16), st.integers(4, 9))
def test_a_loop_becomes_no_longer_than_its_phrase(phrase, n_times):
    """Whatever is in the phrase: of itself, it may be a loop of a shorter one."""
    assert len(unlooped(phrase * n_times)) <= len(phrase)


@given(st.permutations(list("abcdefghij")))
def test_words_that_do_not_repeat_stay(words):
    """Nothing is cut without a loop."""
    assert unlooped(words) == list(range(10))
