"""Word errors: how far a transcript is from what was said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from irene.domain.languages import is_same_language
from irene.performance.speech.spoken_numbers import spoken

NORMALISER = (
    "lower case; typographic apostrophes made plain, and kept inside words; all other punctuation "
    "removed, hyphens separate words; digits spelt out as English words (10 is `ten`)"
)
"""What is done to reference and transcript before they are compared."""
PLAIN_NORMALISER = (
    "lower case (\u00df is ss); typographic apostrophes made plain, and kept inside words; "
    "all other punctuation removed, hyphens separate words; Russian \u0451 is \u0435; "
    "numerals as they are written"
)
"""What `plain_words` does, to any language."""

_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+(?:'[^\W\d_]+)*")
_IN_WORDS = ("L", "M", "N")
"""Unicode's letters, the marks that go with them, and numbers"""


@dataclass(frozen=True)
class WordErrors:
    """The fewest edits that turn references into transcripts; adds up over utterances."""

    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    n_reference: int = 0
    """words of the references"""

    @property
    def n_errors(self) -> int:
        """All edits together."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Word error rate: edits per reference word; may exceed 1, 0.0 without any words."""
        return self.n_errors / self.n_reference if self.n_reference else 0.0

    def __add__(self, other: WordErrors) -> WordErrors:
        return WordErrors(
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
            self.n_reference + other.n_reference,
        )


def normalise(text: str) -> list[str]:
    """Return the words of a text, normalised as `NORMALISER` says."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")
    words: list[str] = []
    for token in _TOKEN.findall(plain):
        words.extend(spoken(token) if token.isdecimal() else [token])
    return words


def plain_words(text: str) -> list[str]:
    """Return the words of a text in any language, normalised as `PLAIN_NORMALISER` says.

    Whisper's own English normaliser (OpenAI, `whisper/normalizers`) also writes numbers as digits,
    contractions in full and American spellings, so its rates are lower than these.
    """
    plain = unicodedata.normalize("NFKC", text.replace("\u2019", "'")).casefold()
    letters = (
        each if each == "'" or unicodedata.category(each)[0] in _IN_WORDS else " "
        for each in plain.replace("\u0451", "\u0435")
    )
    return [word for part in "".join(letters).split() if (word := part.strip("'"))]


def words_in(language: str) -> Callable[[str], list[str]]:
    """Return what cuts texts of a language (BCP 47) into comparable words."""
    return normalise if is_same_language(language, "en") else plain_words


def count_errors(reference: Sequence[str], transcript: Sequence[str]) -> WordErrors:
    """Return the edits of a cheapest alignment (Levenshtein distance over words).

    Among alignments of equal cost the one with the fewest insertions and deletions is counted.
    """
    # each cell: (edits, insertions and deletions, substitutions, deletions, insertions)
    row = [(j, j, 0, 0, j) for j in range(len(transcript) + 1)]
    for i, word in enumerate(reference, 1):
        previous, row = row, [(i, i, 0, i, 0)]
        for j, heard in enumerate(transcript, 1):
            row.append(
                min(
                    _step(previous[j - 1], (0, 0, 0) if word == heard else (1, 0, 0)),
                    _step(previous[j], (0, 1, 0)),
                    _step(row[j - 1], (0, 0, 1)),
                )
            )
    _, _, substitutions, deletions, insertions = row[-1]
    return WordErrors(substitutions, deletions, insertions, len(reference))


def _step(
    cell: tuple[int, int, int, int, int], edits: tuple[int, int, int]
) -> tuple[int, int, int, int, int]:
    total, shifts, substitutions, deletions, insertions = cell
    substituted, deleted, inserted = edits
    return (
        total + substituted + deleted + inserted,
        shifts + deleted + inserted,
        substitutions + substituted,
        deletions + deleted,
        insertions + inserted,
    )
