"""The handler of alarms: set, told, cancelled, put off, and rung at their local time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from intent_talk import Talk

from irene_plugins.intents.agenda.alarms import AlarmHandler, AlarmOptions
from irene_plugins.intents.agenda.reminders import ReminderHandler
from irene_plugins.intents.agenda.timers import TimerHandler

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 3, 27, 18, 0, tzinfo=BERLIN)
"""six in the evening, two days before clocks go forward"""
HOUR = 3600
DAY = 24 * HOUR
ALL = [TimerHandler, ReminderHandler, AlarmHandler]


@pytest.fixture
def talk(tmp_path):
    return Talk(tmp_path, [AlarmHandler], start=FRIDAY)


def test_an_alarm_rings_at_its_time(talk):
    """The answer tells which seven it is, so that a mistake is heard."""
    assert talk.say("wake me at seven") == "I will wake you today at 7 PM."
    assert talk.wait(HOUR - 1) == []
    assert talk.wait(1) == ["It is 7 PM. This is your alarm."]
    assert talk.rang == [True]
    assert talk.say("what alarms are set") == "No alarm is set."


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("wake me at seven am", "I will wake you tomorrow at 7 AM."),
        ("wake me at half past six tomorrow", "I will wake you tomorrow at 6:30 AM."),
        ("wake me on monday at seven", "I will wake you on Monday at 7 AM."),
        ("wake me every weekday at seven", "I will wake you every weekday at 7 AM."),
        ("wake me on weekends at nine", "I will wake you every weekend at 9 AM."),
        ("wake me every tuesday at six", "I will wake you every Tuesday at 6 AM."),
        ("wake me in twenty minutes", "I will wake you today at 6:20 PM."),
        ("wake me at midnight", "I will wake you tomorrow at midnight."),
        (
            "wake me on december first at nine",
            "I will wake you on Tuesday, December 1st, 2026 at 9 AM.",
        ),
    ],
)
def test_the_answer_tells_when(talk, sentence, answer):
    """Day and time as people say them."""
    assert talk.say(sentence) == answer


def test_a_missing_time_is_asked_for(talk):
    """First the day, then the time: each question keeps what was said before."""
    assert talk.say("set an alarm") == "For when?"
    assert talk.say("tomorrow") == "At what time?"
    assert talk.say("at half past six") == "I will wake you tomorrow at 6:30 AM."


def test_an_alarm_of_weekdays_rings_on_weekdays(talk):
    """Friday evening to next Saturday: five mornings, at seven although clocks change."""
    talk.say("wake me every weekday at seven in the morning")
    rang = []
    for _ in range(8 * 24):
        if talk.wait(HOUR):
            rang.append(talk.clock.now().strftime("%a %H:%M"))
    assert rang == ["Mon 07:00", "Tue 07:00", "Wed 07:00", "Thu 07:00", "Fri 07:00"]


def test_the_same_alarm_is_set_once(talk):
    """Who is not sure and says it again is not woken twice."""
    talk.say("wake me at seven am")
    assert talk.say("set an alarm for seven am") == "I will wake you tomorrow at 7 AM."
    assert talk.say("what alarms are set") == "Your alarm rings tomorrow at 7 AM."
    assert len(talk.wait(DAY)) == 1


def test_alarms_are_told_the_next_one_first(talk):
    """In the order in which they will ring."""
    talk.say("wake me on monday at seven")
    talk.say("wake me at nine am")
    assert talk.say("what alarms are set") == (
        "There are 2 alarms: tomorrow at 9 AM and on Monday at 7 AM."
    )
    assert talk.say("do i have an alarm tomorrow") == "Your alarm rings tomorrow at 9 AM."


@pytest.mark.parametrize(
    ("sentence", "cancelled"),
    [
        ("cancel the nine o'clock alarm", "tomorrow at 9 AM"),
        ("cancel the alarm at nine", "tomorrow at 9 AM"),
        ("cancel the alarm for tomorrow", "tomorrow at 9 AM"),
        ("cancel the first alarm", "tomorrow at 9 AM"),
        ("cancel the alarm on monday", "on Monday at 7 AM"),
        ("cancel the weekend alarm", "every weekend at 10 AM"),
        ("turn off the ten o'clock alarm", "every weekend at 10 AM"),
    ],
)
def test_an_alarm_is_meant_by_its_time_or_day(talk, sentence, cancelled):
    """Whatever tells it from the others will do."""
    talk.say("wake me on monday at seven")
    talk.say("wake me at nine am")
    talk.say("wake me on weekends at ten")
    if "tomorrow" in sentence:  # tomorrow is Saturday, so two may be meant
        talk.do("IreneCancelAlarm", {"every": "weekends"})
    assert talk.say(sentence) == f"I cancelled your alarm: {cancelled}."


def test_which_alarm_is_asked_for(talk):
    """The answer may be its time, or its place."""
    talk.say("wake me at seven am")
    talk.say("wake me at nine am")
    assert talk.say("cancel my alarm") == "Which one: tomorrow at 7 AM or tomorrow at 9 AM?"
    assert talk.say("the nine o'clock one") == "I cancelled your alarm: tomorrow at 9 AM."
    assert talk.say("cancel all alarms") == "I cancelled your alarm: tomorrow at 7 AM."
    assert talk.say("cancel my alarm") == "No alarm is set."


def test_an_alarm_that_is_not_there_is_said_to_be_missing(talk):
    """The answer names those that are there."""
    talk.say("wake me at seven am")
    assert talk.say("cancel the nine o'clock alarm") == (
        "I do not know which alarm you mean. There is: tomorrow at 7 AM."
    )


def test_snooze_puts_an_alarm_off(talk):
    """Ten minutes unless others are said; as often as one likes."""
    talk.say("wake me at seven pm")
    talk.wait(HOUR)
    talk.wait(30)
    assert talk.say("snooze") == "Again in 10 minutes."
    assert talk.services.hushed == 1
    assert talk.wait(599) == []
    assert talk.wait(1) == ["It is 7:10 PM. This is your alarm."]
    assert talk.say("five more minutes") == "Again in 5 minutes."
    assert talk.wait(300) == ["It is 7:15 PM. This is your alarm."]


def test_an_alarm_that_comes_again_is_put_off_for_today_only(talk):
    """Tomorrow it rings at its own time."""
    talk.say("wake me every day at seven pm")
    talk.wait(HOUR)
    talk.say("snooze")
    assert talk.say("what alarms are set") == (
        "There are 2 alarms: today at 7:10 PM and every day at 7 PM."
    )
    assert talk.wait(600) == ["It is 7:10 PM. This is your alarm."]
    assert talk.wait(DAY - 600) == ["It is 7 PM. This is your alarm."]


def test_snooze_is_possible_for_a_while_only(talk):
    """A quarter of an hour after it rang, "snooze" means nothing."""
    assert talk.say("snooze") == "Nothing has rung just now."
    talk.say("wake me at seven pm")
    talk.wait(HOUR + 15 * 60 + 1)
    assert talk.say("snooze") == "Nothing has rung just now."


@pytest.mark.parametrize("slots", [{"minutes": 0}, {"minutes": -5}, {"hours": 25}])
def test_a_snooze_that_makes_no_sense_has_a_clear_answer(talk, slots):
    """It is not put off at all then."""
    talk.say("wake me at seven pm")
    talk.wait(HOUR)
    assert talk.do("IreneSnooze", slots) == "I can put that off for a day at most."


def test_what_was_put_off_survives_a_restart(talk):
    """Who snoozes before a power cut is woken after it."""
    talk.say("wake me at seven pm")
    talk.wait(HOUR)
    talk.say("snooze")
    talk.off(60)
    assert talk.wait(540) == ["It is 7:10 PM. This is your alarm."]


def test_an_alarm_that_rings_is_turned_off(talk):
    """It is silenced; one that comes again stays set."""
    talk.say("wake me every day at seven pm")
    talk.wait(HOUR)
    assert talk.say("turn off the alarm") == "The alarm is off."
    assert talk.services.hushed == 1
    assert talk.say("snooze") == "Nothing has rung just now."
    assert talk.say("what alarms are set") == "Your alarm rings every day at 7 PM."


def test_an_alarm_that_was_put_off_is_turned_off(talk):
    """Who is up before it rings again says so."""
    talk.say("wake me every day at seven pm")
    talk.wait(HOUR)
    talk.say("snooze")
    talk.wait(301)
    assert talk.say("i'm awake") == "The alarm is off."
    assert talk.wait(HOUR) == []
    assert talk.say("what alarms are set") == "Your alarm rings every day at 7 PM."


def test_turning_off_an_alarm_that_does_not_ring_cancels_it(talk):
    """There is nothing else that it could mean."""
    talk.say("wake me at seven am")
    assert talk.say("turn off the alarm") == "I cancelled your alarm: tomorrow at 7 AM."
    talk.say("wake me at seven am")
    talk.say("wake me at nine am")
    assert talk.say("turn off the alarm").startswith("Which one")
    assert talk.say("the first one") == "I cancelled your alarm: tomorrow at 7 AM."


def test_five_more_minutes_are_for_whatever_rang_last(tmp_path):
    """A timer goes on, a reminder comes again, an alarm rings again."""
    talk = Talk(tmp_path, ALL, start=FRIDAY)
    talk.say("set a pizza timer for ten minutes")
    assert talk.wait(600) == ["Your pizza timer is done."]
    assert talk.say("five more minutes") == "Again in 5 minutes."
    assert talk.wait(300) == ["Your pizza timer is done."]
    talk.say("remind me to feed the cat in ten minutes")
    assert talk.wait(600) == ["Reminder: feed the cat."]
    assert talk.say("five more minutes") == "Again in 5 minutes."
    assert talk.wait(300) == ["Reminder: feed the cat."]
    talk.say("wake me at seven pm")
    talk.wait(1800)
    assert talk.say("five more minutes") == "Again in 5 minutes."
    assert talk.wait(300) == ["It is 5 minutes past 7 PM. This is your alarm."]


def test_a_missed_alarm_is_announced(talk):
    """Soon after its time it rings all the same; later it is only told."""
    talk.say("wake me at seven pm")
    assert talk.off(HOUR + 120) == ["I was off when your alarm for 7 PM was due, 2 minutes ago."]
    talk.say("wake me at nine pm")
    talk.off(5 * HOUR)
    assert talk.announced[-1] == (
        "I was off when your alarm for 9 PM was due, 3 hours and 2 minutes ago."
    )
    assert talk.rang == [True, False]


def test_an_alarm_that_comes_again_is_missed_once(talk):
    """After a week off, the last time that it was due is told; the next one rings."""
    talk.say("wake me every day at seven pm")
    assert talk.off(7 * DAY + HOUR) == ["I was off when your alarm for 7 PM was due, 1 hour ago."]
    assert talk.services.warned == []
    assert talk.say("what alarms are set") == "Your alarm rings every day at 7 PM."
    assert talk.wait(DAY) == ["It is 7 PM. This is your alarm."]


def test_an_alarm_rings_at_its_hour_after_clocks_have_changed_while_off(talk):
    """The hour on the wall counts."""
    talk.say("wake me on monday at seven")
    talk.off(DAY)
    talk.wait(DAY)
    now = datetime(2026, 3, 29, 19, 0, tzinfo=BERLIN)  # an hour is missing since Friday
    assert talk.clock.now() == now
    assert talk.wait(12 * HOUR - 1) == []
    assert talk.wait(1) == ["It is 7 AM. This is your alarm."]


@pytest.mark.parametrize(
    ("slots", "answer"),
    [
        ({"hour": 25}, "There is no such time."),
        ({"time": "noon"}, "There is no such time."),
        ({"hour": 5, "day": 0}, "That time is over already."),
        (
            {"time": "07:00", "date": "2030-01-01"},
            "I can set alarms within the next 366 days only.",
        ),
        ({"date": "2026-04-01"}, "At what time?"),
        ({"every": "daily"}, "At what time?"),
        ({"hour": None}, "There is no such time."),
    ],
)
def test_times_that_make_no_sense_have_a_clear_answer(talk, slots, answer):
    """Nothing is set then."""
    assert talk.do("IreneSetAlarm", slots) == answer
    assert talk.say("what alarms are set") == "No alarm is set."


def test_language_models_say_it_in_24_hours(talk):
    """`time` and `date` leave nothing to guess."""
    answer = talk.do("IreneSetAlarm", {"time": "06:45", "date": "2026-03-30"})
    assert answer == "I will wake you on Monday at 6:45 AM."
    assert talk.last.data == {"alarm": {"text": "", "at": "2026-03-30T06:45:00+02:00", "days": []}}


def test_options_limit_and_shape_alarms(tmp_path):
    """Their number, how far ahead, and how long a snooze is."""
    options = AlarmOptions(max_alarms=1, max_days=7, snooze_minutes=3)
    talk = Talk(tmp_path, [AlarmHandler], start=FRIDAY, options={"alarms": options})
    talk.say("wake me at seven pm")
    assert talk.say("wake me at nine pm") == "There are too many alarms already. Cancel one first."
    talk.wait(HOUR)
    assert talk.say("snooze") == "Again in 3 minutes."
    assert talk.do("IreneSetAlarm", {"time": "06:45", "date": "2026-06-30"}) == (
        "I can set alarms within the next 7 days only."
    )


def test_german(tmp_path):
    """The same in German, with its way to tell the time."""
    talk = Talk(tmp_path, [AlarmHandler], "de", FRIDAY)
    assert talk.say("weck mich um halb sieben") == "Der Wecker klingelt heute um 18 Uhr 30."
    assert talk.say("weck mich morgen früh um sechs") == "Der Wecker klingelt morgen um 6 Uhr."
    assert talk.say("weck mich jeden Werktag um sieben") == (
        "Der Wecker klingelt jeden Werktag um 7 Uhr."
    )
    assert talk.say("welche Wecker sind gestellt") == (
        "Es gibt 3 Wecker: heute um 18 Uhr 30, morgen um 6 Uhr und jeden Werktag um 7 Uhr."
    )
    assert talk.wait(1800) == ["Es ist 18 Uhr 30. Dein Wecker klingelt."]
    assert talk.say("noch fünf Minuten") == "Wieder in 5 Minuten."
    assert talk.wait(300) == ["Es ist 18 Uhr 35. Dein Wecker klingelt."]
    assert talk.say("Wecker aus") == "Der Wecker ist aus."
    assert talk.say("lösche den Wecker") == "Welchen: morgen um 6 Uhr oder jeden Werktag um 7 Uhr?"
    assert talk.say("den ersten") == "Ich habe den Wecker gelöscht: morgen um 6 Uhr."
    assert talk.off(2 * DAY + 13 * HOUR) == [
        "Ich war aus, als dein Wecker vor einer Stunde und 35 Minuten klingeln sollte."
    ]
