"""Names and numbers in what was heard: the readings of a text with slots in their places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hassil import IntentData, Intents, ListReference, RangeSlotList, SlotList, TextSlotList

_FIRST_MARK = 0xE000
_LAST_MARK = 0xF8FF
NUMBER = chr(_FIRST_MARK)
"""mark of every number; marks of lists follow it in Unicode's private use area"""
_MARK = re.compile(f"[{chr(_FIRST_MARK)}-{chr(_LAST_MARK)}]")

_SPELLINGS = 20
"""ways to say one value that are known"""
_NUMBER_WORDS = 4
"""words of the longest number, "twenty one point five\""""
_READINGS = 64
"""readings of one text"""
_PUNCTUATION = '.,!?;:"()[]…'

Words = tuple[str, ...]


def words_of(text: str) -> Words:
    """Return the words of a text as they are compared: no capitals, no marks, no hyphens."""
    plain = text.casefold().replace("’", "'").replace("-", " ").replace("_", " ")
    words = (word.strip(_PUNCTUATION) for word in plain.split())
    return tuple(word for word in words if word)


def is_slot(word: str) -> bool:
    """Whether a word holds the mark of a slot."""
    return not word.isascii() and _MARK.search(word) is not None


@dataclass(frozen=True)
class Reading:
    """What was heard, with the marks of slots in the places of values."""

    words: Words
    values: tuple[str, ...]
    """the words behind each mark, in their order"""

    def filled(self, words: Words) -> str:
        """Return another sentence with the same slots, filled with these values."""
        values = iter(self.values)
        return " ".join(next(values) if is_slot(word) else word for word in words)


@dataclass(frozen=True)
class Marks:
    """The marks of the lists that one block of sentences refers to."""

    by_list: Mapping[str, str]
    """mark by name of the list; lists without words have none"""
    slots: dict[str, str]
    """name of the slot that each mark fills"""

    def placeholder(self, reference: ListReference) -> str | None:
        """Return what stands for a list in a sentence; None where nothing can."""
        mark = NUMBER if reference.is_inline_range else self.by_list.get(reference.list_name)
        if mark is not None:
            self.slots[mark] = reference.slot_name
        return mark

    def slot_of(self, word: str) -> str:
        """Return the name of the slot whose mark a word holds."""
        return next(self.slots[letter] for letter in word if letter in self.slots)


class HeardValues:
    """All values of all lists of one language, found in texts."""

    def __init__(self, intents: Intents) -> None:
        self._language = intents.language
        self._skipped = sorted(map(words_of, intents.skip_words), key=len, reverse=True)
        self._marks: dict[int, str] = {}
        self._ranges: dict[tuple[object, ...], RangeSlotList] = {}
        self._phrases: dict[str, set[tuple[Words, str]]] = {}
        """values by their first word, with the mark of their list"""
        self._lists: list[SlotList] = []  # held, so that identities stay theirs

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word of every value."""
        phrases = (words for pairs in self._phrases.values() for words, _ in pairs)
        return frozenset(word for words in phrases for word in words)

    def marks(self, intents: Intents, block: IntentData) -> Marks:
        """Return the marks for a block of sentences, whose lists are known from now on."""
        from hassil import RangeSlotList, TextSlotList

        by_list = {}
        for name, words in {**intents.slot_lists, **block.slot_lists}.items():
            if isinstance(words, RangeSlotList):
                bounds = (words.start, words.stop, words.step, words.fraction_type)
                self._ranges.setdefault(bounds, words)
                by_list[name] = NUMBER
            elif isinstance(words, TextSlotList) and words.values:
                by_list[name] = self._mark(words, intents)
        self._add_inline_ranges(intents, block)
        return Marks(by_list, {})

    def readings(self, text: str) -> Iterator[Reading]:
        """Yield the readings of a text, those with the longest values first."""
        words = self._without_skipped(words_of(text))
        spans = {start: self._spans(words, start) for start in range(len(words))}
        yield from islice(_readings(words, spans, 0), _READINGS)

    def _mark(self, words: TextSlotList, intents: Intents) -> str:
        from hassil.sample import sample_expression

        if id(words) not in self._marks:
            mark = chr(min(_FIRST_MARK + 1 + len(self._marks), _LAST_MARK))
            self._marks[id(words)] = mark
            self._lists.append(words)
            for value in words.values:
                texts = sample_expression(
                    value.text_in, intents.slot_lists, intents.expansion_rules, intents.language
                )
                for spoken in map(words_of, islice(texts, _SPELLINGS)):
                    if spoken:
                        self._phrases.setdefault(spoken[0], set()).add((spoken, mark))
        return self._marks[id(words)]

    def _add_inline_ranges(self, intents: Intents, block: IntentData) -> None:
        from hassil import RangeSlotList

        rules = {**intents.expansion_rules, **block.expansion_rules}
        for sentence in block.sentences:
            for reference in sentence.expression.list_references(rules):  # type: ignore[attr-defined] # groups
                bounds = reference.get_inline_range()
                if bounds is not None:
                    self._ranges.setdefault((*bounds, None), RangeSlotList("", *bounds))

    def _spans(self, words: Words, start: int) -> list[tuple[int, str]]:
        """Return end and mark of each value that starts at a word, the longest first."""
        found = {
            (start + len(phrase), mark)
            for phrase, mark in self._phrases.get(words[start], ())
            if words[start : start + len(phrase)] == phrase
        }
        for end in range(min(len(words), start + _NUMBER_WORDS), start, -1):
            if self._is_number(" ".join(words[start:end])):
                found.add((end, NUMBER))
                break
        return sorted(found, key=lambda span: (-span[0], span[1]))

    def _is_number(self, text: str) -> bool:
        from hassil import ListReference, Sentence, is_match

        sentence = Sentence(ListReference("n"))
        return any(
            is_match(text, sentence, {"n": numbers}, language=self._language) is not None
            for numbers in self._ranges.values()
        )

    def _without_skipped(self, words: Words) -> Words:
        kept: list[str] = []
        place = 0
        while place < len(words):
            fits = (phrase for phrase in self._skipped if phrase)
            phrase = next((one for one in fits if words[place : place + len(one)] == one), ())
            if not phrase:
                kept.append(words[place])
            place += len(phrase) or 1
        return tuple(kept)


def _readings(
    words: Words, spans: Mapping[int, list[tuple[int, str]]], start: int
) -> Iterator[Reading]:
    if start >= len(words):
        yield Reading((), ())
        return
    for end, mark in spans[start]:
        for rest in _readings(words, spans, end):
            value = " ".join(words[start:end])
            yield Reading((mark, *rest.words), (value, *rest.values))
    for rest in _readings(words, spans, start + 1):
        yield Reading((words[start], *rest.words), rest.values)
