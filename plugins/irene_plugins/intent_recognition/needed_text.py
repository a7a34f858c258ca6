"""Sentences that need words which a text lacks, left out before they are tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from hassil import (
    Alternative,
    Expression,
    Group,
    IntentData,
    Intents,
    ListReference,
    RangeSlotList,
    RuleReference,
    Sentence,
    SlotList,
    TextChunk,
    TextSlotList,
)
from hassil.util import PUNCTUATION_STR, fold_case, normalize_for_matching

Clause = frozenset[str]
"""pieces of text of which one has to be there"""

_MOST_DEEP = 24
"""rules within rules that are looked into"""
_MOST_PIECES = 64
"""of a clause: more of them take longer to look for than their sentences to try"""
_DIGITS: Clause = frozenset("0123456789")
_STRIPPED = frozenset(PUNCTUATION_STR)


class NeededText:
    """The blocks of sentences that have all they need in a text; threads may share it.

    hassil does the same for each sentence, but every time anew, and without the words of lists:
    it tries whatever consists of lists and numbers. Here each piece of text is looked for once.
    A match implies all that a sentence is taken to need, so nothing that fits is left out.

    Args:
        intents: sentences of a language, and what they refer to.
    """

    def __init__(self, intents: Intents) -> None:
        self.intents = intents
        """every block, whatever is said"""
        self._bits: dict[Clause, int] = {}
        self._pieces: dict[str, int] = {}
        """the clauses that each piece of text fulfils, as bits"""
        shared = _Needs(intents.slot_lists, intents.expansion_rules)
        self._blocks = {
            name: [(block, self._ways(block, shared)) for block in intent.data]
            for name, intent in intents.intents.items()
        }
        for clause, bit in self._bits.items():
            for piece in clause:
                self._pieces[piece] = self._pieces.get(piece, 0) | bit

    def within(self, text: str) -> Intents:
        """Return the intents with the blocks that may fit a text."""
        if self.intents.settings.ignore_whitespace:  # words may lie across what is written apart
            return self.intents
        written = fold_case(normalize_for_matching(text).text)
        lacking = -1
        for piece, bits in self._pieces.items():
            if piece in written:
                lacking &= ~bits
        intents = {}
        for name, blocks in self._blocks.items():
            data = [block for block, ways in blocks if any(not way & lacking for way in ways)]
            if data:
                intents[name] = replace(self.intents.intents[name], data=data)
        return replace(self.intents, intents=intents)

    def _ways(self, block: IntentData, shared: _Needs) -> frozenset[int]:
        """Return what each sentence of a block needs, as bits of its clauses."""
        needs = shared
        if block.slot_lists or block.expansion_rules:
            needs = _Needs(
                {**self.intents.slot_lists, **block.slot_lists},
                {**self.intents.expansion_rules, **block.expansion_rules},
            )
        return frozenset(
            sum(self._bits.setdefault(clause, 1 << len(self._bits)) for clause in clauses)
            for clauses in (needs.of(sentence.expression) for sentence in block.sentences)
        )


class _Needs:
    """What a text needs to fit expressions, by the lists and rules that they name."""

    def __init__(self, lists: Mapping[str, SlotList], rules: Mapping[str, Sentence]) -> None:
        self._lists = lists
        self._rules = rules
        self._known: dict[str, set[Clause]] = {}

    def of(self, expression: Expression, depth: int = 0) -> set[Clause]:
        """Return the clauses that a text has to fulfil; without any, nothing is known."""
        if isinstance(expression, TextChunk):
            return _of_words(expression.text)
        if isinstance(expression, Alternative):
            return set() if expression.is_optional else self._of_any(expression.items, depth)
        if isinstance(expression, Group):
            return {clause for item in expression.items for clause in self.of(item, depth)}
        name = _name_of(expression)
        if depth >= _MOST_DEEP or not name:
            return set()
        if name not in self._known:
            self._known[name] = self._of_reference(expression, depth + 1)
        return self._known[name]

    def _of_reference(self, reference: Expression, depth: int) -> set[Clause]:
        if isinstance(reference, RuleReference):
            rule = self._rules.get(reference.rule_name)
            return set() if rule is None else self.of(rule.expression, depth)
        values = self._lists.get(cast(ListReference, reference).list_name)
        if isinstance(values, TextSlotList):
            return self._of_any((value.text_in for value in values.values), depth)
        is_written = isinstance(values, RangeSlotList) and not values.words
        return {_DIGITS} if is_written else set()

    def _of_any(self, expressions: Iterable[Expression], depth: int) -> set[Clause]:
        """Return the one clause of alternatives, or none where one of them needs nothing."""
        joined: set[str] = set()
        for expression in expressions:
            clauses = self.of(expression, depth)
            if not clauses:
                return set()
            joined |= min(clauses, key=len)
        return {frozenset(joined)} if 0 < len(joined) <= _MOST_PIECES else set()


def _name_of(expression: Expression) -> str:
    """Return what a rule or a list is called in a template; empty for all else."""
    if isinstance(expression, RuleReference):
        return f"<{expression.rule_name}>"
    return f"{{{expression.list_name}}}" if isinstance(expression, ListReference) else ""


def _of_words(text: str) -> set[Clause]:
    """Return a clause for each word of a literal text, but those with signs that are stripped."""
    if _STRIPPED.isdisjoint(text):
        return {frozenset((word,)) for word in fold_case(text).split()}
    return {frozenset((fold_case(word),)) for word in text.split() if _STRIPPED.isdisjoint(word)}
