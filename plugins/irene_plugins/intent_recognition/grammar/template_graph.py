"""One parsed template as a graph: from pieces of text to words and slots."""

from __future__ import annotations

import heapq
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from irene_plugins.intent_recognition.grammar.spellings import heard_apart
from irene_plugins.intent_recognition.grammar.word_graph import Graph, TooLargeError, live

if TYPE_CHECKING:
    from hassil import Alternative, Expression, ListReference, Permutation

OPTIONAL_SHARE = 0.25
"""probability of a part in square brackets: a sentence with five of them is said without any of
them one time in four"""

_MOST_PIECES = 20_000
"""longest sentence, in pieces, its rules written out: rules that double each other reach it"""
_MARKS_IN_WORDS = "'-\u200c\u200d"
"""what may stand between letters: apostrophe, hyphen, and the joiners of Persian and Hindi"""


@dataclass(frozen=True)
class Values:
    """The values of a list that fit a block of sentences and bring the same context keys."""

    key: str
    """names content and filter; equal keys mean equal values"""
    supplies: frozenset[str] = frozenset()
    """required context keys that each of the values brings"""
    share: float = 1.0
    """share of the list"""
    are_numbers: bool = False
    """whether they are number words"""

    def __str__(self) -> str:
        return f"{{{self.key}}}"


@dataclass(frozen=True)
class Slot:
    """A place for values of a list; text that touches them belongs to their words."""

    pieces: tuple[str | Values, ...]

    def __str__(self) -> str:
        return "".join(map(str, self.pieces))


Label = str | Slot
"""a word, lower case, or a place for the words of a list"""

ValuesOf = Callable[["ListReference"], Sequence[Values] | None]
"""Returns the values that a reference stands for, by the context they bring; None where no words
are known in advance"""
RuleBody = Callable[[str], "Expression"]

_Piece = str | Values | None
"""a piece of a word, `" "` between words, values, or nothing"""


def is_spoken(word: str) -> bool:
    """Whether a recogniser can hear it as a word: letters, with marks between them."""
    letters = [letter for letter in word if letter not in _MARKS_IN_WORDS]
    return (
        bool(letters)
        and all(letter.isalpha() or unicodedata.category(letter)[0] == "M" for letter in letters)
        and not word.startswith("-")
        and not word.endswith("-")
    )


class TemplateGraph:
    """The pieces of a template, as a graph in which each arc leads to a higher state."""

    def __init__(self, values_of: ValuesOf, rule_body: RuleBody) -> None:
        self._values_of = values_of
        self._rule_body = rule_body
        self._arcs: list[list[tuple[_Piece, int, float]]] = [[]]
        self._n_arcs = 0
        self._rules: list[str] = []
        self.unspoken: list[str] = []
        """words with digits or signs: nobody speaks them, so no way leads through them"""
        self.is_blocked = False
        """whether no way leads through one of the lists"""

    def words(self, expression: Expression) -> Graph[Label]:
        """Return the graph of the words and slots of an expression.

        Raises:
            TooLargeError: it is too long with all its rules.
        """
        end = self._add(expression, 0)
        return _Reader(self._arcs, end, self.unspoken).read()

    def joined(self, pieces: Sequence[str | Sequence[Expression]]) -> Graph[Label]:
        """Return the graph of texts and choices that touch each other.

        Raises:
            TooLargeError: there are too many of them.
        """
        state = 0
        for piece in pieces:
            if isinstance(piece, str):
                state = self._arc(state, piece)
                continue
            entries = [self._arc(state, None, 1 / len(piece)) for _ in piece]
            state = self._join([self._add(*pair) for pair in zip(piece, entries, strict=True)])
        return _Reader(self._arcs, state, self.unspoken).read()

    def _arc(
        self, source: int, piece: _Piece, share: float = 1.0, target: int | None = None
    ) -> int:
        if target is None:
            self._arcs.append([])
            target = len(self._arcs) - 1
        self._arcs[source].append((piece, target, share))
        self._n_arcs += 1
        if self._n_arcs > _MOST_PIECES:
            raise TooLargeError(f"more than {_MOST_PIECES} pieces")
        return target

    def _join(self, ends: Sequence[int]) -> int:
        """Lead several ends to one state, higher than all of them."""
        self._arcs.append([])
        joined = len(self._arcs) - 1
        for end in ends:
            self._arc(end, None, 1.0, joined)
        return joined

    def _add(self, expression: Expression, start: int) -> int:
        """Add an expression behind a state; return the state behind it."""
        import hassil  # and no names from it: that takes ten times as long, at every piece

        if isinstance(expression, hassil.TextChunk):
            return self._add_text(expression.text, start)
        if isinstance(expression, hassil.ListReference):
            return self._add_list(expression, start)
        if isinstance(expression, hassil.RuleReference):
            return self._add_rule(expression.rule_name, start)
        if isinstance(expression, hassil.Alternative):
            return self._add_choice(expression, start)
        if isinstance(expression, hassil.Permutation):
            return self._add_permutation(expression, start)
        assert isinstance(expression, hassil.Group)
        for item in expression.items:
            start = self._add(item, start)
        return start

    def _add_text(self, text: str, start: int) -> int:
        for number, part in enumerate(text.split(" ")):
            if number:
                start = self._arc(start, " ")
            if part:
                start = self._arc(start, part.lower())
        return start

    def _add_list(self, reference: ListReference, start: int) -> int:
        """Add the values of a list; without known words, nothing behind it is reached."""
        choices = self._values_of(reference) or ()
        self.is_blocked = self.is_blocked or not choices
        return self._join([self._arc(start, one, one.share) for one in choices])

    def _add_rule(self, name: str, start: int) -> int:
        if name in self._rules:
            raise TooLargeError(f"rule <{name}> refers to itself")
        self._rules.append(name)
        end = self._add(self._rule_body(name), start)
        self._rules.pop()
        return end

    def _add_choice(self, choice: Alternative, start: int) -> int:
        if choice.is_optional:  # its last item is the empty text
            present = heard_apart(choice.items[:-1])
            items = [*present, choice.items[-1]]
            shares = [OPTIONAL_SHARE / len(present)] * len(present) + [1 - OPTIONAL_SHARE]
        else:
            items = heard_apart(choice.items)
            shares = [1 / len(items)] * len(items)
        entries = [self._arc(start, None, share) for share in shares]
        return self._join([self._add(*pair) for pair in zip(items, entries, strict=True)])

    def _add_permutation(self, permutation: Permutation, start: int) -> int:
        """Add the items in every order: a state for each set of items that are already said."""
        items = permutation.items
        said = {frozenset[int](): start}
        for size in range(len(items)):
            reached: dict[frozenset[int], list[int]] = {}
            for chosen in map(frozenset, combinations(range(len(items)), size)):
                for number in set(range(len(items))) - chosen:
                    entry = self._arc(said[chosen], None, 1 / (len(items) - size))
                    end = self._add(items[number], entry)
                    reached.setdefault(chosen | {number}, []).append(end)
            said.update({chosen: self._join(ends) for chosen, ends in reached.items()})
        return said[frozenset(range(len(items)))]


