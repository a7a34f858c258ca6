"""Grammars of one source set share the words of its templates, whatever the conversation is."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

pytest.importorskip("hassil", reason="the extra `intents` is not installed")

from irene import SentenceSource
from irene_plugins.intent_recognition.compilation import compile_sources
from irene_plugins.intent_recognition.grammar.block_context import BlockContext
from irene_plugins.intent_recognition.grammar.compilation import compile_grammar

ASKED, ELSEWHERE = {"last_intent": "Ask"}, {"last_intent": "Other"}
NUMBERS = count()


def compiled(*blocks, **more):
    """Return the sentences of these blocks, each time compiled anew."""
    content = {"intents": {"Test": {"data": list(blocks)}}, **more}
    compile_sources.__globals__["_compiled"].cache_clear()
    origin = f"test-{next(NUMBERS)}.yaml"  # sources that say the same are compiled once
    return compile_sources([SentenceSource(origin, "en", content)]).languages["en"].intents


def grammar_of(intents, context=None):
    """Return what can be said in a context."""
    return compile_grammar([intents], "en", context or {}, 10_000)


def always(*sentences, **more):
    """Return a block that may be said at any time."""
    return {"sentences": list(sentences), **more}


def as_answer(*sentences, **more):
    """Return a block that may be said when something was asked."""
    return {"sentences": list(sentences), "requires_context": dict(ASKED), **more}


def test_a_template_is_compiled_once_for_all_conversations():
    """The second grammar finds the very words that the first one has made."""
    intents = compiled(always("turn on the (lamp|light)"), as_answer("the second one"))
    grammar_of(intents)
    templates = intents.template_words.within(100_000)
    before = templates.of_block("Test", 0, BlockContext({}, {}, {}))
    assert "second" in grammar_of(intents, ASKED).vocabulary
    assert intents.template_words.within(100_000) is templates
    assert templates.of_block("Test", 0, BlockContext({}, {}, ASKED)) is before


def test_what_cannot_be_said_is_named_only_where_it_could_be_meant():
    """A list with digits that only an answer refers to; it is named there every time."""
    lists = {"channel": {"values": ["one", "channel 2"]}}
    intents = compiled(always("turn on"), as_answer("{channel}", "7"), lists=lists)
    lines = ("intent Test: '7': write '7' as words", "list {channel}: write '2' as words")
    asked = (ASKED, ELSEWHERE, ASKED)
    told = [grammar_of(intents, context).omitted for context in asked]
    assert told == [lines, (), lines]


@pytest.mark.parametrize("earlier", [{}, ASKED], ids=["plain", "answer"])
def test_a_value_is_written_with_the_rules_of_its_block(earlier):
    """A block with a rule of its own says the values of a shared list in its own way."""
    intents = compiled(
        as_answer("it is {thing}", expansion_rules={"my": "our"}),
        always("take {thing}"),
        lists={"thing": {"values": ["<my> lamp"]}},
        expansion_rules={"my": "my"},
    )
    grammar_of(intents, earlier)
    assert grammar_of(intents).vocabulary == ("lamp", "my", "take")
    both = {arc.word for arc in grammar_of(intents, ASKED).arcs}
    assert both == {"it", "is", "our", "lamp", "take", "my"}


def test_threads_get_what_they_would_get_alone():
    """Conversations that need grammars at the same time wait for each other, and lose nothing."""
    blocks = [
        {"sentences": [f"[please] say {{word}} {'again ' * n}"], "requires_context": {"last": n}}
        for n in range(6)
    ]
    lists = {"word": {"values": ["one", "two", "3"]}}
    contexts = [{"last": n} for n in range(6)] * 2
    alone = [grammar_of(compiled(*blocks, lists=lists), context) for context in contexts]
    together = compiled(*blocks, lists=lists)
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda one: grammar_of(together, one), contexts)) == alone


def test_the_words_are_freed_with_the_sentences():
    """Nothing of an earlier source set stays when others are compiled."""
    intents = compiled(always("turn on"))
    grammar_of(intents)
    words = weakref.ref(intents.template_words)
    del intents
    compiled(always("turn off"))
    gc.collect()
    assert words() is None


def test_words_of_no_more_than_two_limits_are_kept():
    """One for the language alone, one for it beside a wider one; each limit has its own words."""
    intents = compiled(always("turn on the (lamp|light)"))
    first, second = (intents.template_words.within(limit) for limit in (100, 50))
    assert intents.template_words.within(100) is first is not second
    intents.template_words.within(20)
    assert intents.template_words.within(50) is second
    assert intents.template_words.within(100) is not first
