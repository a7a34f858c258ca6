"""Sentences that may match silence, found without matching any."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

hassil = pytest.importorskip("hassil", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.reading.silence import perhaps_silent  # noqa: E402

RULES = {"maybe": "[please]", "always": "now", "both": "<maybe> [<always>]", "dot": "."}
LISTS = {
    "empty_value": {"values": [{"in": "[the] ", "out": "x"}, "lamp"]},
    "room": {"values": ["kitchen", "hall"]},
    "nothing": {"values": []},
    "level": {"range": {"from": 0, "to": 10}},
    "anything": {"wildcard": True},
}


def intents_of(*sentences: str) -> hassil.Intents:
    data = [{"sentences": [sentence]} for sentence in sentences]
    table = {"intents": {"Test": {"data": data}}, "expansion_rules": RULES, "lists": LISTS}
    return hassil.Intents.from_dict({"language": "en", **table})


def found(*sentences: str) -> list[str]:
    """Return the sentences that are left."""
    left = perhaps_silent(intents_of(*sentences)).intents.values()
    return [block.sentence_texts[0] for intent in left for block in intent.data]


@pytest.mark.parametrize(
    "sentence",
    [
        "[please] [now]",
        "<both>",
        "(lamp|[light])",
        "[{room}]",
        "{empty_value}",
        "([a];[b])",
        "<dot>",
        "<of_somebody_else>",
    ],
)
def test_what_has_no_word_that_must_be_said_is_left(sentence):
    """hassil then tells whether it matches."""
    assert found("turn on the lamp", sentence) == [sentence]


@pytest.mark.parametrize(
    "sentence",
    ["turn [it] on", "<maybe> <always>", "(a|b)", "{room}", "{level}", "{1..9:n}", "[x] ([a];b)"],
)
def test_what_has_such_a_word_is_passed_over(sentence):
    """None of it needs to be matched."""
    assert found(sentence) == []


_PARTS = st.sampled_from(
    ["lamp", "<maybe>", "<always>", "<both>", "<dot>", ".", "{room}", "{empty_value}", "{nothing}"]
)
TEMPLATES = st.recursive(
    _PARTS,
    lambda inner: st.one_of(
        inner.map(lambda one: f"[{one}]"),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"({'|'.join(some)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"({';'.join(some)})"),
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
    ),
    max_leaves=6,
)


@given(TEMPLATES)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_that_matches_silence_is_missed(template):
    """Whatever hassil matches is among what is left for it."""
    if list(hassil.recognize_all("", intents_of(template))):
        assert found(template) == [template]
