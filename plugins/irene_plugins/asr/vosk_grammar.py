"""A grammar as the list of phrases that Vosk learns its pairs of words from."""

from __future__ import annotations

import heapq
import json
import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random

from irene import Arc, ConfigurationError, Grammar

UNKNOWN = "[unk]"
"""what the engine writes for words that are not among those it is given"""
_GRAMMARS_KEPT = 4
_SMALLEST_PROBABILITY = 1e-9
_LONGEST_SENTENCE = 60
"""words after which drawing a sentence of a grammar with cycles is given up"""
_EDGE = ""
"""stands for what is before the first word and behind the last one"""

Knows = Callable[[str], bool]
"""whether the model has a word"""


def grammar_json(grammar: Grammar, knows: Knows, n_sentences: int) -> str:
    """Return what the engine is given: a JSON list of sentences and `[unk]`, for all other words.

    The engine estimates a language model of pairs of words from the list, so a grammar of at most
    `n_sentences` sentences is written out, and of a larger one so many are drawn, each as often as
    people say it; then one is added for every pair of words that has not occurred. Sentences with
    a word that the model lacks are left out.

    The engine is not asked to judge the list: an empty or broken one ends the whole process.

    Raises:
        ConfigurationError: there is no sentence that the model has all words of.
    """
    if not grammar.vocabulary:
        raise ConfigurationError("grammar: no words in it; a list of sentences would be right")
    sayable = without_unknown(grammar, knows)
    sampler = Sampler(sayable)
    if not sampler.n_sentences():
        raise ConfigurationError(
            "grammar: every sentence has a word that the Vosk model lacks, out of "
            f"{', '.join(grammar.vocabulary[:10])}; take a larger model"
        )
    if sampler.n_sentences() <= n_sentences:
        sentences = sayable.likeliest(n_sentences)
    else:
        sentences = list(sampler.sentences(n_sentences))
    return json.dumps([*sentences, UNKNOWN], ensure_ascii=False)


class GrammarTexts:
    """What the engine is given for each grammar; the last few are kept."""

    def __init__(self, knows: Knows, n_sentences: int) -> None:
        self._knows = knows
        self._n_sentences = n_sentences
        self._lock = threading.Lock()
        self._texts: OrderedDict[str, str] = OrderedDict()

    def text(self, grammar: Grammar) -> str:
        """Return the JSON list of a grammar, written when it is asked for the first time.

        Raises:
            ConfigurationError: there is no sentence that the model has all words of.
        """
        with self._lock:
            text = self._texts.get(grammar.digest)
        if text is None:  # not under the lock: a large grammar takes a second
            text = grammar_json(grammar, self._knows, self._n_sentences)
        with self._lock:
            self._texts[grammar.digest] = text
            self._texts.move_to_end(grammar.digest)
            while len(self._texts) > _GRAMMARS_KEPT:
                self._texts.popitem(last=False)
        return text


def without_unknown(grammar: Grammar, knows: Knows) -> Grammar:
    """Return the grammar of the sentences whose words are all known."""
    heard = {word for word in grammar.vocabulary if knows(word)}
    arcs = tuple(arc for arc in grammar.arcs if arc.word in heard)
    return Grammar(grammar.language, arcs, grammar.finals)


