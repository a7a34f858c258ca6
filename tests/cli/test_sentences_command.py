"""`irene sentences test`: tables of sentences, collisions, and what is missing."""

from __future__ import annotations

import json
import re

import pytest

pytest.importorskip("hassil", reason="the extra `intents` is not installed")

HOME = """
language: en
intents:
  HassTurnOn:
    data:
      - sentences: ["(turn|switch) on the {area} lights"]
      - sentences: ["lights on"]
        requires_context: {area: {slot: true}}
  HassTurnOff:
    data:
      - sentences: ["turn off the {area} lights"]
"""
TABLE = """
language: en
tests:
  - sentences:
      - turn on the kitchen lights
      - switch on the kitchen lights
    intent: {name: HassTurnOn, slots: {area: kitchen}}
  - sentences: [lights on]
    intent:
      name: HassTurnOn
      slots: {area: hall}
      context: {area: hall}
  - sentences: ["what time is it"]
    intent: HassGetCurrentTime
  - sentences: [make me a sandwich]
    intent: null
"""
CONFIG = """
[intents]
sentences = ["sentences"]
handlers = ["time"]
[intents.lists]
area = ["kitchen", "hall"]
"""


@pytest.fixture
def home(own_folder):
    (own_folder / "sentences" / "en").mkdir(parents=True)
    (own_folder / "sentences" / "en" / "home.yaml").write_text(HOME)
    (own_folder / "irene.toml").write_text(CONFIG)
    (own_folder / "table.yaml").write_text(TABLE)
    return own_folder


def test_a_table_that_holds_passes(irene, home):
    """Own sentences, those of the handlers, lists of the configuration, and context."""
    outcome = irene("sentences", "test", "table.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    assert re.fullmatch(
        r"5 sentences, 0 not as expected; \d+ samples of templates, 0 collisions; 0 warnings\n",
        outcome.out,
    )


def test_what_does_not_hold_is_told_with_file_and_line(irene, home):
    """Exit status 6, and a line for each problem."""
    table = TABLE.replace("slots: {area: kitchen}", "slots: {area: hall}")
    table = table.replace("what time is it", "turn the time back")
    table = table.replace("make me a sandwich", "turn off the hall lights")
    (home / "table.yaml").write_text(table)
    outcome = irene("sentences", "test", "table.yaml")
    assert outcome.code == 6
    assert outcome.out.splitlines()[:-1] == [
        "table.yaml:5: \"turn on the kitchen lights\": slot 'area' is 'kitchen'; expected 'hall'",
        "table.yaml:6: \"switch on the kitchen lights\": slot 'area' is 'kitchen'; expected 'hall'",
        'table.yaml:13: "turn the time back": nobody understands it; expected HassGetCurrentTime',
        "table.yaml:15: \"turn off the hall lights\": understood as HassTurnOff (area = 'hall'); "
        "nobody should understand it",
    ]
    assert outcome.out.splitlines()[-1].startswith("5 sentences, 4 not as expected; ")


def test_the_context_of_the_configuration_holds(irene, home):
    """`[intents.context]` is what every conversation is about, as when the assistant runs."""
    (home / "irene.toml").write_text(CONFIG + '[intents.context]\narea = "kitchen"\n')
    table = TABLE.replace("      context: {area: hall}\n", "").replace(
        "area: hall", "area: kitchen"
    )
    (home / "table.yaml").write_text(table)
    outcome = irene("sentences", "test", "table.yaml")
    assert (outcome.code, outcome.out.splitlines()[:-1]) == (0, [])


def test_the_context_of_a_test_comes_before_that_of_the_configuration(irene, home):
    """A table can ask about another room than the one that the assistant stands in."""
    (home / "irene.toml").write_text(CONFIG + '[intents.context]\narea = "kitchen"\n')
    outcome = irene("sentences", "test", "table.yaml")
    assert (outcome.code, outcome.out.splitlines()[:-1]) == (0, [])


