"""The handler of reminders: what and when, asked for when missing, said when due."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from intent_talk import Talk

from irene_plugins.intents.agenda.reminders import ReminderHandler, ReminderOptions

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 3, 27, 18, 0, tzinfo=BERLIN)
HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
def talk(tmp_path):
    return Talk(tmp_path, [ReminderHandler], start=FRIDAY)


def test_a_reminder_after_a_duration(talk):
    """What and when in one sentence."""
    assert talk.say("remind me to feed the cat in ten minutes") == (
        "I will remind you today at 6:10 PM: feed the cat."
    )
    assert talk.wait(599) == []
    assert talk.wait(1) == ["Reminder: feed the cat."]
    assert talk.rang == [True]
    assert talk.say("what are my reminders") == "You have no reminders."


@pytest.mark.parametrize(
    ("sentence", "moment"),
    [
        ("remind me at six to feed the cat", "tomorrow at 6 AM"),
        ("remind me at six pm tomorrow to feed the cat", "tomorrow at 6 PM"),
        ("remind me tomorrow at three to feed the cat", "tomorrow at 3 PM"),
        ("remind me tomorrow at nine to feed the cat", "tomorrow at 9 AM"),
        ("remind me tomorrow morning to feed the cat", "tomorrow at 8 AM"),
        ("remind me tonight to feed the cat", "today at 9 PM"),
        ("remind me on monday at noon to feed the cat", "on Monday at noon"),
        ("remind me every day at nine to feed the cat", "every day at 9 AM"),
    ],
)
def test_a_reminder_at_a_time(talk, sentence, moment):
    """Days and parts of the day as people say them; nobody is reminded at three in the night."""
    assert talk.say(sentence) == f"I will remind you {moment}: feed the cat."


def test_the_time_is_asked_for(talk):
    """First what, then when, then at what time."""
    assert talk.say("remind me to feed the cat") == "When?"
    assert talk.say("tomorrow") == "At what time?"
    assert talk.say("at nine") == "I will remind you tomorrow at 9 AM: feed the cat."


def test_the_task_is_asked_for(talk):
    """First when, then what: in words that nobody has foreseen."""
    assert talk.say("remind me in ten minutes") == "What shall I remind you of?"
    assert talk.say("to give the goldfish a name") == (
        "I will remind you today at 6:10 PM: give the goldfish a name."
    )


@pytest.mark.parametrize(
    "sentence", ["remind me on february 30th to feed the cat", "remind me on february 30th"]
)
def test_a_day_that_does_not_exist_is_not_asked_about(talk, sentence):
    """Neither what nor at what time."""
    assert talk.say(sentence) == "There is no such day."
    assert talk.say("what reminders do i have") == "You have no reminders."


def test_the_assistant_turns_the_words_round(talk):
    """Who says "my" hears "your"."""
    talk.say("remind me to take my pills in ten minutes")
    assert talk.wait(600) == ["Reminder: take your pills."]


def test_reminders_are_told_the_next_one_first(talk):
    """With what and when."""
    talk.say("remind me to feed the cat tomorrow at nine")
    talk.say("remind me to walk the dog in ten minutes")
    assert talk.say("what are my reminders") == (
        "You have 2 reminders: walk the dog today at 6:10 PM and feed the cat tomorrow at 9 AM."
    )
    assert talk.say("what reminders do i have tomorrow") == (
        "You have one reminder: feed the cat tomorrow at 9 AM."
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "cancel the reminder to feed the cat",
        "cancel the reminder about cat",
        "cancel my nine am reminder",
        "cancel the reminder for tomorrow",
        "cancel the last reminder",
    ],
)
def test_a_reminder_is_cancelled(talk, sentence):
    """By what it is about, or by when it is due."""
    talk.say("remind me to feed the cat tomorrow at nine")
    talk.say("remind me to walk the dog in ten minutes")
    assert talk.say(sentence) == "I cancelled the reminder: feed the cat."
    assert talk.wait(DAY) == ["Reminder: walk the dog."]


def test_which_reminder_is_asked_for(talk):
    """The answer picks one, or all."""
    talk.say("remind me to feed the cat tomorrow at nine")
    talk.say("remind me to walk the dog in ten minutes")
    assert talk.say("cancel the reminder").startswith("Which one: walk the dog today at")
    assert talk.say("all of them") == "I cancelled all 2 reminders."


def test_a_reminder_comes_again(talk):
    """Every day at nine, for as long as it is not cancelled."""
    talk.say("remind me every day at nine to take my pills")
    assert talk.wait(3 * DAY) == ["Reminder: take your pills."] * 3
    talk.say("cancel the reminder")
    assert talk.wait(3 * DAY) == []


def test_reminders_survive_a_restart(talk):
    """Those that became due while off are told as missed."""
    talk.say("remind me to feed the cat in ten minutes")
    talk.say("remind me to walk the dog in two hours")
    assert talk.off(HOUR) == ["You were to be reminded 50 minutes ago: feed the cat."]
    assert talk.wait(HOUR) == ["Reminder: walk the dog."]


def test_reminders_may_be_said_once(tmp_path):
    """`rings = false` is for those who need no alarm."""
    options = {"reminders": ReminderOptions(rings=False)}
    talk = Talk(tmp_path, [ReminderHandler], start=FRIDAY, options=options)
    talk.say("remind me to feed the cat in ten minutes")
    talk.wait(600)
    assert talk.rang == [False]


def test_limits(tmp_path):
    """Their number, how far ahead, and the length of what is kept."""
    options = {"reminders": ReminderOptions(max_reminders=1, max_days=7)}
    talk = Talk(tmp_path, [ReminderHandler], start=FRIDAY, options=options)
    talk.do("IreneSetReminder", {"task": "la " * 500, "minutes": 10})
    assert len(talk.last.text) < 250
    assert talk.say("remind me to feed the cat in ten minutes") == (
        "There are too many reminders already. Cancel one first."
    )
    assert talk.do("IreneSetReminder", {"task": "x", "hours": 24 * 8}) == (
        "I can remind you within the next 7 days only."
    )


@pytest.mark.parametrize("task", ["", "   ", "\n\t"])
def test_nothing_is_no_task(talk, task):
    """A task of blanks is asked for again."""
    assert talk.do("IreneSetReminder", {"task": task, "minutes": 10}) == (
        "What shall I remind you of?"
    )


def test_a_task_may_hold_anything(talk):
    """Braces and quotes are words like others."""
    talk.do("IreneSetReminder", {"task": 'say "{hello}" 100 %', "minutes": 10})
    assert talk.wait(600) == ['Reminder: say "{hello}" 100 %.']


def test_german(tmp_path):
    """The same in German."""
    talk = Talk(tmp_path, [ReminderHandler], "de", FRIDAY)
    assert talk.say("erinnere mich an meine Tabletten") == "Wann?"
    assert talk.say("morgen um neun") == "Ich erinnere dich morgen um 9 Uhr: deine Tabletten."
    assert talk.say("erinnere mich in zehn Minuten daran, die Katze zu füttern") == (
        "Ich erinnere dich heute um 18 Uhr 10: die Katze zu füttern."
    )
    assert talk.say("welche Erinnerungen habe ich") == (
        "Du hast 2 Erinnerungen: heute um 18 Uhr 10 die Katze zu füttern und "
        "morgen um 9 Uhr deine Tabletten."
    )
    assert talk.wait(600) == ["Erinnerung: die Katze zu füttern."]
    assert talk.say("lösche die Erinnerung") == (
        "Ich habe die Erinnerung gelöscht: deine Tabletten."
    )
