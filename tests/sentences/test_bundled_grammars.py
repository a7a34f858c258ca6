"""The grammars of all conversations with a bundled handler share what its templates say."""

from collections.abc import Mapping

import pytest

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from test_tables import bundled_handlers, home_handler

from irene import SentenceSource
from irene_plugins.intent_recognition.compilation import compile_sources
from irene_plugins.intent_recognition.grammar.compilation import compile_grammar

MOST_ARCS = 100_000
MOST_CONTEXTS = 3
"""of a handler: those of the home take seconds each"""


@pytest.fixture(scope="module", params=["en", "de"])
def intents(request, tmp_path_factory):
    """The sentences of each bundled handler in one language, a home among them."""
    handlers = {handler.name: handler for handler in bundled_handlers()}
    handlers["homeassistant"] = home_handler(request.param, tmp_path_factory.mktemp("state"))
    contents = {name: handler.sentences(request.param) for name, handler in handlers.items()}
    return {
        name: compile_sources([SentenceSource(name, request.param, content)])
        .languages[request.param]
        .intents
        for name, content in contents.items()
        if content
    }


def conversations(intents):
    """Return no context, and some of those in which a block of these sentences may be said."""
    found = [{}]
    for block in (block for intent in intents.intents.values() for block in intent.data):
        context = {key: first(wanted) for key, wanted in block.requires_context.items()}
        if context not in found:
            found.append(context)
    return found[:: len(found) // MOST_CONTEXTS + 1]


def first(wanted):
    """Return a value that a block requires."""
    value = wanted.get("value") if isinstance(wanted, Mapping) else wanted
    return value[0] if isinstance(value, list) else value


def fresh(intents):
    """Return the same sentences with nothing made of them."""
    return type(intents)(**{name: getattr(intents, name) for name in intents.__match_args__})


def test_a_grammar_is_the_same_whatever_was_compiled_before(intents):
    """Words, probabilities and what is left out: each handler, in several conversations."""
    n_compared = 0
    for one in intents.values():
        for context in conversations(one):
            shared = compile_grammar([one], one.language, context, MOST_ARCS)
            alone = compile_grammar([fresh(one)], one.language, context, MOST_ARCS)
            assert shared == alone, context
            n_compared += shared is not None
    assert n_compared > 20
