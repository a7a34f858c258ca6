"""Where the wake word stops and the command begins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.streams import Track
from irene.pipeline.listening.wake_cut import find_cut, without_wake_word
from irene.testing import noise, tone


def track_of(*parts):
    """Return a 16 kHz track of these samples."""
    track = Track(16000, 10.0, None)
    track.append(np.concatenate(parts))
    return track


def test_the_cut_lies_in_the_gap_between_two_words():
    """80 ms of quiet between two words are found to within 30 ms."""
    track = track_of(tone(1.0), noise(0.08, -60), tone(1.0))
    assert abs(find_cut(track, 0.7, 1.5) - 1.04) < 0.03


def test_before_a_long_pause_the_cut_lies_at_its_beginning():
    """Whoever pauses after the wake word loses none of the pause to the wake word."""
    track = track_of(tone(1.0), noise(1.0, -60))
    assert 1.0 <= find_cut(track, 0.7, 1.8) < 1.1


def test_the_cut_stays_between_its_limits():
    """With nothing but speech the cut still lies where the phrase may have ended."""
    track = track_of(tone(3.0))
    assert 0.7 <= find_cut(track, 0.7, 1.5) <= 1.5


@pytest.mark.parametrize(
    ("heard", "left"),
    [
        ("hey jarvis what time is it", "what time is it"),
        ("jarvis what time is it", "what time is it"),
        ("Hey, Jarvis! What time is it?", "What time is it?"),
        ("what time is it", "what time is it"),
        ("hey jarvis", ""),
        ("what did jarvis say", "what did jarvis say"),
        ("", ""),
    ],
)
def test_what_is_left_of_the_wake_word_is_stripped(heard, left):
    """The end of the wake phrase goes, at the start of the text only."""
    assert without_wake_word(heard, "hey_jarvis", [], 0.0) == [left]


def test_words_from_before_the_end_of_the_phrase_may_be_part_of_it():
    """A misheard rest of the wake word is dropped in one of the readings."""
    ends_s = [1.1, 1.3, 1.5, 1.7, 1.9]
    assert without_wake_word("that's what time is it", "alexa", ends_s, 1.2) == [
        "that's what time is it",
        "what time is it",
    ]


def test_what_lies_before_the_end_of_the_phrase_may_be_nothing_at_all():
    """A single word that ends with the wake word may be all that is left of it."""
    assert without_wake_word("so", "alexa", [1.1], 1.2) == ["so", ""]


@given(st.text(), st.text(min_size=1))
def test_stripping_only_ever_takes_words_from_the_front(text, wake_word):
    """Whatever is recognised, the rest of it stays as it is."""
    for reading in without_wake_word(text, wake_word, [0.0] * len(text.split()), 1.0):
        assert " ".join(text.split()).endswith(" ".join(reading.split()))
