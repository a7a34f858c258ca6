"""Which words may be misheard without harm, and which decide what a command means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from irene_plugins.intent_recognition.guessing.heard_values import is_slot

_ALIKE = 0.6
"""likeness, 0 to 1, that a misheard word must have with the word that was said"""
_TELLS = 0.1
"""share of comparisons in which a telling word makes a difference; below it is chance"""
_ALIKE_KNOWN = 0.85
"""the same for a word that other commands have, as in "light" for "lights\""""
_ALIKE_FILLING = 0.4
"""the same for two words that may both be left out"""
_WORDS_PER_MISTAKE = 3
"""words of a sentence for each that may be misheard, left out or put in"""


@dataclass(frozen=True)
class _Mistake:
    """One word that was not heard as it was said."""

    heard: str
    """empty when nothing was heard"""
    said: str
    """empty when nothing was said"""
    is_at_edge: bool = False
    """whether it was heard at the start or at the end"""
    is_beside_slot: bool = False
    """whether it stands beside a name or a number"""


Words = tuple[str, ...]
Meaning = tuple[str, ...]


class TellingWords:
    """What the words of a set of sentences tell, learnt from the sentences themselves.

    Where sentences that differ in one word mean different things, the word is telling, unless that
    is rare; where they mean the same, the words may stand for each other, and a word that may be
    left out is filling. Negations and opposites always tell.
    """

    def __init__(
        self,
        meanings: Mapping[Words, set[Meaning]],
        language: str,
        other_words: frozenset[str],
    ) -> None:
        exact, noise = _words_of_language(language)
        self._noise = noise
        self._alike: set[frozenset[str]] = set()
        evidence, omission = _Evidence(), _Evidence()
        for words, meaning in meanings.items():
            for place, word in enumerate(words):
                without = meanings.get(_without(words, place))
                if without is not None and not is_slot(word):
                    omission.add(word, without == meaning)
                    evidence.add(word, without == meaning)
        for frame in _frames(meanings):
            self._learn_frame(frame, evidence)
        self._telling = evidence.against | exact
        self._filling = (omission.in_favour | noise) - self._telling
        self._known = {word for words in meanings for word in words} | other_words

    def may_stand_for(self, heard: Words, said: Words) -> bool:
        """Whether a sentence may have been said where another one was heard."""
        if self._told(heard) != self._told(said):
            return False
        mistakes = list(_mistakes(heard, said))
        if len(mistakes) > max(1, len(said) // _WORDS_PER_MISTAKE):
            return False
        return all(self._is_harmless(mistake) for mistake in mistakes)

    def _told(self, words: Words) -> Counter[str]:
        return Counter(word for word in words if word in self._telling or is_slot(word))

    def _is_harmless(self, mistake: _Mistake) -> bool:
        """Whether one word (empty: none) may have been heard for another (empty: none).

        A word too many at the start may be what is left of the verb, and one at the end may stand
        before a name that was not heard: there only noise passes. One beside a slot may be part of
        a name or a number, as in "twenty fine".
        """
        from rapidfuzz import fuzz

        heard, said = mistake.heard, mistake.said
        if not said:
            known = self._noise if mistake.is_at_edge else self._filling
            return heard in known and not mistake.is_beside_slot
        if not heard:
            return said in self._filling and not mistake.is_beside_slot
        if frozenset((heard, said)) in self._alike and not mistake.is_at_edge:
            return True
        likeness = fuzz.ratio(heard, said) / 100
        if {heard, said} <= self._filling:
            is_exposed = mistake.is_at_edge or mistake.is_beside_slot
            return not is_exposed and likeness >= _ALIKE_FILLING
        return likeness >= (_ALIKE_KNOWN if heard in self._known else _ALIKE)

    def _learn_frame(self, frame: Mapping[str, set[Meaning]], evidence: _Evidence) -> None:
        """Learn from words in the same place of sentences that are otherwise the same."""
        for word, meaning in frame.items():
            for other, other_meaning in frame.items():
                if word != other:
                    evidence.add(word, meaning == other_meaning)
                    if meaning == other_meaning:
                        self._alike.add(frozenset((word, other)))


class _Evidence:
    """How often a word made no difference, and how often it did."""

    def __init__(self) -> None:
        self._same: Counter[str] = Counter()
        self._other: Counter[str] = Counter()

    def add(self, word: str, makes_no_difference: bool) -> None:
        (self._same if makes_no_difference else self._other)[word] += 1

    @property
    def in_favour(self) -> set[str]:
        """The words that hardly ever made a difference."""
        return set(self._same) - self.against

    @property
    def against(self) -> set[str]:
        """The words that made a difference more than now and then."""
        return {word for word, n in self._other.items() if n >= _TELLS * (n + self._same[word])}


def _frames(meanings: Mapping[Words, set[Meaning]]) -> Iterator[Mapping[str, set[Meaning]]]:
    """Yield words in the same place of sentences that are otherwise the same, with the meanings.

    Most words stand alone in their place. Hashes tell which do not: a table of all would be
    larger than everything else here.
    """
    once: set[int] = set()
    several: set[int] = set()
    for around, _, _ in _places(meanings):
        (several if around in once else once).add(around)
    del once
    frames: dict[int, dict[str, set[Meaning]]] = {}
    for around, word, meaning in _places(meanings):
        if around in several:
            frames.setdefault(around, {})[word] = meaning
    yield from frames.values()


def _places(
    meanings: Mapping[Words, set[Meaning]],
) -> Iterator[tuple[int, str, set[Meaning]]]:
    """Yield each word of each sentence with a hash of what stands around it."""
    for words, meaning in meanings.items():
        for place, word in enumerate(words):
            if not is_slot(word):
                yield hash((*words[:place], "", *words[place + 1 :])), word, meaning


def _without(words: Words, place: int) -> Words:
    return words[:place] + words[place + 1 :]


def _mistakes(heard: Words, said: Words) -> Iterator[_Mistake]:
    """Yield the words that differ, each with what stands in its place (empty: nothing)."""
    from rapidfuzz.distance import Levenshtein

    for step in Levenshtein.editops(heard, said):
        place = step.src_pos
        if step.tag == "insert":
            yield _Mistake("", said[step.dest_pos], False, _is_beside_slot(said, step.dest_pos))
            continue
        replaced = said[step.dest_pos] if step.tag == "replace" else ""
        is_beside_slot = _is_beside_slot(heard, place)
        is_at_edge = place in (0, len(heard) - 1)
        yield _Mistake(heard[place], replaced, is_at_edge, is_beside_slot)


def _is_beside_slot(words: Words, place: int) -> bool:
    return any(map(is_slot, words[max(0, place - 1) : place + 2]))


@lru_cache(maxsize=1)
def _all_words() -> Mapping[str, Mapping[str, str]]:
    import yaml

    file = files("irene_plugins.intent_recognition") / "rules" / "exact_words.yaml"
    tables: Mapping[str, Mapping[str, str]] = yaml.safe_load(file.read_text("utf-8"))
    return tables


def _words_of_language(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return negations and opposites of a language, and what noise is heard as; none unknown."""
    table = _all_words().get(language.replace("_", "-").lower().partition("-")[0], {})
    return frozenset(table.get("telling", "").split()), frozenset(table.get("noise", "").split())
