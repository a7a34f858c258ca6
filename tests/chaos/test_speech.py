"""Commands of numbers: every missing sample is noticed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.testing.chaos.engines import Heard
from irene.testing.chaos.speech import (
    COMMAND_S,
    heard_number,
    heard_text,
    spoken_number,
    spoken_text,
    wake_word,
)
from irene.testing.scripted import SPEECH_LEVEL, WAKE_LEVEL

NUMBERS = st.integers(0, 8**6 - 1)
QUIET = np.zeros(3000, np.int16)


@given(NUMBERS, st.sampled_from([8000, 16000, 24000, 48000]))
def test_a_number_is_heard_as_it_was_spoken(number, rate):
    """With silence around it."""
    audio = np.concatenate([QUIET, spoken_number(number, rate), QUIET])
    assert heard_number(audio, rate) == number


@given(NUMBERS, st.integers(0, 11), st.integers(100, 2000))
def test_a_piece_that_is_missing_or_doubled_is_noticed(number, twelfth, length):
    """Wherever it is: what is heard is no number, never another one."""
    audio = spoken_number(number, 16000)
    at = min(twelfth * 960, audio.size - length)
    missing = np.delete(audio, slice(at, at + length))
    doubled = np.insert(audio, at, audio[at : at + length])
    assert heard_number(missing, 16000) is None
    assert heard_number(doubled, 16000) is None


def test_silence_is_no_number():
    """Nothing is heard in it."""
    assert heard_number(QUIET, 16000) is None
    assert heard_number(QUIET[:0], 16000) is None


@given(NUMBERS)
def test_a_command_is_speech_and_no_wake_word(number):
    """All of it."""
    audio = spoken_number(number, 16000)
    assert audio.min() > SPEECH_LEVEL
    assert audio.max() < WAKE_LEVEL < wake_word(16000).min()
    assert audio.shape[0] == round(COMMAND_S * 16000)


@given(st.text("abcdefghijklmnopqrstuvwxyz 0123456789", min_size=1, max_size=20))
def test_a_text_is_heard_as_it_was_spoken(text):
    """Its last characters, whatever was before."""
    audio = np.concatenate([QUIET[:123], *(spoken_text(one, 16000) for one in text)])
    assert heard_text(audio, 16000, len(text)) == text
    assert heard_text(QUIET, 16000, 2) == "??"


def test_an_answer_must_be_the_last_that_is_heard_and_whole():
    """Whatever a voice that broke off said before."""
    heard = Heard()
    assert not heard.ends_with("done")
    for character in "dodone":
        heard.add(spoken_text(character, 16000), 16000)
    assert heard.ends_with("done")
    heard.add(spoken_text("x", 16000), 16000)
    assert not heard.ends_with("done")
    heard.clear()
    heard.add(spoken_text("a", 24000), 24000)
    assert heard.ends_with("a")


@pytest.mark.parametrize("rates", [(16000, 24000), (24000, 16000)])
def test_an_answer_may_begin_at_another_rate(rates):
    """When the voice that took over has one of its own, it says all of it."""
    heard = Heard()
    for rate in rates:
        for character in "done":
            heard.add(spoken_text(character, rate), rate)
    assert heard.ends_with("done")
