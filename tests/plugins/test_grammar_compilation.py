"""Sentence templates become a grammar: exactly what they say, weighted, minimal, within a limit."""

import pytest

pytest.importorskip("hassil")

from hassil import Intents, recognize_best
from hassil.sample import sample_sentence
from hypothesis import given, settings
from hypothesis import strategies as st

from irene_plugins.intent_recognition.grammar_compilation import compile_grammar
from irene_plugins.intent_recognition.template_graph import is_spoken

LISTS = {
    "room": {"values": ["kitchen", "Living Room", {"in": "(bath|wash)room", "out": "bath"}]},
    "colour": {"values": [{"in": "red", "out": 1}, {"in": "dark [blue]", "out": 2}, "blue"]},
    "level": {"range": {"from": 0, "to": 25, "step": 5}},
    "half": {"range": {"from": 1, "to": 3, "fractions": "halves"}},
    "anything": {"wildcard": True},
}
RULES = {"the": "[the|my]", "lamp": "<the> (lamp|light[s])", "please": "[please] [(can|could) you]"}


def intents(sentences, **more):
    """Return compiled intents: a list of sentences, or lists by name of the intent."""
    by_name = sentences if isinstance(sentences, dict) else {"Test": sentences}
    blocks = {
        name: {
            "data": [block if isinstance(block, dict) else {"sentences": [block]} for block in one]
        }
        for name, one in by_name.items()
    }
    content = {"language": "en", "intents": blocks, "lists": LISTS, "expansion_rules": RULES}
    return Intents.from_dict({**content, **more})


def grammar_of(sentences, context=None, most_arcs=10_000, **more):
    """Return the grammar of sentences."""
    return compile_grammar([intents(sentences, **more)], "en", context or {}, most_arcs)


def said(grammar, state=0):
    """Return everything that a grammar accepts from a state on, with its probability."""
    found = {}
    pending = [((), state, 1.0)]
    while pending:
        words, state, probability = pending.pop()
        if state in grammar.finals:
            found[" ".join(words)] = probability * grammar.finals[state]
        pending += [
            ((*words, arc.word), arc.target, probability * arc.probability)
            for arc in grammar.arcs
            if arc.source == state
        ]
    return found


def states(grammar):
    """Return the numbers of all states."""
    return {0, *(arc.target for arc in grammar.arcs)} if grammar else set()


def written_out(compiled):
    """Return what hassil itself makes of templates, in words; nothing that cannot be spoken."""
    texts = set()
    for data in (data for intent in compiled.intents.values() for data in intent.data):
        for sentence in data.sentences:
            for text in sample_sentence(
                sentence, compiled.slot_lists, compiled.expansion_rules, language="en"
            ):
                words = text.lower().replace("-", " ").split()
                if words and all(map(is_spoken, words)):
                    texts.add(" ".join(words))
    return texts


words = st.sampled_from(["turn", "on", "off", "the", "lamp", "what's", "un", "do", "s"])
slots = st.sampled_from(["{room}", "{colour}", "{level}", "<the>", "<lamp>"])


def larger(parts):
    """Return templates made of templates."""
    several = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(
        several.map(" ".join),
        st.lists(parts, min_size=2, max_size=2).map("".join),
        several.map(lambda them: f"({'|'.join(them)})"),
        several.map(lambda them: f"[{'|'.join(them)}]"),
        parts.map(lambda part: f"[{part}]"),
        st.lists(parts, min_size=2, max_size=2).map(lambda them: f"({';'.join(them)})"),
    )


templates = st.recursive(words | slots, larger, max_leaves=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(templates, min_size=1, max_size=3))
def test_a_grammar_accepts_exactly_what_the_templates_say(sentences):
    """Alternatives, optional parts, permutations, rules, lists, in any nesting."""
    grammar = grammar_of(sentences)
    assert set(said(grammar) if grammar else ()) == written_out(intents(sentences))


@settings(max_examples=100, deadline=None)
@given(st.lists(templates, min_size=1, max_size=2))
def test_everything_that_a_grammar_accepts_is_understood(sentences):
    """What recognition is confined to never ends in "I did not understand"."""
    compiled = intents(sentences)
    grammar = compile_grammar([compiled], "en", {}, 10_000)
    for text in list(said(grammar))[:60] if grammar else ():
        assert recognize_best(text, compiled, language="en") is not None, text


@settings(max_examples=100, deadline=None)
@given(st.lists(templates, min_size=1, max_size=3))
def test_probabilities_sum_to_one(sentences):
    """What leaves a state, the end of a sentence included, is everything that can follow."""
    grammar = grammar_of(sentences)
    for state in states(grammar):
        onward = sum(arc.probability for arc in grammar.arcs if arc.source == state)
        assert onward + grammar.finals.get(state, 0.0) == pytest.approx(1.0, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.lists(templates, min_size=1, max_size=3))
def test_a_grammar_is_deterministic_and_minimal(sentences):
    """No state repeats a word, and no two states go on alike."""
    grammar = grammar_of(sentences)
    follows = {state: [] for state in states(grammar)}
    for arc in grammar.arcs if grammar else ():
        follows[arc.source].append((arc.word, arc.target))
    for out in follows.values():
        assert len({word for word, _ in out}) == len(out)
    futures = {state: frozenset(said(grammar, state)) for state in (follows if grammar else ())}
    assert len(set(futures.values())) == len(futures)
