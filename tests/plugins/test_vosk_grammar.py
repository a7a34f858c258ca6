"""What Vosk is told of a grammar: whole sentences, every pair of words, nothing it cannot know."""

import json
import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import Arc, ConfigurationError, Grammar
from irene_plugins.asr.vosk_grammar import GrammarTexts, Sampler, grammar_json

WORDS = st.sampled_from(["turn", "on", "off", "the", "lamp", "please", "five", "minutes"])
SENTENCES = st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=12)
LOOP = Grammar(
    "en",
    (Arc(0, 1, "stop", 0.9), Arc(0, 1, "go", 0.1), Arc(1, 0, "and", 0.5), Arc(0, 2, "lost", 0.0)),
    {1: 0.5},
)
"""sentences without a limit, and a word that leads nowhere"""


def anything(word):
    return True


def phrases(grammar, knows=anything, n_sentences=100):
    return json.loads(grammar_json(grammar, knows, n_sentences))


def pairs_of(sentences):
    return {pair for one in sentences for pair in pairwise(["", *one.split(), ""])}


@pytest.mark.parametrize("sentences", [[], [""], ["  ", "\t"]])
def test_an_empty_grammar_never_reaches_the_engine(sentences):
    """An empty list would crash the process; it is refused."""
    with pytest.raises(ConfigurationError, match="no words"):
        grammar_json(Grammar.of_sentences(sentences), anything, 10)


def test_a_grammar_without_a_known_sentence_is_refused():
    """A list of unknown words alone would let the engine hear nothing at all."""
    with pytest.raises(ConfigurationError, match=r"has a word that the Vosk model lacks.*lamp"):
        grammar_json(Grammar.of_sentences(["turn on the lamp"]), lambda word: word != "lamp", 10)


@given(st.lists(st.text(), max_size=8))
def test_any_text_becomes_valid_json_that_ends_with_unk(sentences):
    """Whatever is in the sentences, the engine gets a list of plain words."""
    grammar = Grammar.of_sentences(sentences)
    if not grammar.vocabulary:
        return
    *said, last = phrases(grammar)
    assert last == "[unk]"
    assert said
    assert all(phrase == " ".join(phrase.split()) != "" for phrase in said)


@given(SENTENCES)
def test_a_small_grammar_is_written_out(sentences):
    """Every sentence is there, once."""
    said = phrases(Grammar.of_sentences(sentences))[:-1]
    assert sorted(said) == sorted(set(sentences))


@given(SENTENCES, st.integers(1, 4))
def test_of_a_large_grammar_every_pair_of_words_is_there(sentences, n_sentences):
    """The engine learns pairs: each that can be said occurs, and none that cannot."""
    grammar = Grammar.of_sentences(sentences)
    said = phrases(grammar, n_sentences=n_sentences)[:-1]
    assert all(grammar.accepts(one.split()) for one in said)
    assert pairs_of(said) == pairs_of(sentences)


def test_a_grammar_with_cycles_has_an_end():
    """Commands joined without a limit give a finite list, without words that lead nowhere."""
    said = phrases(LOOP, n_sentences=5)[:-1]
    assert all(LOOP.accepts(one.split()) for one in said)
    assert pairs_of(said) == {
        ("", "stop"), ("", "go"), ("stop", ""), ("go", ""),
        ("stop", "and"), ("go", "and"), ("and", "stop"), ("and", "go"),
    }  # fmt: skip


@given(SENTENCES)
def test_sentences_are_counted(sentences):
    """As many as there are, without writing them out."""
    assert Sampler(Grammar.of_sentences(sentences)).n_sentences() == len(set(sentences))
    assert Sampler(LOOP).n_sentences() == math.inf


def test_sentences_are_drawn_as_often_as_they_are_said():
    """Of a thousand, nine in ten begin with the word that is said nine times in ten."""
    first = Counter(one.split()[0] for one in list(Sampler(LOOP).sentences(1000))[:1000])
    assert 0.85 < first["stop"] / 1000 < 0.95


@given(SENTENCES)
def test_sentences_with_an_unknown_word_are_left_out(sentences):
    """The engine would drop the word and keep the rest, which nobody says."""
    known = [one for one in sentences if "lamp" not in one.split()]
    grammar = Grammar.of_sentences(sentences)
    for n_sentences in (1, 100):
        if known:
            said = phrases(grammar, lambda word: word != "lamp", n_sentences)[:-1]
            assert pairs_of(said) == pairs_of(known)


def test_a_list_is_written_once_and_the_same_each_time():
    """The last four grammars are kept; what is drawn does not change from run to run."""
    asked = []

    def knows(word):
        asked.append(word)
        return True

    texts = GrammarTexts(knows, 2)
    first = texts.text(LOOP)
    n_asked = len(asked)
    assert texts.text(LOOP) is first
    assert len(asked) == n_asked
    for number in range(4):
        texts.text(Grammar.of_sentences([f"sentence {number}"]))
    assert texts.text(LOOP) == first
    assert texts.text(LOOP) is not first
