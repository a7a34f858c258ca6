"""Grammars of words: plain lists of sentences, sentences that are joined, the likeliest ones."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import Arc, Grammar
from irene.domain.grammar import spoken_words

WORDS = st.sampled_from(["turn", "on", "and", "then", "lamp", "stop"])
SENTENCES = st.lists(
    st.lists(WORDS, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=6, unique=True
)
CONJUNCTIONS = ("and then", "and", "then")


def shares(grammar):
    """Return what leaves each state, its end included."""
    totals = dict(grammar.finals)
    for arc in grammar.arcs:
        totals[arc.source] = totals.get(arc.source, 0.0) + arc.probability
    return totals


def test_a_text_is_held_without_case_and_punctuation():
    """Apostrophes and hyphens inside of words stay; sharp s is not folded."""
    assert spoken_words("  What's the TIME, please? ") == ("what's", "the", "time", "please")
    assert spoken_words("Straße (air-conditioner)!") == ("straße", "air-conditioner")
    assert spoken_words("...") == ()


@given(SENTENCES)
def test_the_grammar_of_a_list_accepts_the_list(sentences):
    """Every sentence, each as likely as the others, and none of their beginnings."""
    grammar = Grammar.of_sentences(sentences)
    for sentence in sentences:
        words = sentence.split()
        assert grammar.accepts(words)
        for length in range(len(words)):
            assert grammar.accepts(words[:length]) == (" ".join(words[:length]) in sentences)
    assert all(total == pytest.approx(1.0, abs=1e-9) for total in shares(grammar).values())


@given(SENTENCES)
def test_sentences_may_be_joined_by_conjunctions(sentences):
    """One sentence, two or three, with any conjunction between; never an open end."""
    chained = Grammar.of_sentences(sentences).chained(CONJUNCTIONS)
    for sentence in sentences:
        assert chained.accepts(sentence.split())
    for first, joint, second in itertools.product(sentences[:2], CONJUNCTIONS, sentences[:3]):
        assert chained.accepts(f"{first} {joint} {second}".split())
        assert chained.accepts(f"{first} {joint} {second} and {first}".split())


@given(SENTENCES)
def test_a_grammar_of_joined_sentences_is_sound(sentences):
    """No state repeats a word, every state leads on to something, and shares sum to one."""
    chained = Grammar.of_sentences(sentences).chained(CONJUNCTIONS)
    ways = [(arc.source, arc.word) for arc in chained.arcs]
    assert len(set(ways)) == len(ways)
    assert all(total == pytest.approx(1.0, abs=1e-9) for total in shares(chained).values())
    assert {arc.target for arc in chained.arcs} <= set(shares(chained))


def test_nothing_else_is_joined():
    """A conjunction at an end, twice, or in front is no sentence."""
    chained = Grammar.of_sentences(["stop", "turn on the lamp"]).chained(CONJUNCTIONS)
    for text in ("stop and", "and stop", "stop and and stop", "stop stop", "turn on and stop", ""):
        assert not chained.accepts(text.split()), text


def test_a_conjunction_may_also_be_part_of_a_sentence():
    """ "salt and pepper" is one thing; after it, or after "salt", another command may come."""
    chained = Grammar.of_sentences(["add salt", "add salt and pepper", "stop"]).chained(["and"])
    for text in ("add salt and pepper", "add salt and stop", "add salt and pepper and add salt"):
        assert chained.accepts(text.split()), text
    assert not chained.accepts(["add", "salt", "and", "pepper", "pepper"])


def test_joining_keeps_the_size_in_bounds():
    """Sentences full of conjunctions are left as they are rather than multiplied."""
    parts = ["and", "then", "a"]
    sentences = [
        " ".join(words) for n in (1, 2, 3, 4, 5) for words in itertools.product(parts, repeat=n)
    ]
    grammar = Grammar.of_sentences(sentences)
    assert len(grammar.chained(["and", "then"]).arcs) <= 3 * len(grammar.arcs) + 1000


def test_most_sentences_are_heard_alone():
    """Going on is possible, but unlikely."""
    chained = Grammar.of_sentences(["stop"]).chained(["and"])
    (ending,) = (chained.finals[arc.target] for arc in chained.arcs if arc.word == "stop")
    assert ending == pytest.approx(0.95)


def test_without_conjunctions_a_grammar_stays_what_it_is():
    """A language without known conjunctions has no chains."""
    grammar = Grammar.of_sentences(["stop"])
    assert grammar.chained(()) is grammar


def test_the_likeliest_sentences_come_first():
    """For an engine that takes a text, the most probable sentences are the most useful."""
    grammar = Grammar.of_sentences(["stop", "turn on the lamp", "turn off the lamp"])
    assert grammar.likeliest(10)[0] == "stop"
    assert sorted(grammar.likeliest(10)[1:]) == ["turn off the lamp", "turn on the lamp"]
    assert len(grammar.likeliest(2)) == 2
    assert Grammar.of_sentences([]).likeliest(3) == []


def test_a_cycle_has_its_likeliest_sentences_too():
    """Joined sentences never end; the short ones come first."""
    chained = Grammar.of_sentences(["stop", "go"]).chained(["and"])
    assert set(chained.likeliest(2)) == {"stop", "go"}
    assert len(chained.likeliest(20)) == 20


def test_equal_grammars_have_equal_digests():
    """The order of a list does not matter; what was left out is no part of the content."""
    one = Grammar.of_sentences(["stop", "go"])
    same = Grammar(one.language, one.arcs, one.finals, ("a sentence",))
    assert one.digest == Grammar.of_sentences(["go", "stop"]).digest == same.digest
    assert one.digest != Grammar.of_sentences(["stop", "go"], "de").digest


def test_the_probability_of_a_sentence_is_that_of_its_arcs_and_its_end():
    """All sentences of a list together have probability one; others have none."""
    grammar = Grammar.of_sentences(["yes", "yes please", "no", "stop"])
    logs = [grammar.log_probability(one.split()) for one in ("yes", "yes please", "no", "stop")]
    assert sum(map(math.exp, logs)) == pytest.approx(1.0)
    assert grammar.log_probability(["please"]) == -math.inf
    assert grammar.log_probability([]) == -math.inf
    assert Grammar("en", (Arc(0, 1, "no", 0.0),), {1: 1.0}).log_probability(["no"]) == -math.inf
