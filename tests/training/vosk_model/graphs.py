"""What may follow what: words as chains of states, and how likely one follows another."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np

from vosk_model.sentences import UNKNOWN, WORDS, command
from vosk_model.topology import Topology
from vosk_model.transducers import Link, Transducer

_N_SENTENCES = 20_000
_LEARNT = 0.9
"""weight of the pairs of words in commands; the rest is any word after any"""
_UNKNOWN_SHARE = 0.02
_END_SHARE = 0.1
_SILENCE_COST = math.log(2)
_START = -1


@dataclass(frozen=True)
class Durations:
    """How long each state lasts."""

    stay: np.ndarray
    """probability of staying for another 30 ms, shape (states,)"""

    @classmethod
    def of_alignment(cls, aligned: list[np.ndarray], n_states: int, stride: int) -> Durations:
        """Return the durations in an alignment to frames of 10 ms."""
        frames, visits = np.ones(n_states), np.ones(n_states)
        for states in aligned:
            each = states[::stride]
            np.add.at(frames, each, 1)
            np.add.at(visits, each[np.flatnonzero(np.diff(each, prepend=-1))], 1)
        return cls(np.clip(1 - visits / frames, 0.05, 0.97))


def follows() -> dict[int, dict[int, float]]:
    """Return how likely each word (from 1), or the end (0), follows each word or the start (-1)."""
    random, pairs = Random(1), Counter[tuple[int, int]]()
    for _ in range(_N_SENTENCES):
        numbers = [WORDS.index(word) + 1 for word in command(random).split()]
        pairs.update(zip([_START, *numbers], [*numbers, 0], strict=True))
    totals = Counter[int]()
    for (before, _), count in pairs.items():
        totals[before] += count
    unknown = WORDS.index(UNKNOWN) + 1
    known = [number for number in range(1, len(WORDS) + 1) if number != unknown]
    table = {}
    for before in (_START, *range(1, len(WORDS) + 1)):
        learnt = _LEARNT if totals[before] else 0.0
        even = (1 - learnt) * (1 - _END_SHARE) / len(known)
        row = {
            after: learnt * pairs[before, after] / max(1, totals[before]) + even for after in known
        }
        end = learnt * pairs[before, 0] / max(1, totals[before]) + (1 - learnt) * _END_SHARE
        row = {after: share * (1 - _UNKNOWN_SHARE) for after, share in row.items()}
        table[before] = row | {unknown: _UNKNOWN_SHARE, 0: max(end, 1e-3)}
    return table


class Lexicon:
    """Writes words into a graph as the chains of states that the decoder follows.

    The arc into a state comes before the arc around it, as Kaldi orders them.
    """

    def __init__(self, topology: Topology, durations: Durations) -> None:
        self._topology = topology
        self._stay = durations.stay

    def fixed(self) -> Transducer:
        """Return the whole decoding graph with the commands' language model in it (HCLG)."""
        table = follows()
        graph = Transducer()
        histories = {before: graph.add_state() for before in table}
        words = {n: self._chain(graph, n, histories[n]) for n in range(1, len(WORDS) + 1)}
        for before, state in histories.items():
            spoken = self._maybe_silence(graph, state, -math.log(table[before][0]))
            graph.links[spoken] = [
                self._entrance(after, -math.log(share), words[after])
                for after, share in table[before].items()
                if after
            ]
        return graph

    def open(self) -> Transducer:
        """Return the words in any order, without a language model (HCLr)."""
        graph = Transducer()
        loop = graph.add_state()
        spoken = self._maybe_silence(graph, loop, 0.0)
        graph.links[spoken] = [
            self._entrance(number, 0.0, self._chain(graph, number, loop))
            for number in range(1, len(WORDS) + 1)
        ]
        return graph

    def _maybe_silence(self, graph: Transducer, state: int, end_cost: float) -> int:
        """Add a way with silence and one without; return where they meet. Both may be the end."""
        spoken = graph.add_state()
        graph.finals |= {state: end_cost, spoken: end_cost}
        silence = self._chain(graph, 0, spoken)
        graph.links[state] = [
            Link(0, 0, _SILENCE_COST, spoken),
            self._entrance(0, _SILENCE_COST, silence),
        ]
        return spoken

    def _chain(self, graph: Transducer, number: int, end: int) -> int:
        """Add the states of a word, or of silence (0), that lead to a state of the graph."""
        first = self._topology.starts[number]
        states = range(first, first + self._topology.lengths[number])
        nodes = [graph.add_state() for _ in states]
        for state, node, following in zip(states, nodes, [*nodes[1:], end], strict=True):
            around = Link(2 * state + 1, 0, -math.log(self._stay[state]), node)
            onward = Link(0, 0, 0.0, end)
            if following != end:
                onward = Link(2 * state + 4, 0, self._forward_cost(state + 1), following)
            graph.links[node] = [around, onward]
        return nodes[0]

    def _entrance(self, number: int, cost: float, first_node: int) -> Link:
        """Return the arc that begins a word and writes it."""
        state = self._topology.starts[number]
        return Link(2 * state + 2, number, cost + self._forward_cost(state), first_node)

    def _forward_cost(self, state: int) -> float:
        return -math.log(1 - self._stay[state])


def language_model() -> Transducer:
    """Return the commands' pairs of words as an acceptor (Gr)."""
    table = follows()
    graph = Transducer()
    histories = {before: graph.add_state() for before in table}
    for before, state in histories.items():
        graph.finals[state] = -math.log(table[before][0])
        graph.links[state] = [
            Link(after, after, -math.log(share), histories[after])
            for after, share in table[before].items()
            if after
        ]
    return graph


def words_txt() -> Iterator[str]:
    """Yield the lines of the table of words."""
    names = ("<eps>", *WORDS, "#0", "<s>", "</s>")
    yield from (f"{name} {number}" for number, name in enumerate(names))
