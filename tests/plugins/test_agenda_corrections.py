"""Who says something else at once means that instead: "no, make it eight"."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from intent_talk import Talk

from irene_plugins.intents.agenda.alarms import AlarmHandler, AlarmOptions
from irene_plugins.intents.agenda.reminders import ReminderHandler
from irene_plugins.intents.agenda.timers import TimerHandler, TimerOptions

FRIDAY = datetime(2026, 3, 27, 18, 0, tzinfo=ZoneInfo("Europe/Berlin"))
ALL = [TimerHandler, ReminderHandler, AlarmHandler]


@pytest.fixture
def talk(tmp_path):
    return Talk(tmp_path, ALL, start=FRIDAY)


@pytest.mark.parametrize(
    "correction",
    [
        "no, ten minutes",
        "actually make it ten minutes",
        "sorry, I meant ten minutes",
        "no wait, make that ten minutes please",
        "change it to ten minutes",
    ],
)
def test_a_timer_is_corrected(talk, correction):
    """There is one timer afterwards, not two."""
    talk.say("set a timer for five minutes")
    assert talk.say(correction) == "10 minutes instead, starting now."
    assert talk.say("how much time is left") == "Your timer for 10 minutes has 10 minutes left."


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("set a timer for five minutes", "10 minutes"),
        ("set a timer for ninety minutes", "10 minutes"),
        ("set a timer for two hours", "10 hours"),
        ("set a timer for thirty seconds", "10 seconds"),
    ],
)
@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("no, make it ten", "{} instead, starting now."),
        ("and another one for ten", "{}, starting now."),
    ],
)
def test_a_number_alone_has_the_unit_of_the_last_timer(talk, first, then, sentence, answer):
    """As people say it: "five minutes. No, ten"."""
    talk.say(first)
    assert talk.say(sentence) == answer.format(then)


def test_a_timer_keeps_its_name(talk):
    """Only the duration was wrong."""
    talk.say("set a pizza timer for five minutes")
    assert talk.say("no, make it ten minutes") == ("Pizza timer, 10 minutes instead, starting now.")
    assert talk.wait(5 * 60) == []
    assert talk.wait(5 * 60) == ["Your pizza timer is done."]


def test_the_last_of_several_timers_is_corrected(talk):
    """Of two that are alike, too."""
    talk.say("set a timer for five minutes")
    talk.say("set a timer for five minutes")
    talk.say("actually ten minutes")
    assert len(talk.wait(5 * 60)) == 1
    assert len(talk.wait(5 * 60)) == 1


def test_a_correction_needs_no_place_for_one_more(tmp_path):
    """It takes the place of what it corrects."""
    options = {"timers": TimerOptions(max_timers=1), "alarms": AlarmOptions(max_alarms=1)}
    talk = Talk(tmp_path, ALL, start=FRIDAY, options=options)
    talk.say("set a timer for five minutes")
    assert talk.say("no, ten minutes") == "10 minutes instead, starting now."
    talk.say("wake me at seven am")
    assert talk.say("no, at eight") == "I will wake you tomorrow at 8 AM instead."


@pytest.mark.parametrize(
    ("first", "correction", "then"),
    [
        ("wake me at seven", "no, at eight", "today at 8 PM"),
        ("wake me at seven", "no, seven in the morning", "tomorrow at 7 AM"),
        ("wake me tomorrow at seven", "actually make it eight", "tomorrow at 8 AM"),
        ("wake me tomorrow at eleven am", "make it twelve", "tomorrow at noon"),
        ("wake me on monday at seven", "i meant half past six", "on Monday at 6:30 AM"),
        ("wake me on monday at seven", "no, on tuesday", "on Tuesday at 7 AM"),
        ("wake me every weekday at seven", "no, eight", "every weekday at 8 AM"),
        ("wake me every monday at seven", "no, every tuesday", "every Tuesday at 7 AM"),
        ("wake me every monday at seven", "make it half past seven", "every Monday at 7:30 AM"),
        ("wake me at seven", "no, in ten minutes", "today at 6:10 PM"),
        ("wake me tomorrow at half past seven", "no, at eight", "tomorrow at 8 AM"),
        ("wake me in twenty minutes", "no, at eight", "today at 8 PM"),
    ],
)
def test_an_alarm_is_corrected(talk, first, correction, then):
    """What the correction leaves out stays: the day, or the time."""
    talk.say(first)
    assert talk.say(correction) == f"I will wake you {then} instead."
    assert talk.say("what alarms are set") == f"Your alarm rings {then}."


def test_a_time_that_is_none_corrects_nothing(talk):
    """The alarm stays as it was, and may be corrected once more."""
    talk.say("wake me tomorrow at seven")
    assert talk.say("no, at 25 o'clock") == "There is no such time."
    assert talk.say("no, at eight") == "I will wake you tomorrow at 8 AM instead."
    assert talk.say("what alarms are set") == "Your alarm rings tomorrow at 8 AM."


def test_a_correction_may_be_corrected(talk):
    """As often as it takes."""
    talk.say("wake me tomorrow at seven")
    talk.say("no, at eight")
    assert talk.say("no, at nine") == "I will wake you tomorrow at 9 AM instead."
    assert talk.say("what alarms are set") == "Your alarm rings tomorrow at 9 AM."


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        ("wake me tomorrow at half past seven", "I will wake you tomorrow at 9 AM."),
        ("wake me every monday at seven", "I will wake you every Monday at 9 AM."),
    ],
)
def test_another_alarm_is_set_beside_the_first(talk, first, answer):
    """On the same day; of the time nothing is left."""
    talk.say(first)
    assert talk.say("and another one at nine") == answer
    assert talk.say("what alarms are set").startswith("There are 2 alarms")


def test_of_a_corrected_duration_nothing_is_left(talk):
    """No, two hours: not two hours and thirty minutes."""
    talk.say("set a timer for one hour and thirty minutes")
    assert talk.say("no, two hours") == "2 hours instead, starting now."


def test_another_timer_has_no_name(talk):
    """It is not called as the first one."""
    talk.say("set a pizza timer for five minutes")
    assert talk.say("and another one for ten") == "10 minutes, starting now."


def test_a_reminder_keeps_what_it_is_about(talk):
    """Only the time was wrong."""
    talk.say("remind me tomorrow at nine to call my mum")
    assert talk.say("no, at ten") == ("I will remind you tomorrow at 10 AM instead: call your mum.")
    assert talk.say("what are my reminders") == (
        "You have one reminder: call your mum tomorrow at 10 AM."
    )


def test_what_was_cancelled_is_not_corrected(talk):
    """A new one is set, as it is told."""
    talk.say("wake me tomorrow at seven")
    talk.say("cancel the alarm")
    talk.say("wake me on monday at seven")
    assert talk.say("no, at eight") == "I will wake you on Monday at 8 AM instead."
    assert talk.say("what alarms are set") == "Your alarm rings on Monday at 8 AM."


@pytest.mark.parametrize(
    ("first", "correction", "answer"),
    [
        (
            "stelle einen Timer auf fünf Minuten",
            "nein, lieber zehn Minuten",
            "Stattdessen 10 Minuten ab jetzt.",
        ),
        (
            "wecke mich morgen um sieben",
            "ich meinte um acht",
            "Der Wecker klingelt stattdessen morgen um 8 Uhr.",
        ),
        (
            "erinnere mich morgen um neun daran, Mama anzurufen",
            "nein, doch lieber um zehn",
            "Ich erinnere dich stattdessen morgen um 10 Uhr: Mama anzurufen.",
        ),
    ],
)
def test_corrections_are_understood_in_german(tmp_path, first, correction, answer):
    """As in English."""
    talk = Talk(tmp_path, ALL, start=FRIDAY, language="de")
    talk.say(first)
    assert talk.say(correction) == answer


@pytest.mark.parametrize("sentence", ["what is my next alarm", "when is my next alarm"])
def test_the_next_of_several_alarms_is_told_alone(talk, sentence):
    """Who asks for the next one does not want to hear of all."""
    talk.say("wake me on monday at seven")
    assert talk.say(sentence) == "Your alarm rings on Monday at 7 AM."
    talk.say("wake me tomorrow at nine")
    assert talk.say(sentence) == "Your next alarm rings tomorrow at 9 AM."


def test_the_next_of_several_reminders_is_told_alone(talk):
    """As with alarms."""
    talk.say("remind me on monday at nine to call my mum")
    talk.say("remind me tomorrow at nine to buy bread")
    assert talk.say("what's my next reminder") == "Your next reminder: buy bread tomorrow at 9 AM."
