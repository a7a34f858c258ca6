"""The handlers of time and date: what they understand, and how they say it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import HandlerContext, Intent, SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer
from irene_plugins.intents.clock import (
    DateHandler,
    TimeHandler,
    TimeOptions,
    date_sentence,
    time_sentence,
)

ASKS_FOR_TIME = """
what time is it
what time is it now
what time is it please
what time is it right now
What time is it?
what's the time
What’s the time?
whats the time
what is the time
what is the time please
what's the current time
please tell me the time
tell me the time
tell me what time it is
can you tell me the time please
could you please tell me what time it is
give me the time
do you know what time it is
do you have the time
what time do you have
what time have you got
how late is it
the time please
time
"""

ASKS_FOR_DATE = """
what's the date
what's the date today
What is the date?
what is today's date
what's todays date
what day is it
what day is it today
what day is today
which day is it
what weekday is it
what day of the week is it
what date is it today
what's today
what's the day today
what's the day to day
what is the date to day
what's the date to day
what month is it
what year is it
tell me the date
tell me today's date please
could you tell me what day it is
today's date
the date please
"""

ASKS_FOR_NEITHER = """
turn on the lights
what time does the train leave
set a timer for five minutes
what date is christmas
timer
it is time
tell me
what is it
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.fixture(scope="module")
def matcher():
    handlers = (TimeHandler(), DateHandler())
    sources = [SentenceSource(h.name, "en", h.sentences("en")) for h in handlers]
    return HassilRecognizer().open_matcher(sources)


def answer(handler: TimeHandler | DateHandler, now: datetime) -> str:
    (name,) = handler.intents
    return handler.handle(Intent(name, "asked"), HandlerContext(now)).text


@pytest.mark.parametrize("text", lines(ASKS_FOR_TIME))
def test_people_ask_for_the_time(matcher, text):
    """Many ways of asking, one intent."""
    assert matcher.match(text, "en-US").name == "HassGetCurrentTime"


@pytest.mark.parametrize("text", lines(ASKS_FOR_DATE))
def test_people_ask_for_the_date(matcher, text):
    """Many ways of asking, one intent."""
    assert matcher.match(text, "en-US").name == "HassGetCurrentDate"


@pytest.mark.parametrize("text", lines(ASKS_FOR_NEITHER))
def test_other_questions_are_not_taken(matcher, text):
    """Sentences that only sound alike belong to somebody else."""
    assert matcher.match(text, "en") is None


TIMES = [
    ((0, 0), "It is midnight.", "It is midnight."),
    ((0, 1), "It is 1 minute past midnight.", "It is 1 minute past midnight."),
    ((0, 30), "It is 12:30 AM.", "It is 0:30."),
    ((4, 0), "It is 4 AM.", "It is 4 o'clock."),
    ((11, 59), "It is 11:59 AM.", "It is 11:59."),
    ((12, 0), "It is noon.", "It is noon."),
    ((12, 10), "It is 12:10 PM.", "It is 12:10."),
    ((16, 0), "It is 4 PM.", "It is 16 o'clock."),
    ((16, 5), "It is 5 minutes past 4 PM.", "It is 5 minutes past 16."),
    ((16, 15), "It is 4:15 PM.", "It is 16:15."),
    ((23, 59), "It is 11:59 PM.", "It is 23:59."),
]


@pytest.mark.parametrize(("now", "twelve", "twenty_four"), TIMES)
def test_the_time_is_told_in_either_format(now, twelve, twenty_four):
    """`hour_format` chooses between 12 and 24 hours; 12 is the default."""
    moment = datetime(2026, 3, 1, *now)
    assert answer(TimeHandler(), moment) == twelve
    assert answer(TimeHandler(TimeOptions(hour_format=24)), moment) == twenty_four


@given(now=st.times(), hour_format=st.sampled_from([12, 24]))
def test_no_time_has_a_minute_that_voices_read_as_zero(now: time, hour_format):
    """`:00` to `:09` would be read as "zero zero" and "zero nine"."""
    assert ":0" not in time_sentence(now, hour_format)


def test_every_minute_of_a_day_sounds_different():
    """No two minutes share a sentence, in either format."""
    minutes = [time(minute // 60, minute % 60) for minute in range(24 * 60)]
    for hour_format in (12, 24):
        assert len({time_sentence(now, hour_format) for now in minutes}) == len(minutes)


def test_the_time_is_that_of_the_context():
    """The local time of the context counts, not the machine's clock or zone."""
    tokyo = timezone(timedelta(hours=9))
    assert answer(TimeHandler(), datetime(2026, 3, 1, 20, 20, tzinfo=tokyo)) == "It is 8:20 PM."


DATES = [
    (date(2024, 5, 14), "Today is Tuesday, May 14th, 2024."),
    (date(2026, 1, 1), "Today is Thursday, January 1st, 2026."),
    (date(2024, 2, 29), "Today is Thursday, February 29th, 2024."),
    (date(2025, 8, 2), "Today is Saturday, August 2nd, 2025."),
    (date(2025, 12, 31), "Today is Wednesday, December 31st, 2025."),
]


@pytest.mark.parametrize(("today", "sentence"), DATES)
def test_the_date_is_told_with_its_weekday(today, sentence):
    """Weekday, month, day and year, whatever the machine's locale."""
    assert answer(DateHandler(), datetime(today.year, today.month, today.day, 12)) == sentence


@given(day=st.integers(1, 31))
def test_days_are_ordinals(day):
    """1st, 2nd, 3rd, 4th ... 11th, 12th, 13th ... 21st: the rule of English."""
    ending = "th" if day // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    assert f" {day}{ending}, " in date_sentence(date(2026, 1, day))


@pytest.mark.parametrize("handler", [TimeHandler(), DateHandler()], ids=lambda h: h.name)
def test_a_handler_understands_its_own_examples(matcher, handler):
    """What help offers really works."""
    examples = handler.examples("en")
    assert examples
    assert {matcher.match(text, "en").name for text in examples} == set(handler.intents)


@pytest.mark.parametrize("handler", [TimeHandler(), DateHandler()], ids=lambda h: h.name)
def test_a_handler_speaks_english_only(handler):
    """Regions of English are served; another language has neither sentences nor examples."""
    assert handler.check().ready
    assert handler.sentences("en_GB") == handler.sentences("en")
    assert handler.sentences("de") is None
    assert not handler.examples("de")
