"""Durations in words, and durations from slots."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene_plugins.intents.spoken.durations import (
    ago_words,
    duration_words,
    read_duration,
    read_number,
    roughly,
)

WORDS = [
    (0, "0 seconds", "0 Sekunden"),
    (1, "1 second", "eine Sekunde"),
    (2, "2 seconds", "2 Sekunden"),
    (59.6, "1 minute", "eine Minute"),
    (60, "1 minute", "eine Minute"),
    (90, "1 minute and 30 seconds", "eine Minute und 30 Sekunden"),
    (3600, "1 hour", "eine Stunde"),
    (3661, "1 hour, 1 minute and 1 second", "eine Stunde, eine Minute und eine Sekunde"),
    (5400, "1 hour and 30 minutes", "eine Stunde und 30 Minuten"),
    (7205, "2 hours and 5 seconds", "2 Stunden und 5 Sekunden"),
    (86400, "1 day", "ein Tag"),
    (2 * 86400 + 3600, "2 days and 1 hour", "2 Tage und eine Stunde"),
    (-90, "1 minute and 30 seconds", "eine Minute und 30 Sekunden"),
]


@pytest.mark.parametrize(("seconds", "english", "german"), WORDS)
def test_durations_are_said_in_words(seconds, english, german):
    """Each unit in its singular or plural, the last one joined by "and"."""
    assert duration_words(seconds, "en") == english
    assert duration_words(seconds, "de-DE") == german


@pytest.mark.parametrize(
    ("seconds", "german"),
    [
        (60, "einer Minute"),
        (3660, "einer Stunde und einer Minute"),
        (86400, "einem Tag"),
        (2 * 86400, "2 Tagen"),
        (600, "10 Minuten"),
    ],
)
def test_german_has_a_dative(seconds, german):
    """It follows "in" and "vor"."""
    assert duration_words(seconds, "de", dative=True) == german


def test_another_language_is_told_in_english():
    """As answers are, when a handler does not speak the language."""
    assert duration_words(60, "fr") == "1 minute"


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (5, "5 seconds ago", "vor 5 Sekunden"),
        (61, "1 minute ago", "vor einer Minute"),
        (340, "6 minutes ago", "vor 6 Minuten"),
        (7300, "2 hours and 2 minutes ago", "vor 2 Stunden und 2 Minuten"),
    ],
)
def test_what_is_past_is_told_in_minutes(seconds, english, german):
    """Only within the first minute are seconds of interest."""
    assert ago_words(seconds, "en") == english
    assert ago_words(seconds, "de") == german


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, 1), (272.4, 272), (599, 599), (629, 600), (5431, 5460)]
)
def test_long_durations_lose_their_seconds(seconds, told):
    """Ten minutes and more are told in minutes."""
    assert roughly(seconds) == told


@given(seconds=st.integers(0, 400_000), language=st.sampled_from(["en", "de"]))
def test_no_two_durations_sound_alike(seconds, language):
    """Every second counts."""
    assert duration_words(seconds, language) != duration_words(seconds + 1, language)


@given(hours=st.integers(0, 24), minutes=st.integers(0, 120), seconds=st.integers(0, 120))
def test_slots_add_up(hours, minutes, seconds):
    """Hours, minutes and seconds in any mixture."""
    slots = {"start_hours": hours, "start_minutes": minutes, "start_seconds": seconds}
    assert read_duration(slots, "start_") == hours * 3600 + minutes * 60 + seconds


ANYTHING = st.one_of(
    st.none(),
    st.text("0123456789.-+e inf", max_size=6),
    st.integers(),
    st.floats(),
    st.lists(st.integers(), max_size=2),
)


@given(slots=st.dictionaries(st.sampled_from(["hours", "minutes", "seconds"]), ANYTHING))
def test_whatever_the_slots_hold_is_a_number_or_nothing(slots):
    """Never NaN, never an exception."""
    total = read_duration(slots)
    assert total is None or not math.isnan(total)


def test_halves_and_texts_are_numbers_too():
    """Recognisers give 2.5, language models "2.5"."""
    assert read_duration({"minutes": 2.5}) == 150
    assert read_duration({"minutes": "2.5"}) == 150
    assert read_number("two") is None
    assert read_number(True) == 1
