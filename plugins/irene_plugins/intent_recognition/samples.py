"""Sentences that templates allow, with values for their slots, for finding collisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from irene import SampleSentence
from irene_plugins.intent_recognition.guessing.expansions import expansions

if TYPE_CHECKING:
    from hassil import IntentData, Intents, ListReference, Sentence, SlotList

_ANY_WORDS = "something"
"""what is said for a slot that takes any words"""


def samples(intents: Intents, limit: int) -> Iterator[SampleSentence]:
    """Yield up to `limit` sentences of each template of one language."""
    for intent in intents.intents.values():
        for block in intent.data:
            lists = {**intents.slot_lists, **block.slot_lists}
            rules = {**intents.expansion_rules, **block.expansion_rules}
            context = wanted_context(block)
            origin = str((block.metadata or {}).get("origin", ""))

            def words(
                reference: ListReference,
                lists: Mapping[str, SlotList] = lists,
                rules: Mapping[str, Sentence] = rules,
            ) -> str | None:
                return first_value(reference, lists, rules)

            for sentence in block.sentences:
                for text in expansions(sentence, rules, words, limit):
                    yield SampleSentence(text, intent.name, origin, context)


def wanted_context(block: IntentData) -> Mapping[str, Any]:
    """Return a context in which the sentences of a block are understood."""
    context = {}
    for name, condition in block.requires_context.items():
        value = condition.get("value") if isinstance(condition, Mapping) else condition
        values = value if isinstance(value, (list, tuple)) else [value]
        context[name] = next((one for one in values if one is not None), _ANY_WORDS)
    return context


def first_value(
    reference: ListReference, lists: Mapping[str, SlotList], rules: Mapping[str, Sentence]
) -> str | None:
    """Return words for a slot; None when its list is empty."""
    from hassil import RangeSlotList, TextSlotList
    from hassil.sample import sample_expression

    bounds = reference.get_inline_range()
    words = lists.get(reference.list_name)
    if words is None and bounds is not None:
        return str(bounds[0])
    if isinstance(words, RangeSlotList):
        return str(words.start)
    if isinstance(words, TextSlotList):
        for value in words.values:
            texts = sample_expression(value.text_in, dict(lists), dict(rules))
            return next(islice(texts, 1), None)
        return None
    return _ANY_WORDS
