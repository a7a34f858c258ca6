"""Lists and rules that no file defines: bundled, missing or misspelt."""

from __future__ import annotations

from typing import Any

import pytest

from irene import IntentMatcher, SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
yaml = pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer  # noqa: E402


def opened(*sentences: str, language: str = "en", **parts: Any) -> IntentMatcher:
    content = {"intents": {"Test": {"data": [{"sentences": list(sentences)}]}}, **parts}
    return HassilRecognizer().open_matcher([SentenceSource("home.yaml", language, content)])


def test_common_rules_and_lists_are_bundled():
    """Custom sentences use what Home Assistant's own files define."""
    matcher = opened("<turn> on <area>", "dim <name> to <brightness>", lists=HOME)
    assert matcher.warnings() == ()
    assert matcher.match("switch on the kitchen", "en").slots == {"area": "kitchen"}
    found = matcher.match("dim my lamp to fifty percent", "en")
    assert found.slots == {"name": "lamp", "brightness": 50}


def test_common_rules_are_bundled_in_german():
    """With the articles of the language, and for its regions."""
    matcher = opened(
        "<schalten> <name> <an>", "<licht> auf <brightness>", lists=HOME, language="de"
    )
    assert matcher.match("schalte die lamp ein", "de-AT").slots == {"name": "lamp"}
    assert matcher.match("das Licht auf zwanzig Prozent", "de").slots == {"brightness": 20}


HOME = {"area": {"values": ["kitchen"]}, "name": {"values": ["lamp"]}}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_bundled_rule_is_sound(language):
    """Each can be used on its own once the home's lists are there."""
    from irene_plugins.intent_recognition.bundled_rules import bundled_tables

    tables = bundled_tables(language)
    sentences = [f"go <{rule}>" for rule in tables.rules]
    sentences += [f"take {{{name}}}" for name in tables.lists]
    lists = {**HOME, "floor": {"values": ["attic"]}}
    assert opened(*sentences, lists=lists, language=language).warnings() == ()


def test_a_file_has_its_own_rule_of_a_bundled_name():
    """What a file defines comes first."""
    matcher = opened("<turn> on", expansion_rules={"turn": "power"})
    assert matcher.match("power on", "en") is not None
    assert matcher.match("turn on", "en") is None


def test_a_missing_list_takes_nothing_with_it():
    """Sentences work as far as they can do without; one line names the list and the cure."""
    matcher = opened("lights on [in [the] {area}]", "go to {area}", "(all|{gadget}) off")
    assert matcher.match("lights on", "en") is not None
    assert matcher.match("all off", "en") is not None
    assert matcher.match("lights on in the kitchen", "en") is None
    assert matcher.warnings() == (
        'sentences: {area} has no values, so "lights on [in [the] {area}]" and 1 more cannot be '
        'said (home.yaml); set `area = ["one", "another"]` under [intents.lists], or `area = []` '
        "for none",
        'sentences: {gadget} has no values, so "(all|{gadget}) off" cannot be said (home.yaml); '
        'set `gadget = ["one", "another"]` under [intents.lists], or `gadget = []` for none',
    )


def test_a_missing_rule_takes_nothing_with_it():
    """Its cure is YAML."""
    matcher = opened("go <quickly>", "go")
    assert matcher.match("go", "en") is not None
    (line,) = matcher.warnings()
    assert 'add `quickly: "(one way|another way)"` to the `expansion_rules` of a file' in line


def test_an_empty_list_is_said_on_purpose():
    """A house without floors is not reminded of them."""
    assert opened("go to {floor}", "stop", lists={"floor": {"values": []}}).warnings() == ()
