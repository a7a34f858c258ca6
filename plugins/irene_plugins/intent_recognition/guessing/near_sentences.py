"""The sentences of one language, searched for those that sound like what was heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from irene_plugins.intent_recognition.guessing.expansions import expansions
from irene_plugins.intent_recognition.guessing.heard_values import (
    HeardValues,
    Reading,
    is_slot,
    words_of,
)
from irene_plugins.intent_recognition.guessing.telling_words import TellingWords

if TYPE_CHECKING:
    from hassil import IntentData, Intents

MAX_SENTENCES = 10_000
"""sentences that are kept for one language"""
_PER_TEMPLATE = (4, 30)
"""fewest and most sentences of one template"""
_NEAREST = 12
"""sentences that are looked at for each reading"""

Words = tuple[str, ...]
Meaning = tuple[str, ...]
"""intent, fixed slots and filled slots: what a sentence asks for but for the values"""


@dataclass(frozen=True)
class _Bucket:
    """Sentences with the same slots in the same order."""

    sentences: list[Words]
    texts: list[str]
    """the same, joined"""


class NearSentences:
    """A bounded set of sentences that stands for all that the templates allow.

    Slots stay slots: a name or a number in what was heard stands for itself, and a sentence is
    near only when it has the same slots in the same order.
    """

    def __init__(self, intents: Intents) -> None:
        self._values = HeardValues(intents)
        meanings = self._collect(intents)
        self._telling = TellingWords(meanings, intents.language, self._values.vocabulary)
        by_slots: dict[Words, list[Words]] = {}
        for words in meanings:
            by_slots.setdefault(_slots(words), []).append(words)
        self._buckets = {
            slots: _Bucket(sentences, [" ".join(words) for words in sentences])
            for slots, sentences in by_slots.items()
        }

    def search(self, text: str, lowest: float) -> list[tuple[float, str]]:
        """Return near sentences with their likeness (0 to 1), the nearest first.

        Args:
            text: what was heard.
            lowest: likeness that a sentence must have.
        """
        found: dict[str, float] = {}
        for reading in self._values.readings(text):
            for likeness, words in self._near(reading, lowest):
                if self._telling.may_stand_for(reading.words, words):
                    sentence = reading.filled(words)
                    found[sentence] = max(likeness, found.get(sentence, 0.0))
        return [(found[text], text) for text in sorted(found, key=lambda one: (-found[one], one))]

    def _near(self, reading: Reading, lowest: float) -> Iterator[tuple[float, Words]]:
        from rapidfuzz import fuzz, process

        bucket = self._buckets.get(_slots(reading.words))
        if bucket is None:
            return
        heard = " ".join(reading.words)
        for _, score, place in process.extract(
            heard, bucket.texts, scorer=fuzz.ratio, limit=_NEAREST, score_cutoff=100 * lowest
        ):
            yield score / 100, bucket.sentences[place]

    def _collect(self, intents: Intents) -> dict[Words, set[Meaning]]:
        """Return sentences of all templates with what they mean."""
        n_templates = sum(len(one.sentences) for one in _blocks(intents))
        fewest, most = _PER_TEMPLATE
        limit = max(fewest, min(most, MAX_SENTENCES // max(1, n_templates)))
        meanings: dict[Words, set[Meaning]] = {}
        for name, intent in intents.intents.items():
            for block in intent.data:
                for words, meaning in self._of_block(intents, name, block, limit):
                    meanings.setdefault(words, set()).add(meaning)
        return dict(islice(meanings.items(), MAX_SENTENCES))

    def _of_block(
        self, intents: Intents, name: str, block: IntentData, limit: int
    ) -> Iterator[tuple[Words, Meaning]]:
        rules = {**intents.expansion_rules, **block.expansion_rules}
        fixed = tuple(f"{slot}={value}" for slot, value in sorted(block.slots.items()))
        marks = self._values.marks(intents, block)
        for sentence in block.sentences:
            for text in expansions(sentence, rules, marks.placeholder, limit):
                words = words_of(text)
                yield words, (name, *fixed, *map(marks.slot_of, _slots(words)))


def _slots(words: Sequence[str]) -> Words:
    return tuple(word for word in words if is_slot(word))


def _blocks(intents: Intents) -> Iterator[IntentData]:
    for intent in intents.intents.values():
        yield from intent.data
