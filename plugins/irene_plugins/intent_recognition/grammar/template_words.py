"""What each sentence template says, in words, compiled once for all states of a conversation."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from irene_plugins.intent_recognition.grammar.block_context import BlockContext
from irene_plugins.intent_recognition.grammar.list_words import ListWords, Scope
from irene_plugins.intent_recognition.grammar.template_graph import Label, Slot, Values
from irene_plugins.intent_recognition.grammar.word_graph import (
    Acceptor,
    Graph,
    TooLargeError,
    live,
    minimal,
)

if TYPE_CHECKING:
    from hassil import IntentData, Intents, Sentence

_NOTHING: Acceptor[Label] = Acceptor(({},), {})
_MOST_LIMITS = 2
"""one where a language is compiled alone, another one together with a wider language"""

_InnerOf = Callable[[Label], Acceptor[Label] | None]


@dataclass(frozen=True)
class SentenceWords:
    """What a recogniser can hear of one sentence template."""

    text: str
    """the template"""
    packed: bytes | None
    """pickled acceptor of it: a seventh of the memory. None where nothing can be said"""
    cost: int
    """arcs of its own, the words of its slots included"""
    omitted: tuple[str, ...]
    """a line for what cannot be said"""
    unspoken: frozenset[tuple[str, str]]
    """name of a list, and a sign in it without which values cannot be said"""

    @property
    def words(self) -> Acceptor[Label]:
        """Its words and slots, made anew each time."""
        words: Acceptor[Label] = pickle.loads(self.packed) if self.packed else _NOTHING
        return words


class TemplateWords:
    """The words of every template of a language, by the limit of their size."""

    def __init__(self, intents: Intents) -> None:
        self._intents = intents
        self._lock = threading.Lock()
        self._by_limit: dict[int, LimitedWords] = {}

    def within(self, most_arcs: int) -> LimitedWords:
        """Return what is compiled, and will be, with at most so many arcs for each template."""
        with self._lock:
            if most_arcs not in self._by_limit and len(self._by_limit) == _MOST_LIMITS:
                del self._by_limit[next(iter(self._by_limit))]
            if most_arcs not in self._by_limit:
                self._by_limit[most_arcs] = LimitedWords(self._intents, most_arcs)
            return self._by_limit[most_arcs]


class LimitedWords:
    """The words of every template of a language, compiled when they are first asked for.

    A conversation decides which blocks of sentences fit, and which context the values of their
    lists have to bring. Nothing else of it is in a template's words, so they serve all
    conversations. Threads may share them: who comes while others compile waits for them.
    """

    def __init__(self, intents: Intents, most_arcs: int) -> None:
        self._intents = intents
        self._most_arcs = most_arcs
        self._lock = threading.Lock()
        self._blocks: dict[tuple[str, int, frozenset[str]], tuple[SentenceWords, ...]] = {}
        self.lists = ListWords(intents.language, most_arcs)
        """the words of the lists that the templates name"""

    def of_block(
        self, intent: str, number: int, context: BlockContext
    ) -> tuple[SentenceWords, ...]:
        """Return what each sentence of an intent's block says in such a conversation."""
        with self._lock:
            key = (intent, number, context.wanted)
            if key not in self._blocks:
                data = self._intents.intents[intent].data[number]
                self._blocks[key] = self._compiled(intent, data, context)
            return self._blocks[key]

    def _compiled(
        self, intent: str, data: IntentData, context: BlockContext
    ) -> tuple[SentenceWords, ...]:
        scope = Scope(
            {**self._intents.slot_lists, **data.slot_lists},
            {**self._intents.expansion_rules, **data.expansion_rules},
            context,
            own=_own(data, context),
        )
        keywords = frozenset(word.lower() for word in data.required_keywords or ())
        return tuple(
            self._of_sentence(intent, sentence, scope, keywords) for sentence in data.sentences
        )

    def _of_sentence(
        self, intent: str, sentence: Sentence, scope: Scope, keywords: frozenset[str]
    ) -> SentenceWords:
        omitted: list[str] = []
        unspoken: set[tuple[str, str]] = set()

        def inner_of(label: Label) -> Acceptor[Label] | None:
            try:
                return self.lists.acceptor(label)
            finally:
                unspoken.update(self.lists.unspoken(label))

        def tell(what: str) -> None:
            omitted.append(f"intent {intent}: {sentence.text!r}: {what}")

        try:
            template = self.lists.template(scope)
            everything = template.words(sentence.expression)
            if template.unspoken and not (template.is_blocked or everything.finals):
                tell(f"write {some(sorted(set(template.unspoken)))} as words")
            graph = _demanding(everything, inner_of, scope.context.wanted, keywords)
            graph.finals.pop(0, None)
            words = minimal(graph, self._most_arcs)
        except TooLargeError as error:
            tell(str(error))
            words = _NOTHING
        cost = sum(self._cost(label) for out in words.arcs for label in out)
        packed = None if words.is_empty else pickle.dumps(words, pickle.HIGHEST_PROTOCOL)
        signs = frozenset(unspoken)
        return SentenceWords(sentence.text or "", packed, cost, tuple(omitted), signs)

    def _cost(self, label: Label) -> int:
        inner = self.lists.acceptor(label)
        return 1 if inner is None else inner.n_arcs


def _own(data: IntentData, context: BlockContext) -> str:
    """Return what rules, lists and conditions a block has that others lack, as a key."""
    rules = sorted((name, rule.text) for name, rule in data.expansion_rules.items())
    lists = sorted((name, id(words)) for name, words in data.slot_lists.items())
    conditions = context.filter_for([{**data.requires_context, **data.excludes_context}])
    return repr((rules, lists, conditions)) if rules or lists or conditions else ""


def _demanding(
    graph: Graph[Label], inner_of: _InnerOf, wanted: frozenset[str], keywords: frozenset[str]
) -> Graph[Label]:
    """Keep the ways on which every wanted context key is brought and a keyword is said.

    Slots without a value to say lead nowhere.
    """
    places = [(0, frozenset[str](), not keywords)]
    numbers = {places[0]: 0}
    out: Graph[Label] = Graph()
    for place in places:  # grows on the way
        state, brought, named = place
        if state in graph.finals and brought == wanted and named:
            out.finals[numbers[place]] = graph.finals[state]
        for label, target, weight in graph.arcs[state]:
            inner = inner_of(label)
            if inner is not None and inner.is_empty:
                continue
            onward = (target, brought | _supplies(label), named or label in keywords)
            if onward not in numbers:
                numbers[onward] = out.add_state()
                places.append(onward)
            out.arcs[numbers[place]].append((label, numbers[onward], weight))
    return live(out)


def _supplies(label: Label) -> frozenset[str]:
    pieces = label.pieces if isinstance(label, Slot) else ()
    return frozenset(key for one in pieces if isinstance(one, Values) for key in one.supplies)


def some(values: Sequence[str]) -> str:
    """Return the first values, quoted, and how many more there are."""
    more = f" and {len(values) - 3} more" if len(values) > 3 else ""
    return ", ".join(map(repr, values[:3])) + more
