"""How words are pronounced for PocketSphinx: from its dictionary, from parts, or by eSpeak NG."""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice, product
from pathlib import Path

from irene_plugins.asr.arpabet import phones

_PARTS = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_MOST_VARIANTS = 4
"""pronunciations of one word: more would cost time and find what nobody said"""
_SHORTEST_PART = 4
"""letters of each half of a compound that is taken apart when eSpeak NG is missing"""
_VOICELESS = ("CH", "F", "K", "P", "S", "SH", "T", "TH")
_HISSING = ("CH", "JH", "S", "SH", "Z", "ZH")
_WITNESS = "the"
"""a word by which a dictionary shows whether it writes English as CMU does"""

Pronunciations = tuple[str, ...]
"""phones separated by spaces, the usual one first"""


class Lexicon:
    """The pronunciation of every word that can be given one.

    What the dictionary has is taken from there. A word with hyphens, spaces or a final `'s` is put
    together from its parts where the dictionary has them. Everything else is pronounced by
    eSpeak NG's voice of the language, each sound as the nearest phone of the dictionary: of the
    335 words of a household's commands 5 % come out with one phone or more unlike any
    pronunciation of the dictionary (1.3 % of the phones), of 3000 random entries, most of them
    surnames, 40 % (10 % of the phones): `pytest tests/plugins/test_pocketsphinx_lexicon.py -s`.
    Without eSpeak NG a compound of two words of the dictionary is put together, the rest is
    unknown.
    """

    def __init__(self, dictionary: Path, language: str) -> None:
        self._dictionary = dictionary
        self._language = language.lower().partition("-")[0]
        self._witness: Pronunciations | None = None

    def pronounce(
        self, words: Iterable[str], language: str | None = None
    ) -> dict[str, Pronunciations]:
        """Return the pronunciations of the words that have one.

        Args:
            words: lower case, without digits.
            language: BCP 47 tag of the words; those of another language than the dictionary's are
                not looked up in it, `die` being another word in German.
        """
        wanted = dict.fromkeys(words)
        spoken = (language or self._language).lower()
        own = spoken.partition("-")[0] == self._language
        known = self._whole_or_of_parts(wanted) if own else {}
        missing = [word for word in wanted if word not in known]
        known |= self._by_espeak(missing, "en-us" if spoken == "en" else spoken)
        missing = [word for word in missing if word not in known]
        return known | (self._of_compounds(missing) if own else {})

    def unknown(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return the words that have no pronunciation, in their order, each once."""
        wanted = tuple(dict.fromkeys(words))
        known = self.pronounce(wanted)
        return tuple(word for word in wanted if word not in known)

    @cached_property
    def phones(self) -> tuple[str, ...]:
        """Every phone that occurs in the dictionary, in the order of the alphabet."""
        with self._dictionary.open(encoding="utf-8", errors="replace") as file:
            return tuple(sorted({phone for line in file for phone in line.split()[1:]}))

    def _look_up(self, words: Iterable[str]) -> dict[str, Pronunciations]:
        """Return what the dictionary says of the words, its unnumbered entries first.

        It is read each time, for its 134000 lines would take 20 MB. They are put in order, which
        they nearly are, and then each word is found in a few steps: to take every line apart
        takes several times as long.
        """
        wanted = {*words}
        if not wanted:
            return {}
        lines = self._dictionary.read_bytes().splitlines()
        lines.sort()
        self._witness = _entries(lines, _WITNESS)
        found = {word: _entries(lines, word) for word in wanted}
        return {word: variants for word, variants in found.items() if variants}

    def _whole_or_of_parts(self, words: Iterable[str]) -> dict[str, Pronunciations]:
        split = {word: _parts(word) for word in words}
        known = self._look_up([*split, *chain.from_iterable(split.values())])
        said = {word: known.get(word) or _join(known, parts) for word, parts in split.items()}
        return {word: variants for word, variants in said.items() if variants}

    def _of_compounds(self, words: Sequence[str]) -> dict[str, Pronunciations]:
        halves = {
            word: [
                (word[:at], word[at:])
                for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
            ]
            for word in words
        }
        known = self._look_up(part for pairs in halves.values() for pair in pairs for part in pair)
        found = {}
        for word, pairs in halves.items():
            both = [pair for pair in pairs if all(part in known for part in pair)]
            if both:
                found[word] = _join(known, max(both, key=lambda pair: len(pair[0])))
        return found

    def _by_espeak(self, words: Sequence[str], language: str) -> dict[str, Pronunciations]:
        wanted = [word for word in words if _is_readable(word, language)]
        if not (
            wanted and self._has_english_phones and importlib.util.find_spec("espeakng_loader")
        ):
            return {}
        from irene_plugins.tts.espeak_library import shared_library

        spoken = zip(wanted, shared_library().pronounce(wanted, language), strict=True)
        found = {word: " ".join(phones(ipa)) for word, ipa in spoken}
        return {word: (pronunciation,) for word, pronunciation in found.items() if pronunciation}

    @property
    def _has_english_phones(self) -> bool:
        """Whether the dictionary writes English as CMU does."""
        if self._witness is None:
            self._look_up([_WITNESS])
        usual = (self._witness or ("",))[0]
        return self._language == "en" and usual.startswith("DH")


def _entries(lines: Sequence[bytes], word: str) -> Pronunciations:
    """Return the pronunciations of a word, from the lines of a dictionary in order.

    A further pronunciation has a number behind the word: `the(2) DH IY`.
    """
    found: list[tuple[bytes, str]] = []
    for end in " (" if _is_entry(word) else "":
        head = f"{word}{end}".encode(errors="surrogatepass")
        place = bisect_left(lines, head)
        while place < len(lines) and lines[place].startswith(head):
            entry, _, pronunciation = lines[place].partition(b" ")
            found.append((entry, pronunciation.decode(errors="replace").strip()))
            place += 1
    found.sort(key=lambda one: len(one[0]))  # the tenth comes behind the second
    return tuple(pronunciation for _, pronunciation in found)


def _is_entry(word: str) -> bool:
    """Return whether a line can be about this: what has a blank or a number is several."""
    return bool(word) and " " not in word and "(" not in word


def _is_readable(word: str, language: str) -> bool:
    """Return whether a voice reads a word: that of English names letters that are not Latin."""
    letters = [letter for letter in word if letter.isalpha()]
    is_english = language.partition("-")[0] == "en"
    return bool(letters) and not (is_english and not all(map(_is_latin, letters)))


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")


def _parts(word: str) -> list[str]:
    """Return what a word is made of; a final `'s` is a part of its own."""
    parts = []
    for part in _PARTS.findall(word):
        owner, apostrophe, s = part.rpartition("'")
        parts += [owner, "'s"] if apostrophe and s == "s" else [part]
    return parts if len(parts) > 1 else []


def _join(known: Mapping[str, Pronunciations], parts: Sequence[str]) -> Pronunciations:
    """Return the pronunciations of parts said one after the other; empty if one is unknown."""
    if not parts or any(part != "'s" and part not in known for part in parts):
        return ()
    variants = product(*(("'s",) if part == "'s" else known[part] for part in parts))
    return tuple(dict.fromkeys(map(_spoken, islice(variants, _MOST_VARIANTS))))


def _spoken(parts: Sequence[str]) -> str:
    """Return the phones of parts, `'s` after a hissing sound being a syllable of its own."""
    said: list[str] = []
    for part in parts:
        if part == "'s":
            last = said[-1] if said else ""
            said += ["AH", "Z"] if last in _HISSING else ["S" if last in _VOICELESS else "Z"]
        else:
            said += part.split()
    return " ".join(said)
