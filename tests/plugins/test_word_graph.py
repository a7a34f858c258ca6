"""Acceptors against plain sets of sentences: union, putting into one another, limits."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene_plugins.intent_recognition.grammar.word_graph import (
    Graph,
    TooLargeError,
    filled_in,
    live,
    minimal,
    path,
)

MANY = 100_000
LETTERS = st.sampled_from("abc")
TEXTS = st.lists(st.lists(LETTERS, min_size=1, max_size=4).map("".join), min_size=1, max_size=8)


def graph_of(texts):
    """Return the graph of texts, letter by letter, each equally likely."""
    graph = Graph()
    for text in texts:
        graph.add_branch(path(text), 1 / len(texts))
    return graph


def said(acceptor):
    """Return what is accepted, with its probability."""
    found, pending = {}, [("", 0, 1.0)]
    while pending:
        text, state, share = pending.pop()
        if state in acceptor.finals:
            found[text] = found.get(text, 0.0) + share * acceptor.finals[state]
        pending += [(text + a, to, share * p) for a, (to, p) in acceptor.arcs[state].items()]
    return found


@given(TEXTS)
def test_a_minimal_acceptor_accepts_the_same(texts):
    """Whatever is repeated, begins or ends alike."""
    acceptor = minimal(graph_of(texts), MANY)
    assert set(said(acceptor)) == set(texts)
    assert sum(said(acceptor).values()) == pytest.approx(1.0)


@given(TEXTS)
def test_the_beginning_of_what_is_said_keeps_its_probability(texts):
    """What is gathered is exact up to where sentences with different ends have met."""
    acceptor = minimal(graph_of(texts), MANY)
    for letter in "abc":
        share = sum(text[0] == letter for text in texts) / len(texts)
        assert acceptor.arcs[0].get(letter, (0, 0.0))[1] == pytest.approx(share)


@given(TEXTS)
def test_a_minimal_acceptor_has_as_many_states_as_there_are_ways_to_go_on(texts):
    """Myhill and Nerode: one state for each set of what may follow."""
    following = {
        frozenset(text[len(begun) :] for text in texts if text.startswith(begun))
        for text in texts
        for begun in itertools.accumulate(text, initial="")
    }
    assert len(minimal(graph_of(texts), MANY).arcs) == len(following)


@given(TEXTS)
def test_arcs_lead_upwards_and_shares_sum_to_one(texts):
    """Both are promised, and everything else is built on them."""
    acceptor = minimal(graph_of(texts), MANY)
    for state, out in enumerate(acceptor.arcs):
        assert all(target > state for target, _ in out.values())
        total = sum(share for _, share in out.values()) + acceptor.finals.get(state, 0.0)
        assert total == pytest.approx(1.0, abs=1e-9)


@given(TEXTS, st.dictionaries(LETTERS, TEXTS, min_size=1))
def test_acceptors_are_put_into_one_another(texts, inner):
    """Every label that has an acceptor of its own stands for all that this accepts."""
    inside = {letter: minimal(graph_of(them), MANY) for letter, them in inner.items()}
    filled = filled_in(minimal(graph_of(texts), MANY), inside.get, MANY)
    acceptor = minimal(filled, MANY)
    assert set(said(acceptor)) == {
        "".join(parts)
        for text in texts
        for parts in itertools.product(*(inner.get(letter, [letter]) for letter in text))
    }
    assert sum(said(acceptor).values()) == pytest.approx(1.0)


def test_what_leads_nowhere_is_left_out():
    """Its share goes to what leads somewhere, also where states are in no order."""
    graph = Graph([[("a", 2, 0.5), ("b", 1, 0.5)], [], [("c", 1, 0.25), ("d", 3, 0.75)], []])
    graph.finals[3] = 1.0
    assert said(minimal(live(graph), MANY)) == pytest.approx({"ad": 1.0})


def test_nothing_is_an_acceptor_too():
    """A graph without ends gives an acceptor that is empty, not an error."""
    acceptor = minimal(live(Graph([[("a", 1, 1.0)], []])), MANY)
    assert acceptor.is_empty
    assert acceptor.n_arcs == 0
    assert minimal(Graph(), MANY).is_empty


def test_what_is_too_improbable_for_a_float_is_still_possible():
    """Shares are never zero where something can follow."""
    graph = Graph()
    graph.add_branch(path("ab"), 1.0)
    graph.add_branch(path("cd"), 0.0)
    acceptor = minimal(graph, MANY)
    assert set(said(acceptor)) == {"ab", "cd"}
    assert all(share > 0 for out in acceptor.arcs for _, share in out.values())


def test_there_is_a_limit():
    """Sets of states can multiply; nothing is made that is larger than allowed."""
    graph = graph_of(["".join(letters) for letters in itertools.product("abc", repeat=4)])
    with pytest.raises(TooLargeError, match="more than 50 arcs"):
        minimal(graph, 50)
    large = minimal(graph, MANY)
    with pytest.raises(TooLargeError, match="more than 20 arcs"):
        filled_in(path("xy"), {"x": large, "y": large}.get, 20)
