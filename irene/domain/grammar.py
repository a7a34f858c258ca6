"""What can be said: a finite-state grammar over words, the same for every recogniser."""

from __future__ import annotations

import hashlib
import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Arc(NamedTuple):
    """One word on the way from one state to another.

    A tuple, as a grammar has ten thousands of them: they are made four times as fast.
    """

    source: int
    target: int
    word: str
    """as it is spoken: lower case, no digits, no punctuation but apostrophes and hyphens"""
    probability: float
    """share of what goes on from the source state (its probability to end included), 0 to 1"""


@dataclass(frozen=True)
class Grammar:
    """A weighted, deterministic word acceptor: state 0 is the start, no state repeats a word.

    It may have cycles (several commands in one breath). A recogniser that takes a graph gets the
    arcs, one that takes a vocabulary gets the words.
    """

    language: str
    """BCP 47 tag"""
    arcs: tuple[Arc, ...]
    finals: Mapping[int, float]
    """probability that a sentence ends in each state where one may end"""
    omitted: tuple[str, ...] = ()
    """a line for everything that can be understood, but is not in it, with the reason; no part of
    the digest"""

    @classmethod
    def of_sentences(cls, sentences: Iterable[str], language: str = "en") -> Grammar:
        """Return the grammar of a plain list of sentences, each as likely as the others.

        Case and the punctuation around words are left out; the same sentence counts once.
        """
        spoken = {spoken_words(sentence) for sentence in sentences} - {()}
        states: dict[tuple[str, ...], int] = {(): 0}
        through: dict[tuple[str, ...], int] = {}
        for words in sorted(spoken):
            for length in range(len(words) + 1):
                prefix = words[:length]
                states.setdefault(prefix, len(states))
                through[prefix] = through.get(prefix, 0) + 1
        arcs = tuple(
            Arc(states[prefix[:-1]], state, prefix[-1], through[prefix] / through[prefix[:-1]])
            for prefix, state in states.items()
            if prefix
        )
        finals = {states[words]: 1 / through[words] for words in spoken}
        return cls(language, arcs, finals)

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """Every word that occurs, in the order of the alphabet."""
        return tuple(sorted({arc.word for arc in self.arcs}))

    @cached_property
    def digest(self) -> str:
        """A name of the content: equal grammars have equal digests (BLAKE2b, 128 bits)."""
        content = repr((self.language, self.arcs, sorted(self.finals.items())))
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()

    def accepts(self, words: Sequence[str]) -> bool:
        """Whether this is a whole sentence of the grammar."""
        state: int | None = 0
        for word in words:
            arc = self._steps.get((state, word)) if state is not None else None
            state = arc.target if arc is not None else None
        return state in self.finals

    def log_probability(self, words: Sequence[str]) -> float:
        """Return the natural logarithm of how probable a sentence is before anything is heard.

        Minus infinity for what is no sentence of the grammar, or has a probability of zero.
        """
        state, logarithm = 0, 0.0
        for word in words:
            arc = self._steps.get((state, word))
            if arc is None or arc.probability <= 0.0:
                return -math.inf
            state, logarithm = arc.target, logarithm + math.log(arc.probability)
        ending = self.finals.get(state, 0.0)
        return logarithm + math.log(ending) if ending > 0.0 else -math.inf

    def chained(self, conjunctions: Iterable[str]) -> Grammar:
        """Return the grammar of one sentence or several, joined by any of the conjunctions.

        Another sentence follows one time in twenty, so most are heard alone. A sentence that goes
        on with the word of a conjunction itself may do both. Where that multiplies the states, the
        grammar is returned as it is.
        """
        phrases = [words for phrase in conjunctions if (words := spoken_words(phrase))]
        return _Chain(self, phrases).grammar() if phrases else self

    def likeliest(self, count: int) -> list[str]:
        """Return the most probable sentences, the first one first; for engines that take a text."""
        found: list[str] = []
        waiting: list[tuple[float, tuple[str, ...], int]] = [(-1.0, (), 0)]
        for _ in range(_MOST_STEPS):
            if not waiting or len(found) == count:
                break
            negative, words, state = heapq.heappop(waiting)
            if state == _ENDED:
                found.append(" ".join(words))
                continue
            if state in self.finals:
                heapq.heappush(waiting, (negative * self.finals[state], words, _ENDED))
            for arc in self._out.get(state, ()):
                longer = (*words, arc.word)
                heapq.heappush(waiting, (negative * arc.probability, longer, arc.target))
        return found

    @cached_property
    def _steps(self) -> dict[tuple[int, str], Arc]:
        return {(arc.source, arc.word): arc for arc in self.arcs}

    @cached_property
    def _out(self) -> dict[int, list[Arc]]:
        out: dict[int, list[Arc]] = {}
        for arc in self.arcs:
            out.setdefault(arc.source, []).append(arc)
        return out


