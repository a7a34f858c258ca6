"""The handlers of time and date: what they answer, and how it is said."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import HandlerContext, Intent

pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intents.clock import DateHandler, TimeHandler, TimeOptions
from irene_plugins.intents.feasts import easter, names, next_feast
from irene_plugins.intents.spoken.clock import (
    date_words,
    german_ordinal,
    time_words,
    usual_hours,
    weekday_words,
)

TUESDAY = datetime(2024, 5, 14, 12, 30, tzinfo=timezone.utc)


def answer(handler, intent="", now=TUESDAY, language="en", **slots):
    name = intent or handler.intents[0]
    context = HandlerContext(now, language)
    return handler.handle(Intent(name, "asked", language, slots), context).text


TIMES = [
    ((0, 0), "It is midnight.", "It is midnight.", "Es ist Mitternacht."),
    ((0, 1), "It is 1 minute past midnight.", "It is 1 minute past midnight.", "Es ist 0 Uhr 1."),
    ((0, 30), "It is 12:30 AM.", "It is 0:30.", "Es ist 0 Uhr 30."),
    ((1, 0), "It is 1 AM.", "It is 1 o'clock.", "Es ist ein Uhr."),
    ((1, 20), "It is 1:20 AM.", "It is 1:20.", "Es ist ein Uhr 20."),
    ((4, 0), "It is 4 AM.", "It is 4 o'clock.", "Es ist 4 Uhr."),
    ((11, 59), "It is 11:59 AM.", "It is 11:59.", "Es ist 11 Uhr 59."),
    ((12, 0), "It is noon.", "It is noon.", "Es ist 12 Uhr."),
    ((12, 10), "It is 12:10 PM.", "It is 12:10.", "Es ist 12 Uhr 10."),
    ((16, 0), "It is 4 PM.", "It is 16 o'clock.", "Es ist 16 Uhr."),
    ((16, 5), "It is 5 minutes past 4 PM.", "It is 5 minutes past 16.", "Es ist 16 Uhr 5."),
    ((16, 15), "It is 4:15 PM.", "It is 16:15.", "Es ist 16 Uhr 15."),
    ((23, 59), "It is 11:59 PM.", "It is 23:59.", "Es ist 23 Uhr 59."),
]


@pytest.mark.parametrize(("now", "twelve", "twenty_four", "german"), TIMES)
def test_the_time_is_told_as_the_language_does(now, twelve, twenty_four, german):
    """English has 12 hours and German 24, unless `hour_format` says otherwise."""
    moment = datetime(2026, 3, 1, *now)
    assert answer(TimeHandler(), now=moment) == twelve
    assert answer(TimeHandler(TimeOptions(hour_format=24)), now=moment) == twenty_four
    assert answer(TimeHandler(), now=moment, language="de-AT") == german


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (3, "3 Uhr 20 nachts"),
        (7, "7 Uhr 20 morgens"),
        (10, "10 Uhr 20 vormittags"),
        (13, "ein Uhr 20 mittags"),
        (16, "4 Uhr 20 nachmittags"),
        (20, "8 Uhr 20 abends"),
        (23, "11 Uhr 20 nachts"),
    ],
)
def test_german_with_twelve_hours_names_the_part_of_the_day(hour, words):
    """4 in the night and 4 in the afternoon do not sound alike."""
    assert time_words(time(hour, 20), 12, "de") == words


@given(now=st.times(), hour_format=st.sampled_from([12, 24]))
def test_no_time_has_a_minute_that_voices_read_as_zero(now: time, hour_format):
    """`:00` to `:09` would be read as "zero zero" and "zero nine"; German has no colon at all."""
    assert ":0" not in time_words(now, hour_format, "en")
    assert ":" not in time_words(now, hour_format, "de")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("hour_format", [12, 24])
def test_every_minute_of_a_day_sounds_different(language, hour_format):
    """No two minutes share a sentence, in either format."""
    minutes = [time(minute // 60, minute % 60) for minute in range(24 * 60)]
    assert len({time_words(now, hour_format, language) for now in minutes}) == len(minutes)


def test_the_time_is_that_of_the_context():
    """The local time of the context counts, not the machine's clock or zone."""
    tokyo = timezone(timedelta(hours=9))
    moment = datetime(2026, 3, 1, 20, 20, tzinfo=tokyo)
    assert answer(TimeHandler(), now=moment) == "It is 8:20 PM."


def test_another_language_is_answered_in_english():
    """Somebody who speaks Klingon is told the time all the same, and told so."""
    said = TimeHandler().handle(Intent("HassGetCurrentTime", "?", "tlh"), HandlerContext(TUESDAY))
    assert (said.text, said.language) == ("It is 12:30 PM.", "en")


