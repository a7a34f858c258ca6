"""Sentences in which every part may be left out, found without matching anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hassil import IntentData, Intents


def perhaps_silent(intents: Intents) -> Intents:
    """Return the intents with only those blocks of which a sentence may match silence.

    Hardly any does. hassil tells for sure, but looks at all words of every sentence first.
    """
    shared: dict[str, bool] = {}
    found = {}
    for name, intent in intents.intents.items():
        data = [block for block in intent.data if _may_be_silent(intents, block, shared)]
        if data:
            found[name] = replace(intent, data=data)
    return replace(intents, intents=found)


def _may_be_silent(intents: Intents, block: IntentData, shared: dict[str, bool]) -> bool:
    """Return whether a sentence of a block has no word that must be said.

    Args:
        intents: all of a language.
        block: one block of them.
        shared: what is known of the rules and lists that the blocks share, by name in brackets.
    """
    has_own = block.expansion_rules or block.slot_lists
    look = _Look(
        {**intents.expansion_rules, **block.expansion_rules},
        {**intents.slot_lists, **block.slot_lists},
        {} if has_own else shared,
    )
    return any(look.may_be_silent(sentence.expression) for sentence in block.sentences)


class _Look:
    """Looks at the parts of templates in one scope; what it does not know may be silent."""

    def __init__(
        self, rules: Mapping[str, Any], lists: Mapping[str, Any], known: dict[str, bool]
    ) -> None:
        self._rules = rules
        self._lists = lists
        self._known = known

    def may_be_silent(self, part: Any) -> bool:
        """Return whether nothing may be said for a part of a template."""
        kind = type(part).__name__  # by name, as elsewhere: importing the classes costs more
        if kind == "TextChunk":
            return not any(map(str.isalnum, part.text))
        if kind == "RuleReference":
            rule = self._rules.get(part.rule_name)
            return self._of(f"<{part.rule_name}>", () if rule is None else (rule.expression,))
        if kind == "ListReference":
            return not part.is_inline_range and self._list_may_be_silent(part.list_name)
        parts = map(self.may_be_silent, getattr(part, "items", ()))
        return any(parts) if kind == "Alternative" else all(parts)

    def _list_may_be_silent(self, name: str) -> bool:
        words = self._lists.get(name)
        if type(words).__name__ == "RangeSlotList":
            return False
        values = getattr(words, "values", None)
        if values is None:  # any words
            return True
        return bool(values) and self._of(f"{{{name}}}", [value.text_in for value in values])

    def _of(self, name: str, choices: Any) -> bool:
        """Return whether one of several may be silent; of nothing known, that is so."""
        if name not in self._known:
            self._known[name] = True  # of what refers to itself
            self._known[name] = not choices or any(map(self.may_be_silent, choices))
        return self._known[name]
