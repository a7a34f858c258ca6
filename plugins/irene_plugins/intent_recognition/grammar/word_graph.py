"""Weighted acceptors without cycles: made deterministic, made minimal, put into one another."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

L = TypeVar("L", bound=Hashable)
"""what stands on an arc: a word, or a place where words of a list are put in"""


class TooLargeError(ValueError):
    """An acceptor has more arcs than is allowed."""


_LEAST_SHARE = 1e-15
"""share of what is too improbable for the sums of its sentences"""


@dataclass
class Graph(Generic[L]):
    """An acceptor under construction: state 0 is the start, every arc leads to a higher state."""

    arcs: list[list[tuple[L, int, float]]] = field(default_factory=lambda: [[]])
    """label, target and weight of the arcs of each state"""
    finals: dict[int, float] = field(default_factory=dict)
    """weight of ending in a state"""

    def add_state(self) -> int:
        """Add a state and return its number."""
        self.arcs.append([])
        return len(self.arcs) - 1

    def add_branch(self, other: Acceptor[L], weight: float) -> None:
        """Add all that another acceptor accepts; `weight` is its share."""
        offset = len(self.arcs) - 1
        self.arcs.extend([] for _ in other.arcs[1:])
        for source, out in enumerate(other.arcs):
            share = 1.0 if source else weight
            state = source + offset if source else 0
            self.arcs[state].extend(
                (label, target + offset, share * probability)
                for label, (target, probability) in out.items()
            )
        for state, probability in other.finals.items():
            if state:
                self.finals[state + offset] = probability
            else:
                self.finals[0] = self.finals.get(0, 0.0) + weight * probability


@dataclass(frozen=True)
class Acceptor(Generic[L]):
    """A deterministic, minimal acceptor without cycles: state 0 is the start.

    Every arc leads to a higher state, and what leaves a state, its end included, sums to 1. An
    acceptor of nothing has one state that is no end.
    """

    arcs: tuple[Mapping[L, tuple[int, float]], ...]
    """target and probability of each label, by state"""
    finals: Mapping[int, float]
    """probability of ending, by state"""

    @property
    def n_arcs(self) -> int:
        """Number of arcs."""
        return sum(map(len, self.arcs))

    @property
    def is_empty(self) -> bool:
        """Whether it accepts nothing."""
        return not self.finals

    @property
    def labels(self) -> set[L]:
        """Everything that stands on an arc."""
        return {label for out in self.arcs for label in out}


def path(labels: Sequence[L]) -> Acceptor[L]:
    """Return the acceptor of one sequence of labels."""
    arcs: list[dict[L, tuple[int, float]]] = [
        {label: (state + 1, 1.0)} for state, label in enumerate(labels)
    ]
    return Acceptor((*arcs, {}), {len(arcs): 1.0})


@dataclass
class _Counts(Generic[L]):
    """A deterministic acceptor with the expected number of times that each arc is taken."""

    arcs: list[dict[L, tuple[int, float]]] = field(default_factory=list)
    finals: dict[int, float] = field(default_factory=dict)


def minimal(graph: Graph[L], most_arcs: int) -> Acceptor[L]:
    """Return the minimal deterministic acceptor of what a graph accepts.

    It is minimal as an acceptor without weights, so its size does not depend on them. Its
    probabilities are those that come closest to the graph's distribution (in Kullback-Leibler
    divergence): the expected counts of the graph's arcs, gathered and normalised (Suresh, Roark,
    Riley, Schogol: Approximating Probabilistic Models as Weighted Finite Automata, Computational
    Linguistics 47, 2021). Keeping each sentence's own weight instead (Mohri: Finite-State
    Transducers in Language and Speech Processing, 1997) would keep states apart that differ in
    nothing but weights.

    Raises:
        TooLargeError: on the way there, more than `most_arcs` arcs have to be followed.
    """
    return _normalised(_merged(_determinised(graph, most_arcs)))


def _determinised(graph: Graph[L], most_arcs: int) -> _Counts[L]:
    """Follow all arcs of one label at once (subset construction).

    Arcs lead upwards, so the lowest state of a set is higher than that of the sets before it:
    in that order, all that flows into a set has been gathered when its turn comes.
    """
    counts: _Counts[L] = _Counts()
    numbers: dict[tuple[int, ...], int] = {(0,): 0}
    flows: list[dict[int, float]] = [{0: 1.0}]
    pending: list[tuple[int, int]] = [(0, 0)]
    arcs: dict[int, dict[L, tuple[int, float]]] = {}
    n_arcs = 0
    while pending:
        _, number = heapq.heappop(pending)
        flow = flows[number]
        out, ending = _outflow(graph, flow)
        flows[number] = {}
        if ending is not None:
            counts.finals[number] = ending
        arcs[number] = {}
        for label, targets in out.items():
            key = tuple(sorted(targets))
            if key not in numbers:
                numbers[key] = len(flows)
                flows.append({})
                heapq.heappush(pending, (key[0], numbers[key]))
            into = flows[numbers[key]]
            for state, mass in targets.items():
                into[state] = into.get(state, 0.0) + mass
            arcs[number][label] = (numbers[key], sum(targets.values()))
        n_arcs += sum(map(len, out.values()))
        if n_arcs > most_arcs:
            raise TooLargeError(f"more than {most_arcs} arcs")
    counts.arcs = [arcs[number] for number in range(len(flows))]
    return counts


def _outflow(
    graph: Graph[L], flow: Mapping[int, float]
) -> tuple[dict[L, dict[int, float]], float | None]:
    """Return what flows out of a set of states by label and target, and what ends there if any."""
    out: dict[L, dict[int, float]] = {}
    ending: float | None = None
    for state, mass in flow.items():
        if state in graph.finals:
            ending = (ending or 0.0) + mass * graph.finals[state]
        for label, target, weight in graph.arcs[state]:
            targets = out.setdefault(label, {})
            targets[target] = targets.get(target, 0.0) + mass * weight
    return out, ending


def _merged(counts: _Counts[L]) -> _Counts[L]:
    """Merge states from which the same can follow, the last ones first.

    Without cycles one pass does (Revuz: Minimisation of acyclic deterministic automata in linear
    time, Theoretical Computer Science 92, 1992). States that lead to no end are left out.
    """
    merged: _Counts[L] = _Counts()
    known: dict[Hashable, int] = {}
    becomes: dict[int, int] = {}
    for state in _last_first(counts.arcs):
        out = {
            label: (becomes[target], count)
            for label, (target, count) in counts.arcs[state].items()
            if target in becomes
        }
        ending = counts.finals.get(state)
        if not out and ending is None and state:
            continue
        follows = frozenset((label, target) for label, (target, _) in out.items())
        number = known.setdefault((ending is not None, follows), len(known))
        if number == len(merged.arcs):
            merged.arcs.append({})
        becomes[state] = number
        gathered = merged.arcs[number]
        for label, (target, count) in out.items():
            gathered[label] = (target, count + gathered.get(label, (0, 0.0))[1])
        if ending is not None:
            merged.finals[number] = merged.finals.get(number, 0.0) + ending
    return _renumbered(merged, becomes[0])


def _last_first(arcs: Sequence[Mapping[L, tuple[int, float]]]) -> list[int]:
    """Return the states that the start reaches, each after all that follow it."""
    order: list[int] = []
    seen = {0}
    path = [(0, iter(arcs[0].values()))]
    while path:
        state, left = path[-1]
        for target, _ in left:
            if target not in seen:
                seen.add(target)
                path.append((target, iter(arcs[target].values())))
                break
        else:
            order.append(state)
            path.pop()
    return order


def _renumbered(counts: _Counts[L], start: int) -> _Counts[L]:
    """Number the states from the start on; they are ordered from last to first."""
    last = len(counts.arcs) - 1
    assert start == last  # the start is merged last, and nothing else is like it
    arcs = [
        {label: (last - target, count) for label, (target, count) in out.items()}
        for out in reversed(counts.arcs)
    ]
    return _Counts(arcs, {last - state: count for state, count in counts.finals.items()})


def _normalised(counts: _Counts[L]) -> Acceptor[L]:
    arcs = []
    finals = {}
    for state, out in enumerate(counts.arcs):
        shares = _shares((count for _, count in out.values()), counts.finals.get(state))
        targets = (target for target, _ in out.values())
        arcs.append(dict(zip(out, zip(targets, shares, strict=False), strict=True)))
        if state in counts.finals:
            finals[state] = shares[-1]
    return Acceptor(tuple(arcs), finals)


def _shares(flows: Iterable[float], ending: float | None) -> list[float]:
    """Return the share of each flow, the ending last; what is possible has one above zero."""
    flows = [*flows] if ending is None else [*flows, ending]
    least = (sum(flows) or 1.0) * _LEAST_SHARE
    flows = [max(flow, least) for flow in flows]
    total = sum(flows)
    return [flow / total for flow in flows]


def live(graph: Graph[L]) -> Graph[L]:
    """Return what leads to an end; the shares of dead ways go to those that are left.

    The states of the graph may be in any order.
    """
    graph = _ordered(graph)
    onward = [0.0] * len(graph.arcs)
    for state in reversed(range(len(graph.arcs))):
        ahead = sum(weight * onward[target] for _, target, weight in graph.arcs[state])
        onward[state] = ahead + graph.finals.get(state, 0.0)
    numbers = {0: 0}
    for state, total in enumerate(onward):
        if total > 0.0:
            numbers.setdefault(state, len(numbers))
    kept: Graph[L] = Graph([[] for _ in numbers])
    for state, number in numbers.items():
        kept.arcs[number] = [
            (label, numbers[target], weight * onward[target] / onward[state])
            for label, target, weight in graph.arcs[state]
            if onward[target] > 0.0
        ]
        if state in graph.finals:
            kept.finals[number] = graph.finals[state] / onward[state]
    return kept


def filled_in(
    outer: Acceptor[L], inner_of: Callable[[L], Acceptor[L] | None], most_arcs: int
) -> Graph[L]:
    """Return a graph in which labels that have an acceptor of their own are replaced by it.

    Arcs with one label and one target share a copy. What an inner acceptor accepts is not empty.

    Raises:
        TooLargeError: the graph has more than `most_arcs` arcs.
    """
    graph: Graph[L] = Graph([[] for _ in outer.arcs], dict(outer.finals))
    copies: dict[tuple[L, int], list[tuple[L, int, float]]] = {}
    n_arcs = 0
    for state, out in enumerate(outer.arcs):
        for label, (target, probability) in out.items():
            inner = inner_of(label)
            if inner is None:
                graph.arcs[state].append((label, target, probability))
                n_arcs += 1
                continue
            if (label, target) not in copies:
                copies[label, target] = _copy(graph, inner, target)
                n_arcs += inner.n_arcs
            first = copies[label, target]
            graph.arcs[state].extend((word, to, probability * p) for word, to, p in first)
            n_arcs += len(first)
            if n_arcs > most_arcs:
                raise TooLargeError(f"more than {most_arcs} arcs")
    return _ordered(graph)


def _copy(graph: Graph[L], inner: Acceptor[L], target: int) -> list[tuple[L, int, float]]:
    """Put a copy of an acceptor in front of a state; return the arcs that lead into it."""
    offset = len(graph.arcs) - 1
    graph.arcs.extend([] for _ in inner.arcs[1:])
    into: list[tuple[L, int, float]] = []
    for source, out in enumerate(inner.arcs):
        arcs = graph.arcs[source + offset] if source else into
        for label, (to, probability) in out.items():
            ending = inner.finals.get(to, 0.0)
            if ending:
                arcs.append((label, target, probability * ending))
            if inner.arcs[to]:
                arcs.append((label, to + offset, probability))
    return into


def _ordered(graph: Graph[L]) -> Graph[L]:
    """Number the states so that every arc leads to a higher one."""
    following = [
        {number: (target, weight) for number, (_, target, weight) in enumerate(out)}
        for out in graph.arcs
    ]
    place = {state: number for number, state in enumerate(reversed(_last_first(following)))}
    ordered: Graph[L] = Graph([[] for _ in place])
    for state, number in place.items():
        ordered.arcs[number] = [
            (label, place[to], weight) for label, to, weight in graph.arcs[state]
        ]
    ordered.finals = {place[s]: weight for s, weight in graph.finals.items() if s in place}
    return ordered
