"""What a conversation rules out is not tried, and nothing else is lost."""

from __future__ import annotations

import itertools

import pytest

from irene import SentenceSource
from irene.components.assembly import Assembly
from irene.config.loading import load_config, registry_for

hassil = pytest.importorskip("hassil", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.compilation import compile_sources  # noqa: E402
from irene_plugins.intent_recognition.conversation_blocks import ConversationBlocks  # noqa: E402


def blocks_of(*blocks, lists=None):
    """Return the one intent of these blocks."""
    content = {"intents": {"Test": {"data": list(blocks)}}, "lists": lists or {}}
    return compile_sources([SentenceSource("test.yaml", "en", content)]).languages["en"].intents


def sentences(intents):
    """Return every template that may fit."""
    return [text for block in intents.intents["Test"].data for text in block.sentence_texts]


PLAIN = {"sentences": ["hello"]}
REPLY = {"sentences": ["five minutes"], "requires_context": {"asks": "duration"}}


def test_a_reply_is_only_tried_when_something_was_asked():
    """The value is left to hassil: only whether there is one decides."""
    blocks = ConversationBlocks(blocks_of(PLAIN, REPLY))
    assert sentences(blocks.possible({})) == ["hello"]
    assert sentences(blocks.possible({"last_intent": "Test"})) == ["hello"]
    assert sentences(blocks.possible({"asks": "name"})) == ["hello", "five minutes"]


def test_what_a_value_of_a_list_may_bring_is_not_missed():
    """An entity brings its domain, so a block that requires one may always fit."""
    lamp = {"values": [{"in": "lamp", "out": "lamp", "context": {"domain": "light"}}]}
    needy = {"sentences": ["dim the {name}"], "requires_context": {"domain": "light"}}
    intents = blocks_of(PLAIN, needy, lists={"name": lamp})
    assert sentences(ConversationBlocks(intents).possible({})) == ["hello", "dim the {name}"]


def test_a_block_that_takes_none_is_kept():
    """A list of values with nothing in it fits where the key is missing."""
    free = {"sentences": ["go on"], "requires_context": {"area": [None, "hall"]}}
    assert sentences(ConversationBlocks(blocks_of(PLAIN, free)).possible({})) == ["hello", "go on"]


def test_conversations_of_the_same_kind_share_their_intents():
    """Nothing is built anew for each sentence."""
    blocks = ConversationBlocks(blocks_of(PLAIN, REPLY))
    assert blocks.possible({"x": 1}) is blocks.possible({})
    assert blocks.possible({"asks": "a"}) is blocks.possible({"asks": "b"})


@pytest.fixture(scope="module")
def shipped():
    """Return the shipped English sentences of the default handlers, and samples of them."""
    registry = registry_for("default")
    understanding = Assembly(load_config("default", registry=registry), registry).understanding()
    understanding.load("en")
    matcher = understanding.matcher
    compiled = next(matcher._compiled.family("en"))
    yield compiled, list(itertools.islice(matcher.samples("en", 1), 0, None, 6))
    understanding.close()


def test_the_shipped_sentences_mean_the_same(shipped):
    """Every reading that hassil finds among all blocks is found among the possible ones."""
    compiled, samples = shipped
    assert len(samples) > 40
    for sample, context in itertools.product(samples, ({}, {"last_intent": "HassStartTimer"})):
        within = {**context, **sample.context}
        possible = compiled.blocks.possible(within)
        found = [
            sorted(
                f"{one.intent.name} {[(entity.name, entity.value) for entity in one.entities_list]}"
                for one in hassil.recognize_all(sample.text, intents, intent_context=dict(within))
            )
            for intents in (possible, compiled.intents)
        ]
        assert found[0] == found[1], sample


def test_most_sentences_need_not_be_tried_against_replies(shipped):
    """What makes the difference in time: the templates that a first sentence is tried against."""
    compiled, _ = shipped
    total, first = (
        sum(len(block.sentences) for intent in intents.intents.values() for block in intent.data)
        for intents in (compiled.intents, compiled.blocks.possible({}))
    )
    assert first < 0.9 * total
