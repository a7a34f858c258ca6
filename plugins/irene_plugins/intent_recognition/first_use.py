"""What hassil builds when it is first used, built before: the first utterance waits for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hassil import Intents, Sentence, SlotList


def prepare(intents: Intents, language: str) -> None:
    """Build word lists, ranges and clauses of every sentence."""
    _prepare_lists(intents.slot_lists, language)
    for block in (block for intent in intents.intents.values() for block in intent.data):
        _prepare_lists(block.slot_lists, language)
        rules = {**intents.expansion_rules, **block.expansion_rules}
        for sentence in block.sentences:
            sentence.get_required_clauses(rules)
            _prepare_inline_ranges(sentence, rules, language)


def _prepare_lists(lists: dict[str, SlotList], language: str) -> None:
    from hassil import ListReference, RangeSlotList, Sentence, TextSlotList, is_match

    for name, words in lists.items():
        if isinstance(words, TextSlotList):
            words.get_candidates("")
        elif isinstance(words, RangeSlotList):
            is_match("-", Sentence(ListReference(name)), lists, language=language)


def _prepare_inline_ranges(sentence: Sentence, rules: dict[str, Sentence], language: str) -> None:
    """Prepare ranges that a sentence writes in place, such as `{1..9:number}`."""
    from hassil import Group, Sentence, is_match

    assert isinstance(sentence.expression, Group)  # hassil's parser wraps every sentence
    for reference in sentence.expression.list_references(rules):
        if reference.is_inline_range:
            is_match("-", Sentence(reference), language=language)
