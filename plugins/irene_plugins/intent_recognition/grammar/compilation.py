"""From sentence templates to the grammar of all that can be said, for recognisers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from irene import Arc, Context, Grammar
from irene_plugins.intent_recognition.grammar.block_context import BlockContext
from irene_plugins.intent_recognition.grammar.list_words import ListWords, Scope
from irene_plugins.intent_recognition.grammar.skip_phrases import with_skip_phrases
from irene_plugins.intent_recognition.grammar.template_graph import Label, Slot, Values
from irene_plugins.intent_recognition.grammar.word_graph import (
    Acceptor,
    Graph,
    TooLargeError,
    filled_in,
    live,
    minimal,
)

if TYPE_CHECKING:
    from hassil import IntentData, Intents, Sentence

COMPILER = "3"
"""version of this compiler: the same sentences give the same grammar within one"""

_WORKING = 10
"""a graph on the way to a grammar may be so many times larger"""


@dataclass(frozen=True)
class _Spoken:
    """One sentence template that a recogniser can be confined to."""

    intent: str
    text: str
    """the template"""
    share: float
    """of everything that is said"""
    words: Acceptor[Label]
    cost: int
    """arcs of its own, the words of its slots included"""


def dependence(intents: Intents, context: Context) -> list[tuple[str, int, list[str]]]:
    """Return what a grammar depends on in a conversation.

    Returns:
        Intent and number of each block of sentences that fits, with the context keys that only
        values of its lists can bring.
    """
    return [
        (name, number, sorted(within.wanted))
        for name, intent in intents.intents.items()
        for number, data in enumerate(intent.data)
        if (within := _context_of(data, context)).is_possible
    ]


def compile_grammar(
    languages: Sequence[Intents], language: str, context: Context, most_arcs: int
) -> Grammar | None:
    """Return the grammar of all sentences that can be said in this context.

    Every intent is equally likely, within it every sentence, within that every branch; parts in
    square brackets are said one time in four. Sentences with wildcards are not in it, nor what has
    digits or signs, nor numbers that touch other text ("2700K"), nor the second of
    `(what's|whats)`. When it would have more than `most_arcs` arcs, first the phrases that may
    surround a sentence are left out, then the largest sentences; `Grammar.omitted` names them.

    Args:
        languages: sentences of a language and of those that it is a kind of.
        language: BCP 47 tag of the grammar.
        context: what the conversation is about.
        most_arcs: limit of the size.

    Returns:
        None when no sentence can be said, or the language is written without spaces.
    """
    graph: Graph[Label] = Graph()
    omitted: list[str] = []
    for intents in languages:
        if intents.settings.ignore_whitespace:
            return None
        compiler = _Compiler(intents, context, most_arcs // len(languages))
        graph.add_branch(compiler.words(), 1 / len(languages))
        omitted += compiler.omitted
    words = minimal(graph, _WORKING * most_arcs)
    return None if words.is_empty else _grammar(words, language, omitted)


def _context_of(data: IntentData, context: Context) -> BlockContext:
    return BlockContext(data.requires_context, data.excludes_context, context)


class _Compiler:
    """Compiles the sentences of one language for one state of a conversation."""

    def __init__(self, intents: Intents, context: Context, most_arcs: int) -> None:
        self._intents = intents
        self._context = context
        self._most_arcs = most_arcs
        self._working_arcs = _WORKING * most_arcs
        self._lists = ListWords(intents.language, self._working_arcs)
        self.omitted: list[str] = []
        """a line for what was left out"""

    def words(self) -> Acceptor[Label]:
        """Return the acceptor of as many sentences as the limit allows, the small ones first."""
        kept = sorted(self._sentences(), key=lambda one: one.cost)
        self._tell_unspoken()
        dropped: list[_Spoken] = []
        while True:
            words, excess = self._joined(kept)
            if excess <= 1.0:
                break
            allowed = sum(one.cost for one in kept) / excess
            dropped.append(kept.pop())
            while sum(one.cost for one in kept) > allowed:
                dropped.append(kept.pop())
        self._tell_dropped(dropped)
        return words

    def _sentences(self) -> Iterator[_Spoken]:
        """Yield every sentence that has words; an intent's share goes to those of them."""
        for name, intent in self._intents.intents.items():
            found = [pair for data in intent.data for pair in self._of_block(name, data)]
            for sentence, words in found:
                cost = sum(self._cost(label) for out in words.arcs for label in out)
                share = 1 / len(self._intents.intents) / len(found)
                yield _Spoken(name, sentence.text or "", share, words, cost)

    def _of_block(
        self, intent: str, data: IntentData
    ) -> Iterator[tuple[Sentence, Acceptor[Label]]]:
        context = _context_of(data, self._context)
        scope = Scope(
            {**self._intents.slot_lists, **data.slot_lists},
            {**self._intents.expansion_rules, **data.expansion_rules},
            context,
        )
        for sentence in data.sentences if context.is_possible else ():
            try:
                words = self._of_sentence(intent, sentence, scope, data.required_keywords or ())
            except TooLargeError as error:
                self.omitted.append(f"intent {intent}: {sentence.text!r}: {error}")
                continue
            if not words.is_empty:
                yield sentence, words

    def _of_sentence(
        self, intent: str, sentence: Sentence, scope: Scope, keywords: Iterable[str]
    ) -> Acceptor[Label]:
        template = self._lists.template(scope)
        everything = template.words(sentence.expression)
        if template.unspoken and not (template.is_blocked or everything.finals):
            signs = _some(sorted(set(template.unspoken)))
            self.omitted.append(f"intent {intent}: {sentence.text!r}: write {signs} as words")
        named = frozenset(word.lower() for word in keywords)
        graph = _demanding(everything, self._lists, scope.context.wanted, named)
        graph.finals.pop(0, None)
        return minimal(graph, self._working_arcs)

    def _cost(self, label: Label) -> int:
        inner = self._lists.acceptor(label)
        return 1 if inner is None else inner.n_arcs

    def _joined(self, spoken: Sequence[_Spoken]) -> tuple[Acceptor[Label], float]:
        """Return the acceptor of these sentences and its size as a multiple of the limit.

        Slots stay slots until everything else is minimal, so the words of a list are put in once
        for all sentences that go on alike.
        """
        graph: Graph[Label] = Graph()
        for one in spoken:
            graph.add_branch(one.words, one.share)
        try:
            outline = minimal(graph, self._working_arcs)
            filled = filled_in(outline, self._lists.acceptor, self._working_arcs)
            words = minimal(filled, self._working_arcs)
        except TooLargeError:
            return minimal(Graph(), 0), 2.0
        surrounded = self._surrounded(words)
        if surrounded.n_arcs <= self._most_arcs:
            return surrounded, 1.0
        return words, words.n_arcs / self._most_arcs

    def _surrounded(self, words: Acceptor[Label]) -> Acceptor[Label]:
        try:
            return with_skip_phrases(words, self._intents.skip_words, self._working_arcs)
        except TooLargeError:
            return words

    def _tell_unspoken(self) -> None:
        for name, values in sorted(self._lists.unspoken.items()):
            self.omitted.append(f"list {{{name}}}: write {_some(sorted(values))} as words")

    def _tell_dropped(self, dropped: Sequence[_Spoken]) -> None:
        if dropped:
            names = ", ".join(sorted({one.intent for one in dropped}))
            number = "a sentence" if len(dropped) == 1 else f"{len(dropped)} sentences"
            self.omitted.append(
                f"{number} of {names}, such as {dropped[0].text!r}: the grammar would have more "
                f"than {self._most_arcs} arcs"
            )


def _demanding(
    graph: Graph[Label], lists: ListWords, wanted: frozenset[str], keywords: frozenset[str]
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
            inner = lists.acceptor(label)
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


def _grammar(words: Acceptor[Label], language: str, omitted: Sequence[str]) -> Grammar:
    """Return the grammar with its states numbered from the start, words in alphabetical order."""
    order = [0]
    numbers = {0: 0}
    arcs = []
    for state in order:  # grows on the way
        for label, (target, probability) in sorted(words.arcs[state].items(), key=_word):
            if target not in numbers:
                numbers[target] = len(numbers)
                order.append(target)
            arcs.append(Arc(numbers[state], numbers[target], str(label), probability))
    finals = {numbers[state]: probability for state, probability in words.finals.items()}
    return Grammar(language, tuple(arcs), dict(sorted(finals.items())), tuple(omitted))


def _word(arc: tuple[Label, tuple[int, float]]) -> str:
    return str(arc[0])


def _some(values: Sequence[str]) -> str:
    """Return the first values, quoted, and how many more there are."""
    more = f" and {len(values) - 3} more" if len(values) > 3 else ""
    return ", ".join(map(repr, values[:3])) + more
