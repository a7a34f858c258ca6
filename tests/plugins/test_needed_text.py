"""Sentences whose words a text lacks are not tried, and nothing else is lost."""

from __future__ import annotations

import itertools

import pytest

from irene import SentenceSource
from irene.components.assembly import Assembly
from irene.config.loading import load_config, registry_for

hassil = pytest.importorskip("hassil", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.compilation import compile_sources  # noqa: E402
from irene_plugins.intent_recognition.needed_text import NeededText  # noqa: E402


def tried(text, *sentences, lists=None, rules=None, language="en", **more):
    """Return which of these sentences, each in a block of its own, are tried for a text."""
    data = [{"sentences": [sentence]} for sentence in sentences]
    content = {
        "intents": {"Test": {"data": data}},
        "lists": lists or {},
        "expansion_rules": rules or {},
        **more,
    }
    sources = [SentenceSource("test.yaml", language, content)]
    intents = NeededText(compile_sources(sources).languages[language].intents).within(text)
    found = intents.intents.get("Test")
    return [one for block in found.data for one in block.sentence_texts] if found else []


def test_a_sentence_is_tried_where_all_its_words_are_there():
    """In whatever case, and with whatever punctuation."""
    assert tried("Play, music!", "play [the] music") == ["play [the] music"]
    assert tried("Play the radio", "play [the] music", "stop the radio") == []


def test_one_of_the_alternatives_is_enough():
    """A branch without words needs nothing, and so does what is optional."""
    assert tried("please stop", "(stop|halt)", "(go|walk)") == ["(stop|halt)"]
    assert tried("please", "please (stop now|[do] halt)", "please (go|[walk])") == [
        "please (go|[walk])"
    ]


def test_one_value_of_a_list_is_enough():
    """So what consists of lists is not tried for any text."""
    lists = {"how": {"values": ["louder", {"in": "(quieter|more quiet)", "out": "down"}]}}
    assert tried("a bit more quiet", "[a bit] {how}", lists=lists) == ["[a bit] {how}"]
    assert tried("what time is it", "[a bit] {how}", lists=lists) == []


def test_a_number_that_is_never_spoken_needs_a_digit():
    """One that is spoken may be written in many ways; any words may stand for a wildcard."""
    digits = {"number": {"range": {"from": 100, "to": 200, "words": False}}}
    spoken = {"number": {"range": {"from": 100, "to": 200}}}
    assert tried("a hundred", "{number}", lists=digits) == []
    assert tried("150", "{number}", lists=digits) == ["{number}"]
    assert tried("a hundred", "{number}", lists=spoken) == ["{number}"]
    assert tried("anything", "{any}", lists={"any": {"wildcard": True}}) == ["{any}"]


def test_rules_are_looked_into():
    """Also into rules of rules."""
    rules = {"ask": "<polite> tell me", "polite": "(please|kindly)"}
    assert tried("kindly tell me", "<ask>", rules=rules) == ["<ask>"]
    assert tried("tell me", "<ask>", rules=rules) == []


@pytest.mark.parametrize(
    ("text", "sentence", "language"),
    [
        ("living-room light", "living room light", "en"),
        ("Dreissig Grad draussen", "Dreißig Grad draußen", "de"),
        ("it is 5 o’clock", "it is 5 o'clock", "en"),
        ("mr smith", "mr. smith", "en"),
        ("lights on", "light[s] on", "en"),
        ("İstanbul", "istanbul", "en"),
    ],
)
def test_another_spelling_is_none_the_worse(text, sentence, language):
    """What hassil takes for the same is tried."""
    assert tried(text, sentence, language=language) == [sentence]


def test_words_may_be_written_apart_where_spaces_mean_nothing():
    """Then everything is tried."""
    settings = {"settings": {"ignore_whitespace": True}}
    assert tried("電 気", "電気", **settings) == ["電気"]


@pytest.fixture(scope="module", params=["en", "de"])
def shipped(request):
    """Return the shipped sentences of the default handlers, and samples of them."""
    registry = registry_for("default")
    understanding = Assembly(load_config("default", registry=registry), registry).understanding()
    understanding.load(request.param)
    matcher = understanding.matcher
    compiled = next(matcher._compiled.family(request.param))
    yield compiled, list(itertools.islice(matcher.samples(request.param, 1), 0, None, 6))
    understanding.close()


def readings(text, intents, context):
    """Return everything that hassil finds in a text."""
    return sorted(
        f"{one.intent.name} {[(entity.name, entity.value) for entity in one.entities_list]}"
        for one in hassil.recognize_all(text, intents, intent_context=dict(context))
    )


def test_every_reading_of_the_shipped_sentences_is_found(shipped):
    """Among the blocks that are tried for a text is whatever fits it."""
    compiled, samples = shipped
    assert len(samples) > 40
    for sample in samples:
        found, every = (
            readings(sample.text, intents, sample.context)
            for intents in (
                compiled.blocks.fitting(sample.context, sample.text),
                compiled.blocks.possible(sample.context),
            )
        )
        assert found == every != [], sample


def test_most_sentences_are_not_tried(shipped):
    """What makes the difference in time: the templates that a text is tried against."""
    compiled, samples = shipped
    tries = [
        sum(len(block.sentences) for intent in intents.intents.values() for block in intent.data)
        for sample in samples
        for intents in (compiled.blocks.fitting({}, sample.text), compiled.blocks.possible({}))
    ]
    assert sum(tries[::2]) < 0.3 * sum(tries[1::2])
