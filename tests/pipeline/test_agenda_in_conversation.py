"""Timers, reminders and alarms in a whole assistant: dialogue, announcements, warnings."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene.config.loading import load_config
from irene.pipeline.typed import TypedAssistant
from irene.plugin.registry import ComponentRegistry
from irene.testing import VirtualClock


def converse(folder, *steps, clock=None):
    """Type texts to a new assistant, or let seconds pass; return its events as dicts."""
    clock = clock or VirtualClock()
    settings = {
        "assistant": {"state_folder": str(folder)},
        "intents": {"handlers": ["timers", "reminders", "alarms", "repeat"]},
    }
    told = []

    async def run():
        registry = ComponentRegistry.installed()
        config = load_config(settings, registry=registry)
        async with TypedAssistant(config, registry, told.append, clock) as assistant:
            for step in steps:
                if isinstance(step, str):
                    await assistant.ask(step)
                else:
                    await pass_time(step)

    async def pass_time(seconds):
        clock.advance(seconds)
        before = len(told)
        for _ in range(400):  # the agenda works on a thread of its own
            await asyncio.sleep(0.005)
            if len(told) > before:
                return

    asyncio.run(run())
    return [event.to_dict() for event in told]


def texts(events, *kinds):
    return [event["text"] for event in events if event["event"] in kinds]


def test_two_timers_in_a_row_are_two_timers(tmp_path):
    """The hour of the first is not added to the minutes of the second."""
    events = converse(
        tmp_path, "set a tea timer for one hour", "set a timer for ten minutes", "cancel all timers"
    )
    assert texts(events, "response") == [
        "Tea timer, 1 hour, starting now.",
        "10 minutes, starting now.",
        "I cancelled all 2 timers.",
    ]


def test_two_timers_in_one_breath_are_two_timers(tmp_path):
    """The second is no part of the first one's name, nor is a timer that is cancelled with it."""
    events = converse(
        tmp_path,
        "set a timer for five minutes and set a timer for ten minutes",
        "set an egg timer for four minutes and a pasta timer for nine minutes",
        "cancel the egg timer and cancel the pasta timer",
        "set a timer for three minutes and another one for six minutes",
        "cancel all timers",
    )
    assert texts(events, "response") == [
        "5 minutes, starting now. 10 minutes, starting now.",
        "Egg timer, 4 minutes, starting now. Pasta timer, 9 minutes, starting now.",
        "I cancelled your egg timer. I cancelled your pasta timer.",
        "3 minutes, starting now. 6 minutes, starting now.",
        "I cancelled all 4 timers.",
    ]


def test_what_is_asked_for_is_added_to_what_was_said(tmp_path):
    """An answer that only fits the question continues the command."""
    events = converse(
        tmp_path,
        "remind me to feed the cat",
        "tomorrow",
        "at nine",
        "set a pizza timer",
        "ten minutes",
        "set a tea timer for three minutes",
        "cancel the timer",
        "the tea one",
    )
    assert texts(events, "response") == [
        "When?",
        "At what time?",
        "I will remind you tomorrow at 9 AM: feed the cat.",
        "For how long?",
        "Pizza timer, 10 minutes, starting now.",
        "Tea timer, 3 minutes, starting now.",
        "Which one: the pizza timer or the tea timer?",
        "I cancelled your tea timer.",
    ]


def test_an_announcement_can_be_repeated_and_put_off(tmp_path):
    """It is what was said last."""
    events = converse(
        tmp_path,
        "set a pizza timer for ten minutes",
        600,
        "say that again",
        "five more minutes",
        "how much time is left",
    )
    (announcement,) = [event for event in events if event["event"] == "announcement"]
    assert (announcement["text"], announcement["rings"]) == ("Your pizza timer is done.", True)
    assert announcement["data"]["timer"]["name"] == "pizza"
    assert texts(events, "response")[1:] == [
        "Your pizza timer is done.",
        "Again in 5 minutes.",
        "Your pizza timer has 5 minutes left.",
    ]


def test_everything_is_there_after_a_restart(tmp_path):
    """And a damaged file is one warning, no more."""
    clock = VirtualClock()
    converse(tmp_path, "set a pizza timer for ten minutes", "wake me at seven", clock=clock)
    (tmp_path / "alarms" / "alarms.json").write_text("{")
    clock.advance(60)
    events = converse(tmp_path, "how much time is left", "what alarms are set", clock=clock)
    assert texts(events, "response") == ["Your pizza timer has 9 minutes left.", "No alarm is set."]
    (warning,) = [event["message"] for event in events if event["event"] == "warning"]
    assert "alarms.json" in warning
    assert "set aside" in warning


def test_what_was_missed_is_announced_at_the_start(tmp_path):
    """Before anybody says anything."""
    clock = VirtualClock()
    converse(tmp_path, "set a pizza timer for ten minutes", clock=clock)
    clock.advance(900)
    events = converse(tmp_path, "say that again", clock=clock)
    assert texts(events, "announcement") == ["Your pizza timer ended 5 minutes ago."]