CITIES = [
    ("en", "London", "In London, it is 1:30 PM."),
    ("en", "new york", "In new york, it is 8:30 AM."),
    ("en", "Auckland", "In Auckland, it is 12:30 AM on Wednesday."),
    ("en", "Kathmandu", "In Kathmandu, it is 6:15 PM."),
    ("de", "Tokio", "In Tokio ist es 21 Uhr 30."),
    ("de", "Auckland", "In Auckland ist es Mittwoch, 0 Uhr 30."),
]


@pytest.mark.parametrize(("language", "city", "sentence"), CITIES)
def test_the_time_in_a_city(language, city, sentence):
    """With its summer time, and with the day where it is another one."""
    assert answer(TimeHandler(), language=language, city=city) == sentence


def test_a_city_that_is_not_known_is_said_to_be_unknown():
    """No guess."""
    assert answer(TimeHandler(), city="Narnia") == "I do not know what time it is in Narnia."


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_city_has_a_zone_that_exists(language):
    """A hundred cities, each with a name of the time zone database."""
    cities = TimeHandler().words("cities", language)
    assert len(cities) > 100
    assert set(cities.values()) <= available_timezones()


def test_without_time_zones_the_answer_says_so(monkeypatch):
    """A system without the database is no reason to fail."""
    handler = TimeHandler()
    monkeypatch.setattr(TimeHandler, "_zone", lambda *_: "Nowhere/Atlantis")
    assert "not installed" in answer(handler, city="Atlantis")


DATES = [
    (date(2024, 5, 14), "Tuesday, May 14th, 2024", "Dienstag, der vierzehnte Mai 2024"),
    (date(2026, 1, 1), "Thursday, January 1st, 2026", "Donnerstag, der erste Januar 2026"),
    (date(2024, 2, 29), "Thursday, February 29th, 2024", None),
    (date(2025, 8, 2), "Saturday, August 2nd, 2025", "Samstag, der zweite August 2025"),
    (date(2031, 3, 3), "Monday, March 3rd, 2031", "Montag, der dritte März 2031"),
    (date(2025, 12, 31), "Wednesday, December 31st, 2025", None),
]


@pytest.mark.parametrize(("day", "english", "german"), DATES)
def test_the_date_is_told_with_its_weekday(day, english, german):
    """Weekday, month, day and year, whatever the machine's locale."""
    now = datetime(day.year, day.month, day.day, 12)
    assert answer(DateHandler(), now=now) == f"Today is {english}."
    if german:
        assert answer(DateHandler(), now=now, language="de") == f"Heute ist {german}."


@given(day=st.dates())
def test_german_ordinals_are_words(day):
    """eSpeak NG ends a sentence after `3.`, so no number has a point behind it."""
    assert not re.search(r"\d\.", date_words(day, "de"))
    assert weekday_words(day, "de") in date_words(day, "de")
    assert " dem " in date_words(day, "de", dative=True)


def test_german_ordinals_are_those_of_the_grammar():
    """-te up to nineteen, -ste from twenty, and four exceptions."""
    ordinals = [german_ordinal(number) for number in range(1, 100)]
    assert len(set(ordinals)) == 99
    assert [ordinals[n - 1] for n in (1, 2, 3, 7, 8, 16, 17, 20, 21, 37, 99)] == [
        *("erste", "zweite", "dritte", "siebte", "achte", "sechzehnte", "siebzehnte"),
        *("zwanzigste", "einundzwanzigste", "siebenunddreißigste", "neunundneunzigste"),
    ]


@given(day=st.integers(1, 31))
def test_english_days_are_ordinals(day):
    """1st, 2nd, 3rd, 4th ... 11th, 12th, 13th ... 21st: the rule of English."""
    ending = "th" if day // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    assert f" {day}{ending}, " in date_words(date(2026, 1, day), "en")


def test_clocks_have_the_hours_that_the_language_is_used_to():
    """24 in German, 12 in English and wherever irene knows nothing."""
    assert (usual_hours("de_CH"), usual_hours("en-GB"), usual_hours("tlh")) == (24, 12, 12)