class Sampler:
    """Finds sentences of a grammar: random ones, and the likeliest through any two words."""

    def __init__(self, grammar: Grammar) -> None:
        self._finals = grammar.finals
        self._out: dict[int, list[Arc]] = {}
        self._into: dict[int, list[Arc]] = {}
        for arc in grammar.arcs:
            self._out.setdefault(arc.source, []).append(arc)
            self._into.setdefault(arc.target, []).append(arc)
        self._first_of_rest = _likeliest_ways(
            {state: _cost(probability) for state, probability in self._finals.items()},
            lambda state: [(arc.source, arc) for arc in self._into.get(state, ())],
        )
        self._last_so_far = _likeliest_ways(
            {0: 0.0}, lambda state: [(arc.target, arc) for arc in self._out.get(state, ())]
        )

    def n_sentences(self) -> float:
        """Return how many sentences there are; infinity where cycles make them endless."""
        counts = dict.fromkeys(self._first_of_rest, 0.0)
        waiting = Counter(arc.source for state in counts for arc in self._words_from(state))
        ready = [state for state in counts if not waiting[state]]
        for state in ready:  # grows on the way
            counts[state] += state in self._finals
            for arc in self._into.get(state, ()):
                counts[arc.source] += counts[state]
                waiting[arc.source] -= 1
                if not waiting[arc.source]:
                    ready.append(arc.source)
        reachable = [state for state in counts if state in self._last_so_far]
        return math.inf if any(waiting[state] for state in reachable) else counts.get(0, 0.0)

    def sentences(self, n_drawn: int) -> Iterator[str]:
        """Yield random sentences, then one for each pair of words that none of them has."""
        random, said = Random(0), set[tuple[str, str]]()
        for _ in range(n_drawn):
            if words := self._draw(random):
                said.update(pairwise((_EDGE, *words, _EDGE)))
                yield " ".join(words)
        for before, after in self._pairs():
            if (before.word, after.word) not in said:
                words = self._through(before, after)
                said.update(pairwise((_EDGE, *words, _EDGE)))
                yield " ".join(words)

    def _draw(self, random: Random) -> list[str]:
        """Return a sentence as likely as the grammar has it; none where it has no end."""
        state, words = 0, list[str]()
        while len(words) < _LONGEST_SENTENCE:
            ways = self._words_from(state)
            weights = [max(arc.probability, _SMALLEST_PROBABILITY) for arc in ways]
            end = self._finals.get(state, 0.0)
            if not ways or random.random() * (sum(weights) + end) < end:
                return words
            arc = random.choices(ways, weights)[0]
            state = arc.target
            words.append(arc.word)
        return []

    def _pairs(self) -> Iterator[tuple[Arc, Arc]]:
        """Yield what may follow each other in a whole sentence, its edges included."""
        yield from ((_BEGINNING, after) for after in self._sayable(0))
        for state in self._last_so_far:
            for before in self._sayable(state):
                yield from ((before, after) for after in self._sayable(before.target))

    def _sayable(self, state: int) -> list[Arc]:
        """Return what may come next in a whole sentence, its end included."""
        arcs = self._words_from(state)
        return [*arcs, _BEGINNING._replace(source=state)] if state in self._finals else arcs

    def _words_from(self, state: int) -> list[Arc]:
        """Return the arcs out of a state from which there is a way to the end."""
        return [arc for arc in self._out.get(state, ()) if arc.target in self._first_of_rest]

    def _through(self, before: Arc, after: Arc) -> list[str]:
        """Return the likeliest sentence with these two words, one after the other."""
        words = [arc.word for arc in (before, after) if arc.word != _EDGE]
        state = before.source
        while (last := self._last_so_far[state]) is not None and before.word != _EDGE:
            words.insert(0, last.word)
            state = last.source
        state = after.target
        while (first := self._first_of_rest[state]) is not None and after.word != _EDGE:
            words.append(first.word)
            state = first.target
        return words


_BEGINNING = Arc(0, 0, _EDGE, 1.0)


def _likeliest_ways(
    ends: Mapping[int, float], steps: Callable[[int], Sequence[tuple[int, Arc]]]
) -> dict[int, Arc | None]:
    """Return the first step of each state on its likeliest way to an end (Dijkstra's algorithm).

    Args:
        ends: what it costs to be there, minus the logarithm of a probability.
        steps: the states next to one, and the arc between.
    """
    ways: dict[int, Arc | None] = {}
    waiting = [(cost, state, number) for number, (state, cost) in enumerate(ends.items())]
    heapq.heapify(waiting)
    taken: list[Arc | None] = [None] * len(waiting)
    while waiting:
        cost, state, number = heapq.heappop(waiting)
        if state in ways:
            continue
        ways[state] = taken[number]
        for neighbour, arc in steps(state):
            if neighbour not in ways:
                heapq.heappush(waiting, (cost + _cost(arc.probability), neighbour, len(taken)))
                taken.append(arc)
    return ways


def _cost(probability: float) -> float:
    return -math.log(max(probability, _SMALLEST_PROBABILITY))
