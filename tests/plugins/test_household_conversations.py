"""Conversations with all bundled household handlers: real sentences, real files, in writing."""

from __future__ import annotations

import asyncio

import pytest

from irene import TypedAssistant

pytest.importorskip("hassil", reason="the extra `intents` is not installed")

HANDLERS = [
    *("time", "date", "lists", "units", "calculator"),
    *("volume", "stop", "repeat", "smalltalk", "help"),
]


@pytest.fixture
def talk(tmp_path):
    """Have a conversation; return the answers, None where nothing is said."""

    def talk(*texts, language="en", sentences=()):
        async def conversation():
            section = {"language": language, "state_folder": str(tmp_path)}
            intents = {"handlers": HANDLERS, "sentences": sentences}
            config = {"assistant": section, "intents": intents}
            async with TypedAssistant.from_config(config) as assistant:
                replies = [await assistant.ask(text) for text in texts]
            assert all(reply is not None and reply.understood for reply in replies)
            return [reply.response.text if reply.response else None for reply in replies]

        return asyncio.run(conversation())

    return talk


def test_a_list_is_written_read_and_cleared(talk):
    """Asked for what is missing, understood without saying everything again."""
    said = talk(
        "add something to my to do list",
        "call Anna and Bob",
        "and water the plants",
        "add milk eggs and bread to the shopping list and what's on the to do list",
        "clear the to do list",
        "yes",
        "what's on my to do list",
    )
    assert said == [
        "What shall I add to the to-do list?",
        "Added call Anna and Bob to the to-do list.",
        "Added water the plants to the to-do list.",
        "Added milk, eggs and bread to the shopping list. "
        "On the to-do list: call Anna and Bob and water the plants.",
        "Open items on the to-do list: 2. Shall I clear it?",
        "The to-do list is cleared.",
        "The to-do list is empty.",
    ]
    assert talk("what do we need to buy") == ["On the shopping list: milk, eggs and bread."]


def test_a_question_is_dropped_when_somebody_says_never_mind(talk):
    """And what is said next is no answer to it."""
    said = talk("add something to the list", "never mind", "what's on the list")
    assert said == ["What shall I add to the shopping list?", None, "The shopping list is empty."]


def test_another_question_in_between_does_no_harm(talk):
    """What a sentence means by itself comes first, and "yes" then means nothing dangerous."""
    said = talk("add milk", "clear the list", "what is two plus two", "what's on the list")
    assert said[2:] == ["4.", "On the shopping list: milk."]


def test_days_and_cities_follow_one_another(talk):
    """Each follow-up means what it says, not what was said before."""
    said = talk(
        "what day is monday",
        "and tomorrow",
        "what day is it",
        "what time is it in tokyo",
        "and here",
    )
    assert said[1].startswith("Tomorrow is ")
    assert said[2].startswith("Today is ")
    assert said[3].startswith("In Tokyo, it is ")
    assert said[4].startswith("It is ")


def test_a_city_is_not_kept_for_the_next_question(talk):
    """Who asks for the time means the time here."""
    assert talk("what time is it in tokyo", "what time is it")[1].startswith("It is ")


def test_things_are_not_kept_for_the_next_list(talk):
    """Eggs are not added twice because they were added with the milk."""
    said = talk("add milk and eggs", "add bread to the to do list", "what's on the to do list")
    assert said[2] == "On the to-do list: bread."


def test_sums_and_units_go_on(talk):
    """With the result, and with what was converted."""
    said = talk(
        "what is seven times eight",
        "times two",
        "two and a half miles in feet",
        "and in kilometers",
        "and ten miles",
    )
    assert said == [
        "56.",
        "112.",
        "2.5 miles is 13200 feet.",
        "2.5 miles is about 4.02 kilometers.",
        "10 miles is about 16.09 kilometers.",
    ]


def test_help_goes_on_where_it_stopped(talk):
    """One example of each handler, five at a time."""
    first, second = talk("what can you do", "what else")
    assert first.startswith('You can say "what time is it", "what\'s the date today", "add milk')
    assert first.endswith('For more, ask "what else".')
    assert "repeat that" in second
    assert second.startswith("You can say ")


def test_german_is_spoken_throughout(talk):
    """The same handlers, the same conversation."""
    said = talk(
        "setz etwas auf die einkaufsliste",
        "milch",
        "was steht auf der einkaufsliste",
        "leere die einkaufsliste",
        "ja bitte",
        "was sind fünf zoll in zentimeter",
        "was ist die wurzel aus zwei",
        "schon gut",
        language="de",
    )
    assert said == [
        "Was soll ich auf die Einkaufsliste setzen?",
        "Auf die Einkaufsliste gesetzt: Milch.",
        "Auf der Einkaufsliste: Milch.",
        "Offen auf der Einkaufsliste: 1. Soll ich sie leeren?",
        "Die Einkaufsliste ist geleert.",
        "5 Zoll sind 12,7 Zentimeter.",
        "Etwa 1,41.",
        None,
    ]


def test_who_greets_is_greeted(talk):
    """And who gives thanks is answered, in the language that is spoken."""
    said = talk("hello", "good morning", "thank you", "can you hear me", "good night")
    assert said == ["Hello.", "Good morning.", "You're welcome.", "Yes, I'm here.", "Good night."]
    assert talk("danke schön", "gute nacht", language="de") == ["Gern geschehen.", "Gute Nacht."]


def test_no_thanks_drops_a_question(talk):
    """As "never mind" does; nothing is said."""
    said = talk("add something to the list", "no thank you", "what's on the list")
    assert said == ["What shall I add to the shopping list?", None, "The shopping list is empty."]
    assert talk("nein danke", "das wäre alles", language="de") == [None, None]


OWN_SMALL_TALK = """
language: en
intents:
  HassRespond:
    data:
      - sentences: ["you are great"]
        response: praise
responses:
  intents:
    HassRespond:
      hello: "Ahoy!"
      praise: "So are you."
"""


def test_small_talk_of_ones_own_is_a_sentence_file(talk, tmp_path):
    """It adds sentences with answers, and changes the bundled ones."""
    folder = tmp_path / "own" / "en"
    folder.mkdir(parents=True)
    (folder / "talk.yaml").write_text(OWN_SMALL_TALK)
    said = talk("hello", "you are great", "thanks", sentences=[str(folder.parent)])
    assert said == ["Ahoy!", "So are you.", "You're welcome."]


def test_small_talk_that_is_heard_twice_is_repeated(talk):
    """Its answers come from the sentence file, and are answers like all others."""
    assert talk("thanks", "repeat that") == ["You're welcome.", "You're welcome."]
