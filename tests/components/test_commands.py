"""Several commands in one breath: where they are cut, and where not."""

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
    ],
)
def test_commands_are_cut_at_conjunctions(text, commands):
    """The first command takes as many words as it can; each part is a command of its own."""
    assert [intent.name for intent in split_commands(text, "en", understand)] == commands


@pytest.mark.parametrize("text", ["lights on and dance", "dance and stop", "and stop", "stop and"])
def test_nothing_is_done_when_a_part_is_unknown(text):
    """Half a command carried out would surprise people."""
    assert split_commands(text, "en", understand) == []


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
