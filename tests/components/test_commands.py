"""Several commands in one breath: where they are cut, and where not."""

import re

import pytest

from irene import Intent
from irene.components.understanding.commands import conjunctions_of, split_commands

KNOWN = {
    "stop",
    "lights on",
    "lights on and off",
    "set a timer",
    "add milk",
    "add milk and bread",
    "licht an",
}


def understand(text):
    """Understand the known sentences."""
    return Intent(text, text) if text in KNOWN else None


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("stop", ["stop"]),
        ("lights on and set a timer", ["lights on", "set a timer"]),
        ("lights on and then set a timer", ["lights on", "set a timer"]),
        ("lights on, then stop", ["lights on", "stop"]),
        ("lights on then stop and set a timer", ["lights on", "stop", "set a timer"]),
        ("add milk and bread", ["add milk and bread"]),
        ("add milk and bread and stop", ["add milk and bread", "stop"]),
        ("lights on and off and stop", ["lights on and off", "stop"]),
        ("lights on, set a timer", ["lights on", "set a timer"]),
        ("Lights on. Stop!".lower(), ["lights on", "stop"]),
        ("lights on, stop and set a timer.", ["lights on", "stop", "set a timer"]),
    ],
)
def test_commands_are_cut_at_conjunctions(text, commands):
    """The first command takes as many words as it can; each part is a command of its own."""
    assert [intent.name for intent in split_commands(text, "en", understand)] == commands


@pytest.mark.parametrize("text", ["lights on and dance", "dance, stop", "and stop", "stop and"])
def test_nothing_is_done_when_a_part_is_unknown(text):
    """Half a command carried out would surprise people."""
    assert split_commands(text, "en", understand) == []


def open_slots(text):
    """Understand timers with a name of any words, and a list that takes any words."""
    if found := re.fullmatch(r"set a (?:(.+) )?timer for (.+)", text):
        named = {"name": found[1]} if found[1] else {}
        is_length = found[2] in {"five minutes", "ten minutes"}
        return Intent("timer", text, slots={**named, "length": found[2]}) if is_length else None
    if found := re.fullmatch(r"set a timer for (.+) for ten minutes", text):
        return Intent("timer", text, slots={"name": found[1]})
    if found := re.fullmatch(r"add (.+) to (.+)", text):
        return Intent("list", text, slots={"item": found[1], "list": found[2]})
    if found := re.fullmatch(r"add (.+)", text):
        return Intent("list", text, slots={"item": found[1]})
    return Intent("stop", text) if text == "stop" else None


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        (
            "set a egg timer for five minutes and set a tea timer for ten minutes",
            ["set a egg timer for five minutes", "set a tea timer for ten minutes"],
        ),
        (
            "set a egg timer for five minutes and set a tea timer for ten minutes and stop",
            ["set a egg timer for five minutes", "set a tea timer for ten minutes", "stop"],
        ),
        ("set a salt and pepper timer for five minutes", None),
        (
            "set a egg timer for five minutes, set a tea timer for ten minutes",
            ["set a egg timer for five minutes", "set a tea timer for ten minutes"],
        ),
        ("add milk, eggs, bread", None),
        ("add milk, add eggs", ["add milk", "add eggs"]),
        ("add milk and bread and set a timer for", None),
        ("add milk and add eggs and add bread", ["add milk", "add eggs", "add bread"]),
        ("add milk and stop", None),
        ("add milk and add eggs to chores", None),
        ("add milk to food and add ash to chores", ["add milk to food", "add ash to chores"]),
    ],
)
def test_a_slot_takes_in_no_second_command_of_its_own_kind(text, commands):
    """Two commands of one kind are no single one with strange words in it; other kinds may be."""
    found = split_commands(text, "en", open_slots)
    assert [intent.text for intent in found] == (commands or [text])


def test_a_long_list_is_not_searched_for_commands():
    """A conjunction more is one question more, not one for each pair of conjunctions."""
    asked = []

    def understand_lists(text):
        asked.append(text)
        return open_slots(text)

    text = "add " + " and ".join(f"thing{n}" for n in range(12))
    assert len(split_commands(text, "en", understand_lists)) == 1
    assert len(asked) <= 25


def test_german_has_conjunctions_of_its_own():
    """`und` joins in German and nowhere else."""
    found = split_commands("licht an und dann stop", "de-AT", understand)
    assert [intent.name for intent in found] == ["licht an", "stop"]
    assert split_commands("licht an und stop", "en", understand) == []


def test_a_language_without_conjunctions_has_single_commands():
    """Nothing is guessed."""
    assert conjunctions_of("tlh") == ()
    assert [one.name for one in split_commands("stop", "tlh", understand)] == ["stop"]


def test_many_conjunctions_end_soon():
    """A long text full of conjunctions is given up, not searched for ever."""
    asked = []

    def nobody(text):
        asked.append(text)

    assert split_commands("and ".join(["stop "] * 300), "en", nobody) == []
    assert len(asked) <= 50
