"""What can be said: a finite-state grammar over words, the same for every recogniser."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Arc:
    """One word on the way from one state to another."""

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
        spoken = {_words(sentence) for sentence in sentences} - {()}
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
            state = self._steps.get((state or 0, word)) if state is not None else None
        return state in self.finals

    @cached_property
    def _steps(self) -> dict[tuple[int, str], int]:
        return {(arc.source, arc.word): arc.target for arc in self.arcs}


def _words(sentence: str) -> tuple[str, ...]:
    """Return the words of a sentence, lower case, without the punctuation around them."""
    stripped = (word.strip(".,!?;:\"'()[]") for word in sentence.casefold().split())
    return tuple(word for word in stripped if word)
