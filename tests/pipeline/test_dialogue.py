"""What a conversation remembers, and for how long."""

import pytest

from irene import Intent, Response
from irene.pipeline.answering.dialogue import Dialogue

WEATHER = Intent("Weather", "what is the weather in Berlin", slots={"place": "Berlin", "day": 0})
TIMER = Intent("Timer", "set a pizza timer", slots={"name": "pizza"})


@pytest.fixture
def dialogue():
    """A dialogue that fades after a minute."""
    return Dialogue(60)


def test_a_dialogue_begins_without_context(dialogue):
    """There is nothing that a sentence could refer to."""
    dialogue.begin(0)
    assert dict(dialogue.context(0)) == {}
    assert dialogue.last_intent(0) is None


def test_the_intent_before_is_the_context_of_the_next(dialogue):
    """`and tomorrow?` can be held against what was asked before."""
    dialogue.begin(0)
    dialogue.note(WEATHER, Response("Sunny."), 1)
    assert dict(dialogue.context(30)) == {"last_intent": "Weather"}


def test_slots_of_the_intent_before_are_kept_unless_said_anew(dialogue):
    """`and tomorrow?` keeps the place and changes the day."""
    dialogue.begin(0)
    dialogue.note(WEATHER, Response("Sunny."), 1)
    tomorrow = Intent("Weather", "and tomorrow", slots={"day": 1}, continues=True)
    completed = dialogue.completed(tomorrow, 10)
    assert completed.slots == {"place": "Berlin", "day": 1}
    assert completed.kept == {"place"}


def test_a_whole_command_takes_no_slots_over(dialogue):
    """`what is the weather today` is not about Berlin because Berlin was asked for before."""
    dialogue.begin(0)
    dialogue.note(WEATHER, Response("Sunny."), 1)
    today = Intent("Weather", "what is the weather today", slots={"day": 0})
    assert dialogue.completed(today, 10) == today


def test_another_intent_takes_no_slots_over(dialogue):
    """The person has changed the subject."""
    dialogue.begin(0)
    dialogue.note(WEATHER, Response("Sunny."), 1)
    assert dialogue.completed(TIMER, 10) == TIMER


def test_a_question_is_part_of_the_context(dialogue):
    """Sentences that answer it fit, and their slots are added to those known."""
    dialogue.begin(0)
    dialogue.note(TIMER, Response("For how long?", asks="duration"), 1)
    assert dict(dialogue.context(5)) == {"last_intent": "Timer", "asks": "duration"}
    reply = Intent("Timer", "ten minutes", slots={"minutes": 10}, continues=True)
    assert dialogue.completed(reply, 5).slots == {"name": "pizza", "minutes": 10}


def test_a_question_is_asked_again_once(dialogue):
    """Nobody is asked for ever."""
    dialogue.begin(0)
    dialogue.note(TIMER, Response("For how long?", asks="duration"), 1)
    assert dialogue.ask_again(5) == "duration"
    assert dialogue.asks(6) == "duration"
    assert dialogue.ask_again(7) == ""
    assert dialogue.asks(8) == ""


def test_the_memory_fades(dialogue):
    """After a minute without an answer a new conversation begins."""
    first = dialogue.begin(0)
    dialogue.note(WEATHER, Response("Sunny."), 1)
    assert dialogue.begin(60) == first
    assert dialogue.begin(200) != first
    assert dict(dialogue.context(200)) == {}


def test_each_exchange_keeps_the_conversation_alive(dialogue):
    """It fades a minute after the last one, not after the first."""
    first = dialogue.begin(0)
    for now_s in (50, 100, 150):
        assert dialogue.begin(now_s) == first
        dialogue.note(WEATHER, None, now_s)


def test_what_was_said_last_does_not_fade(dialogue):
    """People ask for it to be repeated when they come back."""
    dialogue.note(WEATHER, Response("Sunny."), 1)
    dialogue.begin(1000)
    assert dialogue.last_response.text == "Sunny."