def test_collisions_between_templates_are_told(irene, home):
    """Two intents that share a sentence, without any table."""
    with (home / "sentences" / "en" / "more.yaml").open("w") as file:
        file.write('language: en\nintents: {Other: {data: [{sentences: ["lights [are] on"]}]}}\n')
    outcome = irene("sentences", "test")
    assert outcome.code == 6
    assert '"lights on" fits HassTurnOn and Other; HassTurnOn wins only by its name' in outcome.out
    assert irene("sentences", "test", "--samples", "0").out == "0 warnings\n"


def test_what_is_missing_is_a_warning(irene, home):
    """The line holds the cure; the check passes."""
    (home / "irene.toml").write_text('[intents]\nsentences = ["sentences"]\nhandlers = []\n')
    outcome = irene("sentences", "test")
    assert outcome.code == 0
    assert "warning: sentences: {area} has no values" in outcome.out
    assert 'set `area = ["one", "another"]` under [intents.lists]' in outcome.out


NEAR = """
from pathlib import Path

from irene import IntentMatcher, IntentRecognizer, hookimpl

class Near(IntentRecognizer):
    name = "near"

    def open_matcher(self, sources):
        Path("opened").touch()
        raise RuntimeError("nobody asked for this")

    def read_folder(self, folder):
        return []

@hookimpl
def irene_intent_recognizers():
    return [Near]
"""


def test_tiers_are_not_made_ready_as_nobody_asks_them(irene, home, install_plugin):
    """Tables and collisions are about what is understood exactly."""
    install_plugin("near", NEAR)
    outcome = irene("sentences", "test", "table.yaml", "--set", "intent_recognition.tiers=['near']")
    assert (outcome.code, outcome.err) == (0, "")
    assert not (home / "opened").exists()


def test_programs_get_one_object(irene, home):
    """What was expected and found for each sentence."""
    (home / "table.yaml").write_text(TABLE.replace("name: HassTurnOn, slots", "name: X, slots"))
    outcome = irene("sentences", "test", "table.yaml", "--json")
    report = json.loads(outcome.out)
    assert (outcome.code, report["passed"], report["collisions"]) == (6, False, [])
    assert report["samples"] > 50
    assert report["tests"][0] == {
        "origin": "table.yaml:5",
        "sentence": "turn on the kitchen lights",
        "language": "en",
        "expected": {"intent": "X", "slots": {"area": "kitchen"}},
        "found": {"intent": "HassTurnOn", "slots": {"area": "kitchen"}},
        "problems": ["understood as HassTurnOn (area = 'kitchen'); expected X"],
    }
    assert report["tests"][-1]["expected"] is None


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("tests: []", "`language` is missing; write `language: en`"),
        ("language: en", "`tests` is missing"),
        ("language: en\ntests: []", "no sentence is tested"),
        ("language: en\ntests: [{intent: X}]", "test 1: write `- sentences: [...]`"),
        ("language: en\ntests: [{sentences: [a]}]", "test 1: write `- sentences: [...]`"),
        ("language: en\ntests: [{sentences: [1], intent: X}]", "test 1: 1 is no text"),
        ("language: en\ntests: [{sentences: [a], intent: [X]}]", "test 1: `intent` is ['X']"),
        (
            "language: en\ntests: [{sentences: [a], intent: {name: X, slots: [b]}}]",
            "test 1: `slots` is ['b']",
        ),
        ("{", "line 2"),
    ],
)
def test_a_file_that_is_no_table_is_told(irene, home, table, reason):
    """Exit status 2, one line."""
    (home / "table.yaml").write_text(table)
    outcome = irene("sentences", "test", "table.yaml")
    assert outcome.code == 2
    assert "table.yaml" in outcome.err
    assert reason in outcome.err


def test_without_intents_there_is_nothing_to_test(irene, home):
    """The line names the key."""
    outcome = irene("sentences", "test", "--set", "intent_recognition.enabled=false")
    assert outcome.code == 2
    assert "intent_recognition.enabled = false" in outcome.err