_ENDED = -1
_MOST_STEPS = 100_000
_CHAINED_SHARE = 0.05
"""probability that another sentence follows in the same breath"""
_MOST_GROWTH = 2
"""how many times larger joining sentences may make a grammar"""

_Place = tuple[int, int]
"""a state of the grammar (phrase -1), or the number of words of a phrase that have been said"""


class _Chain:
    """Joins sentences by phrases: follows all places at once in which a speaker may be."""

    def __init__(self, grammar: Grammar, phrases: Sequence[Sequence[str]]) -> None:
        self._grammar = grammar
        self._phrases = phrases
        self._numbers: dict[frozenset[_Place], int] = {}
        self._masses: list[dict[_Place, float]] = []

    def grammar(self) -> Grammar:
        """Return the grammar of sentences that are joined."""
        plain = self._grammar
        arcs: list[Arc] = []
        finals: dict[int, float] = {}
        self._number({(-1, 0): 1.0})
        for source, masses in enumerate(self._masses):  # grows on the way
            if ending := sum(self._ending(*each) for each in masses.items()):
                finals[source] = ending
            for word, targets in sorted(self._onward(masses).items()):
                arcs.append(Arc(source, self._number(targets), word, sum(targets.values())))
            if len(arcs) > _MOST_GROWTH * len(plain.arcs) + 1000:
                return plain
        return Grammar(plain.language, tuple(arcs), finals, plain.omitted)

    def _ending(self, place: _Place, mass: float) -> float:
        phrase, state = place
        ending = self._grammar.finals.get(state, 0.0) if phrase < 0 else 0.0
        return mass * ending * (1 - _CHAINED_SHARE)

    def _onward(self, masses: Mapping[_Place, float]) -> dict[str, dict[_Place, float]]:
        """Return the places that each word leads to, with their probabilities."""
        onward: dict[str, dict[_Place, float]] = {}
        for (phrase, state), mass in masses.items():
            if phrase >= 0:
                self._say(onward, phrase, state, mass)
                continue
            for arc in self._grammar._out.get(state, ()):
                targets = onward.setdefault(arc.word, {})
                place = (-1, arc.target)
                targets[place] = targets.get(place, 0.0) + mass * arc.probability
            share = self._grammar.finals.get(state, 0.0) * _CHAINED_SHARE / len(self._phrases)
            for number in range(len(self._phrases)) if share else ():
                self._say(onward, number, 0, mass * share)
        return onward

    def _say(
        self, onward: dict[str, dict[_Place, float]], phrase: int, n_said: int, mass: float
    ) -> None:
        """Say the next word of a phrase; behind its last one a sentence begins."""
        words = self._phrases[phrase]
        place = (phrase, n_said + 1) if n_said + 1 < len(words) else (-1, 0)
        targets = onward.setdefault(words[n_said], {})
        targets[place] = targets.get(place, 0.0) + mass

    def _number(self, masses: Mapping[_Place, float]) -> int:
        """Return the number of a set of places; the first way to it decides on the shares."""
        key = frozenset(masses)
        if key not in self._numbers:
            self._numbers[key] = len(self._masses)
            total = sum(masses.values())
            self._masses.append({place: mass / total for place, mass in masses.items()})
        return self._numbers[key]


def spoken_words(text: str) -> tuple[str, ...]:
    """Return the words of a text as a grammar holds them: lower case, no punctuation around."""
    stripped = (word.strip(".,!?;:\"'()[]") for word in text.lower().split())
    return tuple(word for word in stripped if word)
