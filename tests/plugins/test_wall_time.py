"""Days and times of day: which local moment is meant, also when clocks change."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene_plugins.intents.agenda.appointments import Appointment
from irene_plugins.intents.agenda.wall_time import (
    Habits,
    Unclear,
    When,
    instant,
    next_day,
    read_days,
    read_minutes,
    read_when,
)

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 3, 27, 18, 0, tzinfo=BERLIN)
"""six in the evening, two days before clocks go forward"""
AWAKE = Habits(wakes_at=7 * 60, guesses=True)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


MEANT = [
    ({"hour": 7}, "2026-03-27T19:00"),
    ({"hour": 6}, "2026-03-28T06:00"),
    ({"hour": 5}, "2026-03-28T05:00"),
    ({"hour": 12}, "2026-03-28T00:00"),
    ({"hour": 0}, "2026-03-28T00:00"),
    ({"hour": 24}, "2026-03-28T00:00"),
    ({"hour": 19}, "2026-03-27T19:00"),
    ({"hour": 17}, "2026-03-28T17:00"),
    ({"hour": 7, "part": "am"}, "2026-03-28T07:00"),
    ({"hour": 7, "part": "pm"}, "2026-03-27T19:00"),
    ({"hour": 9, "part": "night"}, "2026-03-27T21:00"),
    ({"hour": 1, "part": "night"}, "2026-03-28T01:00"),
    ({"hour": 12, "part": "night"}, "2026-03-28T00:00"),
    ({"hour": 12, "part": "noon"}, "2026-03-28T12:00"),
    ({"hour": 1, "part": "noon"}, "2026-03-28T13:00"),
    ({"hour": 19, "part": "am"}, "2026-03-27T19:00"),
    ({"hour": 6, "minute": 30}, "2026-03-27T18:30"),
    ({"hour": 7, "to": 30}, "2026-03-27T18:30"),
    ({"hour": 1, "to": 15}, "2026-03-28T00:45"),
    ({"hour": 8, "to": 35}, "2026-03-27T19:25"),
    ({"time": "07:05"}, "2026-03-28T07:05"),
    ({"time": "7:05"}, "2026-03-28T07:05"),
    ({"hour": 9, "day": 1}, "2026-03-28T09:00"),
    ({"hour": 3, "day": 1}, "2026-03-28T03:00"),
    ({"hour": 7, "day": 0}, "2026-03-27T19:00"),
    ({"hour": 1, "day": 0, "part": "night"}, "2026-03-28T01:00"),
    ({"hour": 7, "weekday": 0}, "2026-03-30T07:00"),
    ({"hour": 7, "weekday": 4}, "2026-03-27T19:00"),
    ({"hour": 5, "weekday": 4}, "2026-04-03T05:00"),
    ({"hour": 7, "month_day": 1}, "2026-04-01T07:00"),
    ({"hour": 7, "month_day": 1, "month": 12}, "2026-12-01T07:00"),
    ({"hour": 7, "date": "2026-04-05"}, "2026-04-05T07:00"),
    ({"minutes": 10}, "2026-03-27T18:10"),
    ({"hours": 1, "minutes": 30, "hour": 5}, "2026-03-27T19:30"),
]


@pytest.mark.parametrize(("slots", "expected"), MEANT)
def test_the_moment_that_is_meant(slots, expected):
    """A time without a half of the day is the next one; asked on a Friday at six in the evening."""
    when = read_when(slots, FRIDAY, Habits())
    assert isinstance(when, When)
    assert when.local == local(expected)


GUESSED = [
    ({"hour": 3, "day": 1}, "2026-03-28T15:00"),
    ({"hour": 7, "day": 1}, "2026-03-28T07:00"),
    ({"hour": 12, "day": 1}, "2026-03-28T12:00"),
    ({"hour": 3, "day": 1, "part": "am"}, "2026-03-28T03:00"),
    ({"day": 1, "part": "am"}, "2026-03-28T08:00"),
    ({"part": "night"}, "2026-03-27T21:00"),
    ({"day": 1, "part": "evening"}, "2026-03-28T19:00"),
    ({"every": "daily", "hour": 4}, "2026-03-28T16:00"),
]


@pytest.mark.parametrize(("slots", "expected"), GUESSED)
def test_reminders_are_for_people_who_are_awake(slots, expected):
    """ "Tomorrow at three" is in the afternoon, and "tomorrow morning" is a time."""
    when = read_when(slots, FRIDAY, AWAKE)
    assert isinstance(when, When)
    assert when.local == local(expected)


UNCLEAR = [
    ({}, Unclear.MISSING),
    ({"day": 1}, Unclear.MISSING),
    ({"part": "am"}, Unclear.MISSING),
    ({"hour": 25}, Unclear.IMPOSSIBLE),
    ({"hour": 7, "minute": 60}, Unclear.IMPOSSIBLE),
    ({"hour": -1}, Unclear.IMPOSSIBLE),
    ({"hour": "seven"}, Unclear.IMPOSSIBLE),
    ({"hour": 7.5}, Unclear.IMPOSSIBLE),
    ({"hour": "inf"}, Unclear.IMPOSSIBLE),
    ({"time": "25:00"}, Unclear.IMPOSSIBLE),
    ({"time": ""}, Unclear.IMPOSSIBLE),
    ({"hour": 7, "date": "2026-02-30"}, Unclear.NO_DAY),
    ({"hour": 7, "date": "soon"}, Unclear.NO_DAY),
    ({"hour": 7, "day": 10**12}, Unclear.NO_DAY),
    ({"hour": 7, "day": "inf"}, Unclear.NO_DAY),
    ({"hour": 7, "weekday": 9}, Unclear.NO_DAY),
    ({"hour": 7, "month": 2, "month_day": 31}, Unclear.NO_DAY),
    ({"month": 2, "month_day": 30}, Unclear.NO_DAY),
    ({"date": "2026-02-30"}, Unclear.NO_DAY),
    ({"month": 2, "month_day": 29}, Unclear.MISSING),
    ({"hour": 5, "day": 0}, Unclear.PAST),
    ({"hour": 7, "day": -1}, Unclear.PAST),
    ({"hour": 7, "date": "1999-01-01"}, Unclear.PAST),
    ({"minutes": 0}, Unclear.PAST),
    ({"minutes": -5}, Unclear.PAST),
    ({"hour": 7, "date": "2036-01-01"}, Unclear.FAR),
    ({"hours": 1e6}, Unclear.FAR),
    ({"hours": "1e400"}, Unclear.FAR),
]


@pytest.mark.parametrize(("slots", "expected"), UNCLEAR)
def test_what_is_no_moment_is_told_apart(slots, expected):
    """Missing, past, impossible, no such day and too far away have answers of their own."""
    assert read_when(slots, FRIDAY, Habits()) is expected


@pytest.mark.parametrize(
    ("value", "days"),
    [("daily", (0, 1, 2, 3, 4, 5, 6)), ("weekdays", (0, 1, 2, 3, 4)), (3, (3,)), ("3", (3,))],
)
def test_days_on_which_something_comes_again(value, days):
    """A name or the number of a weekday."""
    assert read_days(value) == days


@pytest.mark.parametrize("value", [None, "sometimes", 7, -1, 2.5, "nan"])
def test_what_is_no_day_comes_once(value):
    """Nonsense is as if it was not said."""
    assert read_days(value) is None


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC"]
ANY_TIME = st.builds(
    lambda day, second: datetime(2026, 1, 1) + timedelta(days=day, seconds=second),
    st.integers(0, 700),
    st.integers(0, 86399),
)


@given(
    now=ANY_TIME,
    zone=st.sampled_from(ZONES),
    slots=st.fixed_dictionaries(
        {"hour": st.integers(0, 24), "minute": st.integers(0, 59)},
        optional={"part": st.sampled_from(["am", "pm", "noon", "evening", "night"])},
    ),
)
def test_the_next_time_is_ahead_and_no_further_than_a_day(now, zone, slots):
    """Whatever the hour: the first one that is yet to come, of those that may be meant."""
    now = now.replace(tzinfo=ZoneInfo(zone))
    when = read_when(slots, now, Habits())
    assert isinstance(when, When)
    ahead_s = instant(when.local, now.tzinfo) - now.timestamp()
    assert 0 < ahead_s <= 26 * 3600
    minutes = read_minutes(slots)
    assert when.local.hour * 60 + when.local.minute in minutes
    earlier = [instant(when.local - timedelta(minutes=m), now.tzinfo) for m in (720, 1440)]
    if len(minutes) == 2:
        assert earlier[0] <= now.timestamp() + 3600  # an hour that clocks may go forward


@given(
    start=ANY_TIME,
    zone=st.sampled_from(ZONES),
    minute=st.integers(0, 1439),
    days=st.sets(st.integers(0, 6), min_size=1),
)
def test_an_alarm_keeps_its_hour_when_clocks_change(start, zone, minute, days):
    """Over three weeks it is due on each of its days exactly once, at its local time.

    Only a time that the change leaves out is due later, by as much as clocks go forward.
    """
    tz = ZoneInfo(zone)
    now = start.replace(tzinfo=tz)
    first = next_day(minute, days, now)
    alarm = Appointment(1, "", first.isoformat(), days=tuple(days))
    seen = []
    while len(seen) < 3 * len(days):
        moment = alarm.moment(tz)
        assert moment.timestamp() > now.timestamp()
        seen.append(moment.date())
        wanted = datetime.combine(moment.date(), datetime.min.time()) + timedelta(minutes=minute)
        shown = moment.replace(tzinfo=None, fold=0)
        exists = wanted.replace(tzinfo=tz).astimezone(ZoneInfo("UTC")).astimezone(tz)
        assert shown == exists.replace(tzinfo=None, fold=0)
        assert shown == wanted or exists.replace(tzinfo=None) > wanted
        now = moment
        alarm = alarm.following(now)
    assert all(day.weekday() in days for day in seen)
    assert len(set(seen)) == len(seen)
    between = [seen[0] + timedelta(days=n) for n in range((seen[-1] - seen[0]).days + 1)]
    assert seen == [day for day in between if day.weekday() in days]


def test_a_time_that_is_left_out_comes_an_hour_later():
    """At two clocks go to three: half past two is half past three."""
    alarm = Appointment(1, "", "2026-03-29T02:30:00")
    assert alarm.moment(BERLIN).isoformat() == "2026-03-29T03:30:00+02:00"


def test_a_time_that_comes_twice_is_due_once():
    """At three clocks go back to two: the first half past two counts, the second does not."""
    alarm = Appointment(1, "", "2026-10-25T02:30:00", days=(0, 1, 2, 3, 4, 5, 6))
    moment = alarm.moment(BERLIN)
    assert moment.isoformat() == "2026-10-25T02:30:00+02:00"
    assert alarm.following(moment).moment(BERLIN).date() == date(2026, 10, 26)
    between = datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=BERLIN)
    assert next_day(150, range(7), between) == datetime(2026, 10, 26, 2, 30)


def test_an_alarm_that_rings_a_moment_early_does_not_ring_again_at_its_time():
    """Clocks round: half a millisecond before its time it is due, and done with for that day."""
    alarm = Appointment(1, "", "2026-04-01T07:00:00", days=(0, 1, 2, 3, 4, 5, 6))
    early = alarm.moment(BERLIN) - timedelta(microseconds=500)
    assert alarm.following(early).local == "2026-04-02T07:00:00"


def test_a_duration_is_as_long_as_it_says_when_clocks_change():
    """In two hours is in two hours, whatever clocks show then."""
    now = datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN)
    when = read_when({"hours": 2}, now, Habits())
    assert isinstance(when, When)
    assert when.at == now.timestamp() + 7200
    assert when.local == local("2026-03-29T04:30")


ANYTHING = st.one_of(
    st.integers(-5, 70),
    st.integers(),
    st.floats(),
    st.text("0123456789:-.apm", max_size=10),
    st.sampled_from(["daily", "weekdays", "am", "night", "noon", "12:30", "2026-04-01"]),
)
SLOTS = [
    "hours",
    "minutes",
    "seconds",
    "hour",
    "minute",
    "to",
    "part",
    "time",
    "date",
    "day",
    "weekday",
    "month",
    "month_day",
    "every",
]


@given(slots=st.dictionaries(st.sampled_from(SLOTS), ANYTHING), now=ANY_TIME)
def test_whatever_the_slots_hold_nothing_is_raised(slots, now):
    """A language model may put anything there; a moment that comes out is ahead."""
    now = now.replace(tzinfo=BERLIN)
    when = read_when(slots, now, AWAKE)
    if isinstance(when, When):
        made = Appointment.made(1, "x", when)
        assert made.due_at(BERLIN) > now.timestamp()
