"""Sentences that only fit certain conversations or words, left out before they are tried."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from irene import Context

if TYPE_CHECKING:
    from hassil import Intents, SlotList

    from irene_plugins.intent_recognition.needed_text import NeededText


class ConversationBlocks:
    """The blocks of sentences that a conversation and a text leave possible; threads may share it.

    hassil matches a block whose `requires_context` names a key that the conversation lacks, and
    drops the match in the end, because a value of a list might bring the key. Where no list brings
    it, matching is wasted: replies to questions of the assistant take most of the time of every
    sentence.
    """

    def __init__(self, intents: Intents) -> None:
        self._intents = intents
        brought = frozenset(_brought(_all_lists(intents)))
        self._needs = {
            id(block): frozenset(_needed(block.requires_context)) - brought
            for intent in intents.intents.values()
            for block in intent.data
        }
        self._keys = frozenset[str]().union(*self._needs.values())
        self._by_keys: dict[frozenset[str], NeededText] = {}

    def possible(self, context: Context) -> Intents:
        """Return the intents with the blocks that may fit; what a context says is not looked at."""
        return self._known(context).intents

    def fitting(self, context: Context, text: str) -> Intents:
        """Return those of them that may fit a text, by the words in it."""
        return self._known(context).within(text)

    def _known(self, context: Context) -> NeededText:
        from irene_plugins.intent_recognition.needed_text import NeededText

        present = self._keys.intersection(context)
        found = self._by_keys.get(present)
        if found is None:
            found = self._by_keys[present] = NeededText(self._within(present))
        return found

    def _within(self, present: frozenset[str]) -> Intents:
        intents = {
            name: replace(
                intent, data=[block for block in intent.data if self._needs[id(block)] <= present]
            )
            for name, intent in self._intents.intents.items()
        }
        return replace(self._intents, intents=intents)


def _needed(requires: Mapping[str, Any]) -> Iterator[str]:
    """Yield the required keys without which a block never fits."""
    for key, wanted in requires.items():
        value = wanted.get("value") if isinstance(wanted, Mapping) else wanted
        lists_none = isinstance(value, Collection) and not isinstance(value, str) and None in value
        if not lists_none:
            yield key


def _all_lists(intents: Intents) -> Iterator[SlotList]:
    yield from intents.slot_lists.values()
    for intent in intents.intents.values():
        for block in intent.data:
            yield from block.slot_lists.values()


def _brought(lists: Iterator[SlotList]) -> Iterator[str]:
    """Yield the keys of the context that values of lists bring with them."""
    from hassil import TextSlotList

    for words in lists:
        if isinstance(words, TextSlotList):
            for value in words.values:
                yield from value.context or ()