@dataclass
class _Reader:
    """Reads pieces up to the next border between words, and so gives the graph of the words."""

    arcs: Sequence[Sequence[tuple[_Piece, int, float]]]
    end: int
    unspoken: list[str]

    def read(self) -> Graph[Label]:
        """Return the graph; states of it are places where a word may begin."""
        out: dict[int, dict[tuple[Label, int], float]] = {}
        endings: dict[int, float] = {}
        waiting = [0]
        while waiting:
            state = waiting.pop()
            out[state], endings[state] = self._from(state)
            waiting.extend({target for _, target in out[state]} - out.keys() - set(waiting))
        numbers = {state: number for number, state in enumerate(sorted(out))}
        graph: Graph[Label] = Graph([[] for _ in numbers])
        for state, number in numbers.items():
            graph.arcs[number] = [
                (label, numbers[target], share) for (label, target), share in out[state].items()
            ]
            if endings[state]:
                graph.finals[number] = endings[state]
        return live(graph)

    def _from(self, begin: int) -> tuple[dict[tuple[Label, int], float], float]:
        """Return the words that may follow with the place behind them, and what ends here."""
        masses: dict[int, dict[tuple[str | Values, ...], float]] = {begin: {(): 1.0}}
        words: dict[tuple[Label, int], float] = {}
        ending = 0.0
        waiting = [begin]
        while waiting:
            state = heapq.heappop(waiting)  # arcs lead upwards: nothing more will flow in here
            for word, mass in masses.pop(state).items():
                if state == self.end:
                    if word:
                        self._put(words, word, state, mass)
                    else:
                        ending += mass
                for piece, target, share in self.arcs[state]:
                    if piece == " " and word:
                        self._put(words, word, target, mass * share)
                        continue
                    longer = word if piece is None else _joined(word, piece)
                    if target not in masses:
                        masses[target] = {}
                        heapq.heappush(waiting, target)
                    into = masses[target]
                    into[longer] = into.get(longer, 0.0) + mass * share
        return words, ending

    def _put(
        self,
        words: dict[tuple[Label, int], float],
        pieces: tuple[str | Values, ...],
        target: int,
        mass: float,
    ) -> None:
        label = self._label(pieces)
        if label is not None:
            words[label, target] = words.get((label, target), 0.0) + mass

    def _label(self, pieces: tuple[str | Values, ...]) -> Label | None:
        if len(pieces) == 1 and isinstance(pieces[0], str):
            if is_spoken(pieces[0]):
                return pieces[0]
            self.unspoken.append(pieces[0])
            return None
        texts = [piece for piece in pieces if isinstance(piece, str)]
        # "2700K" and "2-hour" are written so, but said in words of their own: templates that fit
        # what is said have a branch for it.
        numbers = any(isinstance(piece, Values) and piece.are_numbers for piece in pieces)
        if (texts and numbers) or any(text[0] == "-" or text[-1] == "-" for text in texts):
            return None
        return Slot(pieces)


def _joined(word: tuple[str | Values, ...], piece: str | Values) -> tuple[str | Values, ...]:
    """Return a word with one more piece; neighbouring texts become one."""
    if piece == " ":
        return word
    if isinstance(piece, str) and word and isinstance(word[-1], str):
        return (*word[:-1], word[-1] + piece)
    return (*word, piece)
