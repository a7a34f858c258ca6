"""What the `pocketsphinx` voice trigger listens for: phrases, how they sound, how sure to be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from irene import ConfigurationError, VoiceTrigger
from irene_plugins.asr.pocketsphinx_lexicon import Lexicon

MOST_VARIANTS = 4
"""pronunciations of one phrase that are followed at once"""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_START, _PER_SOUND, _STRICTEST, _LAXEST = 18.0, -5.0, 8.0, -32.0


@dataclass(frozen=True)
class Phrase:
    """A phrase as the engine takes it."""

    name: str
    """normalised name, such as `hey_computer`"""
    keyphrase: str
    """words of the engine's dictionary; variants of pronunciation are numbered: `jarvis(2)`"""
    n_sounds: int
    """how many phones it has"""

    @property
    def evidence(self) -> float:
        """Log10 likelihood ratio to ask for; see `evidence_for`."""
        return evidence_for(self.n_sounds)


def evidence_for(n_sounds: int) -> float:
    """Return the evidence that a phrase of so many phones has to show before it is believed.

    The engine compares how well the sound fits the phrase with how well it fits any sequence of
    phones, as log10 of the ratio of the two likelihoods. A sequence that is free to choose always
    fits better, and the more so the longer the phrase is: each further phone lowers what a
    person who says the phrase reaches, and lowers what other speech reaches by chance still more.
    So the bound falls by 5 per phone: -12 for six phones (`alexa`), -22 for eight (`computer`).
    It stops at -32, below which no recording of a phrase was found that other speech did not reach.
    """
    return min(_STRICTEST, max(_LAXEST, _START + _PER_SOUND * n_sounds))


def spoken_words(phrase: str) -> tuple[str, ...]:
    """Return the words of a phrase or of its name: `Hey_Computer!` is `hey`, `computer`."""
    return tuple(_WORD.findall(phrase.casefold()))


class SpokenPhrases:
    """How phrases sound: as the configuration says, else as the recogniser's lexicon does."""

    def __init__(self, lexicon: Lexicon, own: Mapping[str, str]) -> None:
        """`own` gives the phones of a word in the dictionary's notation, `K AH M P Y UW T ER`."""
        self._lexicon = lexicon
        self._own = {word.casefold(): " ".join(sounds.split()) for word, sounds in own.items()}

    def sounds(self, words: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the pronunciations of each of these words; none for a word nobody knows."""
        wanted = tuple(dict.fromkeys(words))
        known = self._lexicon.pronounce([word for word in wanted if word not in self._own])
        return {
            word: (self._own[word],) if word in self._own else known.get(word, ())
            for word in wanted
        }

    def phrases(self, spoken: Sequence[str], problem: str) -> tuple[Phrase, ...]:
        """Return how these phrases are said, each in at most `MOST_VARIANTS` ways.

        Raises:
            ConfigurationError: the sound of a word is not known; all such words are named, after
                `problem`.
        """
        sounds = self.sounds(word for phrase in spoken for word in spoken_words(phrase))
        if unknown := [word for word, known in sounds.items() if not known]:
            raise ConfigurationError(
                f"{problem}: it is not known how to say {', '.join(map(repr, unknown))}; write "
                "numbers as words, choose other words, or say how they sound in ARPABET, as in "
                'pronunciations = { computer = "K AH M P Y UW T ER" }'
            )
        return tuple(way for phrase in spoken for way in _ways(phrase, sounds))


def _ways(phrase: str, sounds: Mapping[str, Sequence[str]]) -> Iterable[Phrase]:
    """Yield the ways to say a phrase, the first pronunciation of every word first."""
    words = spoken_words(phrase)
    name = VoiceTrigger.word_name(phrase)
    choices = (range(len(sounds[word])) for word in words)
    for choice in islice(product(*choices), MOST_VARIANTS):
        said = [numbered(word, index) for word, index in zip(words, choice, strict=True)]
        n_sounds = sum(
            len(sounds[word][index].split()) for word, index in zip(words, choice, strict=True)
        )
        yield Phrase(name, " ".join(said), n_sounds)


def numbered(word: str, index: int) -> str:
    """Return how the engine writes a word's pronunciation of this index: `jarvis`, `jarvis(2)`."""
    return f"{word}({index + 1})" if index else word
