"""What the recogniser of sentence templates tells speech recognisers that can be said."""

import json
from pathlib import Path

import pytest

from irene import SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilOptions, HassilRecognizer
from irene_plugins.intents.clock import TimeHandler

CUSTOM_SENTENCES = Path(__file__).parents[1] / "data" / "sentences" / "custom_sentences"


def matcher_of(*sources, **options):
    """Return the matcher of contents by language."""
    named = [SentenceSource(f"{n}.yaml", tag, content) for n, (tag, content) in enumerate(sources)]
    recognizer = HassilRecognizer(HassilOptions(**options))
    return recognizer.open_matcher(named)


def content(*blocks, **more):
    """Return the content of a sentence file with one intent."""
    return {"intents": {"Test": {"data": list(blocks)}}, **more}


PLAIN = {"sentences": ["stop", "turn on {name}"]}
ANSWER = {"sentences": ["yes"], "requires_context": {"asks": "sure"}}
NAMES = {"name": {"values": ["lamp", "radio"]}}


def test_everything_in_a_folder_of_home_assistant_can_be_said():
    """Real sentence files: what the matcher understands is accepted, in words."""
    recognizer = HassilRecognizer()
    matcher = recognizer.open_matcher(recognizer.read_folder(str(CUSTOM_SENTENCES)))
    grammar = matcher.grammar("en")
    for text in (
        "turn on the lights",
        "switch on all the lights in the kitchen",
        "dim the lights to five percent",
        "set lights in the kitchen to twenty five",
        "please set the volume to fifty percent",
    ):
        assert grammar.accepts(text.split()), text
        assert matcher.match(text, "en") is not None
    assert not grammar.accepts(["turn", "on", "the", "elephants"])
    assert matcher.grammar("de").accepts(["mach", "das", "licht", "an"])


def test_bundled_sentences_can_be_said():
    """What the clock understands, with the apostrophe inside of its word."""
    matcher = matcher_of(("en", TimeHandler().sentences("en")))
    grammar = matcher.grammar("en")
    assert grammar.accepts(["what", "time", "is", "it"])
    assert grammar.accepts(["could", "you", "please", "tell", "me", "what's", "the", "time"])


def test_a_language_without_sentences_has_no_grammar():
    """Nothing is confined to nothing."""
    assert matcher_of(("en", content(PLAIN, lists=NAMES))).grammar("fr") is None


def test_sentences_that_need_context_are_said_in_it():
    """The answer to a question can be said when it has been asked."""
    matcher = matcher_of(("en", content(PLAIN, ANSWER, lists=NAMES)))
    assert not matcher.grammar("en").accepts(["yes"])
    answering = matcher.grammar("en", {"asks": "sure", "last_intent": "Test"})
    assert answering.accepts(["yes"])
    assert answering.accepts(["stop"])


def test_the_limit_comes_from_the_configuration():
    """A small machine may take a smaller grammar."""
    names = {"name": {"values": [f"lamp {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]}}
    source = ("en", content(PLAIN, lists=names))
    assert matcher_of(source, grammar_arcs=100).grammar("en").accepts(["turn", "on", "lamp", "a"])
    small = matcher_of(source, grammar_arcs=20).grammar("en")
    assert small.accepts(["stop"])
    assert not small.accepts(["turn", "on", "lamp", "a"])
    assert "20 arcs" in small.omitted[0]


def test_the_name_of_a_grammar_covers_what_it_depends_on():
    """Sentences, lists, language, limit and context; equal sources have equal names."""
    base = content(PLAIN, ANSWER, lists=NAMES)
    key = matcher_of(("en", base)).grammar_key("en")
    assert matcher_of(("en", json.loads(json.dumps(base)))).grammar_key("en") == key
    other_list = {**base, "lists": {"name": {"values": ["lamp", "telly"]}}}
    others = [
        matcher_of(("en", other_list)).grammar_key("en"),
        matcher_of(("en", content(PLAIN, lists=NAMES))).grammar_key("en"),
        matcher_of(("en", base), grammar_arcs=50).grammar_key("en"),
        matcher_of(("en", base)).grammar_key("en-US"),
        matcher_of(("en", base)).grammar_key("en", {"asks": "sure"}),
    ]
    assert len({key, *others}) == 6


def test_context_that_decides_on_nothing_changes_no_name():
    """Most intents leave the grammar as it is, so it is not compiled for each of them."""
    matcher = matcher_of(("en", content(PLAIN, ANSWER, lists=NAMES)))
    assert matcher.grammar_key("en", {"last_intent": "Other"}) == matcher.grammar_key("en")
    asked = matcher.grammar_key("en", {"asks": "sure"})
    assert matcher.grammar_key("en", {"asks": "sure", "last_intent": "Other"}) == asked


def test_values_that_json_does_not_know_have_names_too():
    """A date in a YAML file is a date object."""
    import datetime

    source = {**content(PLAIN, lists=NAMES), "since": datetime.date(2026, 1, 1)}
    assert matcher_of(("en", source)).grammar_key("en")
