"""The recogniser of sentence templates: what it says of mistakes in them."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import ConfigurationError, SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
yaml = pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer  # noqa: E402


@pytest.fixture(scope="module")
def recognizer() -> HassilRecognizer:
    provider = HassilRecognizer()
    provider.load()
    return provider


def one_intent(*sentences: str, **parts: Any) -> SentenceSource:
    content = {"intents": {"Test": {"data": [{"sentences": list(sentences)}]}}, **parts}
    return SentenceSource("test.yaml", "en", content)


def problems_of(recognizer, *sources: SentenceSource) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        recognizer.open_matcher(sources)
    assert "\n" not in str(caught.value)
    assert all("\n" not in str(line) for line in caught.value.problems)
    return [str(line) for line in caught.value.problems]


MISTAKES = [
    ("turn on <outre>", "unknown rule <outre>; did you mean <outer>?"),
    ("turn on {lamps}", "unknown list {lamps}; did you mean {lamp}?"),
    ("turn on {Lamp}", "unknown list {Lamp}; did you mean {lamp}?"),
    ("turn on {aera}", "unknown list {aera}; did you mean {area}?"),
    ("dim to {brightnes}", "unknown list {brightnes}; did you mean {brightness}?"),
    ("turn on <typed>", "unknown list {lam}; did you mean {lamp}? (in <typed>)"),
    ("again <self>", "rule <self> refers to itself"),
    ("", "an empty sentence"),
    ("turn (on|off", "'(' at letter 6 is never closed"),
    ("turn on) the light", "')' at letter 8 closes nothing"),
    ("turn [on) the light", "')' at letter 9 closes nothing"),
    ("count to {9..1:n}", "{9..1} is no range of 1 to 10000 rising numbers"),
    ("count to {1..20000:n}", "{1..20000} is no range of 1 to 10000 rising numbers"),
    ("count by {1..9,0:n}", "{1..9,0} is no range of 1 to 10000 rising numbers"),
    ("turn {} on", "nothing between '{' and '}'"),
    ("[please] [now]", "matches silence; one word at least must not be optional"),
]


@pytest.mark.parametrize(("sentence", "reason"), MISTAKES)
def test_a_wrong_sentence_is_named_with_its_reason(recognizer, sentence, reason):
    """The line holds file, intent, sentence and reason."""
    lists = {"lamp": {"values": ["desk lamp"]}}
    rules = {"outer": "the door", "typed": "the {lam}", "self": "and <other>", "other": "<self>"}
    wrong = one_intent(sentence, lists=lists, expansion_rules=rules)
    quoted = f'"{sentence}": ' if sentence else ""
    assert problems_of(recognizer, wrong) == [f"test.yaml: intent Test: {quoted}{reason}"]


def test_every_mistake_is_reported_at_once(recognizer):
    """Five mistakes in two files are five lines, and the message counts them."""
    first = one_intent("a <trun>", "b {aera}", "c (d")
    second = SentenceSource(
        "other.yaml", "de", {"intents": {"Zwei": {"data": [{"sentences": [7, "e [f"]}]}}}
    )
    lines = problems_of(recognizer, first, second)
    assert (
        sorted(line.partition(":")[0] for line in lines) == ["other.yaml"] * 2 + ["test.yaml"] * 3
    )


def test_sentences_with_one_cause_share_a_line(recognizer):
    """A list that forty sentences miss is one mistake."""
    lines = problems_of(recognizer, one_intent(*(f"say {n} {{colour}}" for n in range(40))))
    assert lines == [
        'test.yaml: intent Test: "say 0 {colour}" (and 39 more): '
        "unknown list {colour}; did you mean {color}?"
    ]


WRONG_TYPES = [
    ("intents: 5", "intents: 5 is no table"),
    ("intents: {A: [x]}", "intent A: ['x'] is no table"),
    ("intents: {A: {}}", "intent A: `data` must be a list"),
    ("intents: {A: {data: [{slots: {}}]}}", "intent A: a block without `sentences`"),
    ("intents: {A: {data: [{sentences: go}]}}", "intent A: 'go' is no list"),
    ("intents: {A: {data: [{sentences: [yes]}]}}", "intent A: true is no text; put it in quotes"),
    ("intents: {A: {data: [{sentences: [{go: up}]}]}}", "intent A: {'go': 'up'} is no text"),
    ("intents: {A: {data: [{sentences: [a], slots: {x: {y: 1}}}]}}", "slot 'x' is {'y': 1}"),
    ("intents: {A: {data: [{sentences: [a], response: no}]}}", "response: false is no text"),
    ("intents: {A: {data: [{sentence: [a]}]}}", "did you mean 'sentences'?"),
    ("expansion_rule: {a: b}", "did you mean 'expansion_rules'?"),
    ("expansion_rules: {a: 5}", "expansion_rules a: 5 is no text"),
    ("expansion_rules: {a: '(b'}", "rule <a>: \"(b\": '(' at letter 1 is never closed"),
    ("expansion_rules: {'a b>': x}", "the name 'a b>' has signs that templates use themselves"),
    ("lists: {'a:b': {wildcard: true}}", "lists: the name 'a:b' has signs that templates use"),
    ("lists: {a: {}}", "lists a: needs `values`, `range` or `wildcard: true`"),
    ("lists: {a: {values: }}", "lists a: `values` must be a list"),
    ("lists: {a: {values: [5]}}", "lists a: 5 is no text"),
    ("lists: {a: {values: [{out: x}]}}", "lists a `in`: nothing is no text"),
    ("lists: {a: {values: ['(b']}}", 'list {a}: "(b": '),
    ("lists: {a: {range: {from: 1}}}", "lists a: `from` and `to` must be whole numbers"),
    ("lists: {a: {range: {from: 9, to: 1}}}", "lists a: `from` is above `to`"),
    ("lists: {a: {range: {from: 1, to: 1000000000}}}", "lists a: more than 10000 numbers"),
    ("lists: {a: {range: {from: 1, to: 9, step: 0}}}", "lists a: `step` must be"),
    ("lists: {a: {range: {from: 1, to: 9, fractions: thirds}}}", "lists a: `fractions` must"),
    ("skip_words: please", "skip_words: 'please' is no list"),
    ("responses: {intents: {A: {default: 5}}}", "responses of intent A default: 5 is no text"),
    (
        "intents: {A: {data: [{sentences: [a], response: light}]}}\n"
        "responses: {intents: {A: {lights: Done}}}",
        "intent A: unknown response 'light'; did you mean 'lights'?",
    ),
    (
        "intents: {A: {data: [{sentences: [a], requires_context: {x: [[1]]}}]}}",
        "intent A requires_context x: [[1]] is no text, no number and no list of them",
    ),
]


@pytest.mark.parametrize(("text", "reason"), WRONG_TYPES)
def test_a_wrong_type_is_named_with_its_place(recognizer, text, reason):
    """The line says where the value stands, what was found and what would be right."""
    lines = problems_of(recognizer, SentenceSource("test.yaml", "en", yaml.safe_load(text)))
    assert len(lines) == 1
    assert reason in lines[0]
    assert lines[0].startswith("test.yaml: ")


NOISE = st.text("ab (|)[]{}<>;\\:@?.,'", max_size=10)
PIECE = st.sampled_from(
    [
        "a",
        "b ",
        " ",
        "[a]",
        "(a|b)",
        "(a;b)",
        "<a>",
        "{a}",
        "{b:x}",
        "{1..9:n}",
        "a?",
        "\\(",
        "'",
        "5",
    ]
)
TEXT = st.lists(PIECE, min_size=1, max_size=5).map("".join)
SCALAR = st.one_of(NOISE, st.none(), st.booleans(), st.integers(), st.floats(), st.dates())
TREE = st.recursive(
    SCALAR,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NOISE, below, max_size=3),
    max_leaves=6,
)
VALUES = st.lists(TEXT | st.fixed_dictionaries({"in": TEXT, "out": SCALAR}), min_size=1, max_size=3)
RANGE_KEYS = ["step", "multiplier", "fractions", "words_language", "digits", "type"]
RANGE = st.dictionaries(st.sampled_from(RANGE_KEYS), st.integers(-1, 9) | SCALAR, max_size=2)
LIST = st.one_of(
    st.fixed_dictionaries({"values": VALUES}),
    st.fixed_dictionaries({"range": RANGE.map(lambda more: {"from": -2, "to": 9, **more})}),
    st.sampled_from([{"wildcard": True}, {"range": {"from": 1, "to": 9}}, {"values": ["a b"]}]),
)
BOTH = {"a": LIST, "b": LIST}
BLOCK = st.fixed_dictionaries(
    {"sentences": st.lists(TEXT, min_size=1, max_size=2)},
    optional={"lists": st.fixed_dictionaries(BOTH), "slots": st.dictionaries(NOISE, NOISE)},
)
CONTENT = st.fixed_dictionaries(
    {
        "intents": st.lists(BLOCK, min_size=1, max_size=2).map(lambda data: {"A": {"data": data}}),
        "lists": st.fixed_dictionaries(BOTH),
        "expansion_rules": st.fixed_dictionaries({"a": TEXT}),
    },
    optional={"skip_words": st.lists(NOISE), "settings": st.just({"ignore_whitespace": True})},
)


def damage(content: dict[str, Any], place: int, tree: Any) -> dict[str, Any]:
    """Put something else in the place of one of the parts of the content."""
    spots: list[tuple[Any, Any]] = []
    pending: list[Any] = [content]
    while pending:
        part = pending.pop()
        keys = range(len(part)) if isinstance(part, list) else list(part)
        spots.extend((part, key) for key in keys)
        pending.extend(part[key] for key in keys if isinstance(part[key], (list, dict)))
    part, key = spots[place % len(spots)]
    part[key] = tree
    return content


DAMAGED = st.builds(damage, CONTENT.map(copy.deepcopy), st.integers(0, 60), TREE | NOISE)


@settings(max_examples=65, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=CONTENT | DAMAGED, text=TEXT)
def test_no_content_makes_compiling_raise_anything_else(recognizer, content, text):
    """A damaged file is a ConfigurationError or it works; nothing else comes out."""
    with contextlib.suppress(ConfigurationError):
        recognizer.open_matcher([SentenceSource("t", "en", content)]).match(text, "en")
