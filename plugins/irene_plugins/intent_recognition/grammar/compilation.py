"""From sentence templates to the grammar of all that can be said, for recognisers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from irene import Arc, Context, Grammar
from irene_plugins.intent_recognition.grammar.block_context import BlockContext
from irene_plugins.intent_recognition.grammar.skip_phrases import with_skip_phrases
from irene_plugins.intent_recognition.grammar.template_graph import Label
from irene_plugins.intent_recognition.grammar.template_words import (
    SentenceWords,
    some,
)
from irene_plugins.intent_recognition.grammar.word_graph import (
    Acceptor,
    Graph,
    TooLargeError,
    filled_in,
    minimal,
)

if TYPE_CHECKING:
    from hassil import IntentData, Intents

    from irene_plugins.intent_recognition.language_intents import LanguageIntents

COMPILER = "4"
"""version of this compiler: the same sentences give the same grammar within one"""

_WORKING = 10
"""a graph on the way to a grammar may be so many times larger"""


@dataclass(frozen=True)
class _Spoken:
    """One sentence template that a recogniser can be confined to."""

    intent: str
    share: float
    """of everything that is said"""
    said: SentenceWords


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
    languages: Sequence[LanguageIntents], language: str, context: Context, most_arcs: int
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
    parts: list[Acceptor[Label]] = []
    omitted: list[str] = []
    for intents in languages:
        if intents.settings.ignore_whitespace:
            return None
        compiler = _Compiler(intents, context, most_arcs // len(languages))
        parts.append(compiler.words())
        omitted += compiler.omitted
    words = parts[0] if len(parts) == 1 else _either(parts, _WORKING * most_arcs)
    return None if words.is_empty else _grammar(words, language, omitted)


def _either(parts: Sequence[Acceptor[Label]], most_arcs: int) -> Acceptor[Label]:
    graph: Graph[Label] = Graph()
    for part in parts:
        graph.add_branch(part, 1 / len(parts))
    return minimal(graph, most_arcs)


def _context_of(data: IntentData, context: Context) -> BlockContext:
    return BlockContext(data.requires_context, data.excludes_context, context)


class _Compiler:
    """Compiles the sentences of one language for one state of a conversation."""

    def __init__(self, intents: LanguageIntents, context: Context, most_arcs: int) -> None:
        self._intents = intents
        self._context = context
        self._most_arcs = most_arcs
        self._working_arcs = _WORKING * most_arcs
        self._templates = intents.template_words.within(self._working_arcs)
        self.omitted: list[str] = []
        """a line for what was left out"""

    def words(self) -> Acceptor[Label]:
        """Return the acceptor of as many sentences as the limit allows, the small ones first."""
        kept = sorted(self._sentences(), key=lambda one: one.said.cost)
        dropped: list[_Spoken] = []
        while True:
            words, excess = self._joined(kept)
            if excess <= 1.0:
                break
            allowed = sum(one.said.cost for one in kept) / excess
            dropped.append(kept.pop())
            while sum(one.said.cost for one in kept) > allowed:
                dropped.append(kept.pop())
        self._tell_dropped(dropped)
        return words

    def _sentences(self) -> Iterator[_Spoken]:
        """Yield every sentence that has words; an intent's share goes to those of them."""
        unspoken: dict[str, set[str]] = {}
        for name, intent in self._intents.intents.items():
            every = [
                said
                for number, data in enumerate(intent.data)
                if (within := _context_of(data, self._context)).is_possible
                for said in self._templates.of_block(name, number, within)
            ]
            for said in every:
                self.omitted += said.omitted
                for words, sign in said.unspoken:
                    unspoken.setdefault(words, set()).add(sign)
            found = [said for said in every if said.packed]
            for said in found:
                yield _Spoken(name, 1 / len(self._intents.intents) / len(found), said)
        for words, signs in sorted(unspoken.items()):
            self.omitted.append(f"list {{{words}}}: write {some(sorted(signs))} as words")

    def _joined(self, spoken: Sequence[_Spoken]) -> tuple[Acceptor[Label], float]:
        """Return the acceptor of these sentences and its size as a multiple of the limit.

        Slots stay slots until everything else is minimal, so the words of a list are put in once
        for all sentences that go on alike.
        """
        graph: Graph[Label] = Graph()
        for one in spoken:
            graph.add_branch(one.said.words, one.share)
        try:
            outline = minimal(graph, self._working_arcs)
            filled = filled_in(outline, self._templates.lists.acceptor, self._working_arcs)
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

    def _tell_dropped(self, dropped: Sequence[_Spoken]) -> None:
        if dropped:
            names = ", ".join(sorted({one.intent for one in dropped}))
            number = "a sentence" if len(dropped) == 1 else f"{len(dropped)} sentences"
            self.omitted.append(
                f"{number} of {names}, such as {dropped[0].said.text!r}: the grammar would have "
                f"more than {self._most_arcs} arcs"
            )


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