OTHER_DAYS = [
    ({"days": 1}, "Tomorrow is Wednesday, May 15th, 2024."),
    ({"days": -1}, "Yesterday was Monday, May 13th, 2024."),
    ({"days": 3}, "That is Friday, May 17th, 2024."),
    ({"days_ago": 14}, "That is Tuesday, April 30th, 2024."),
    ({"weekday": 4}, "That is Friday, May 17th, 2024."),
    ({"weekday": 1}, "That is Tuesday, May 21st, 2024."),
    ({"weekday": 2}, "Tomorrow is Wednesday, May 15th, 2024."),
    ({"month": 12, "day_of_month": 24}, "That is Tuesday, December 24th, 2024."),
    ({"month": 5, "day_of_month": 13}, "That is Tuesday, May 13th, 2025."),
    ({"month": 2, "day_of_month": 29}, "That is Tuesday, February 29th, 2028."),
    ({"month": 2, "day_of_month": 30}, "I do not know that day."),
    ({"feast": "christmas"}, "That is Wednesday, December 25th, 2024."),
    ({"feast": "Mother's Day"}, "That is Sunday, May 11th, 2025."),
    ({"feast": "festivus"}, "I do not know that day."),
    ({"days": "many"}, "I do not know that day."),
    ({"days": 10**30}, "I do not know that day."),
]


@pytest.mark.parametrize(("slots", "sentence"), OTHER_DAYS)
def test_other_days_have_a_date_too(slots, sentence):
    """Days near today, weekdays to come, dates and feasts."""
    assert answer(DateHandler(), **slots) == sentence


@pytest.mark.parametrize(
    ("slots", "english", "german"),
    [
        ({"feast": "christmas"}, "225 days.", "225 Tage."),
        ({"days": 0}, "That is today.", "Das ist heute."),
        ({"days": 1}, "That is tomorrow.", "Das ist morgen."),
        ({"days_ago": 1}, "That was yesterday.", "Das war gestern."),
        ({"days_ago": 9}, "9 days ago.", "Vor 9 Tagen."),
    ],
)
def test_days_are_counted(slots, english, german):
    """From today, by the calendar and not by the hour."""
    assert answer(DateHandler(), "IreneCountDays", **slots) == english
    assert answer(DateHandler(), "IreneCountDays", language="de", **slots) == german


def test_weeks_have_numbers():
    """Those of ISO 8601."""
    assert answer(DateHandler(), "IreneGetWeek") == "It is week 20."
    assert answer(DateHandler(), "IreneGetWeek", language="de") == "Es ist Kalenderwoche 20."


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(1961, 4, 2), (2000, 4, 23), (2008, 3, 23), (2024, 3, 31), (2025, 4, 20), (2038, 4, 25)],
)
def test_easter_is_when_the_church_says(year, month, day):
    """Known dates, the earliest and the latest among them."""
    assert easter(year) == date(year, month, day)


@given(year=st.integers(1583, 9998))
def test_easter_is_a_sunday_in_spring(year):
    """From 22 March to 25 April."""
    assert easter(year).weekday() == 6
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


@given(today=st.dates(date(1900, 1, 1), date(9000, 1, 1)), name=st.sampled_from(sorted(names())))
def test_a_feast_is_never_past(today, name):
    """The next one is today or within a year and the days that feasts move."""
    day = next_feast(name, today)
    assert today <= day < today + timedelta(days=400)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_feast_of_the_sentences_is_known(language):
    """No template leads to a name without a day."""
    feasts = DateHandler().sentences(language)["lists"]["feast"]["values"]
    assert {value["out"] for value in feasts} <= names()


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("advent", date(2024, 12, 1)),
        ("thanksgiving", date(2024, 11, 28)),
        ("whit monday", date(2024, 5, 20)),
        ("fathers day", date(2024, 6, 16)),
        ("labor day", date(2024, 9, 2)),
        ("rose monday", date(2025, 3, 3)),
    ],
)
def test_feasts_that_move(name, day):
    """Days that hang on Easter, on Christmas or on a weekday of a month."""
    assert next_feast(name, TUESDAY.date()) == day


SLOTS = st.dictionaries(
    st.sampled_from(["city", "days", "days_ago", "weekday", "month", "day_of_month", "feast"]),
    st.one_of(st.text(max_size=20), st.integers(), st.floats()),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    slots=SLOTS,
    intent=st.sampled_from([*DateHandler.intents, *TimeHandler.intents]),
    language=st.sampled_from(["en", "de", "xx"]),
    now=st.datetimes(timezones=st.sampled_from([timezone.utc, ZoneInfo("Europe/Berlin")])),
)
def test_no_slot_makes_an_answer_fail(slots, intent, language, now):
    """Whatever a language model puts into the slots, in any year of the calendar."""
    handler = TimeHandler() if intent in TimeHandler.intents else DateHandler()
    assert answer(handler, intent, now, language, **slots)
