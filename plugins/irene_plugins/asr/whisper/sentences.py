"""Whether a text as Whisper models write it is a sentence of a grammar."""

from __future__ import annotations

import re
import unicodedata

from irene import Grammar

_AROUND = re.compile(r"^[^\w]+|[^\w]+$")
_DASHES = re.compile(r"[\u2010-\u2015]")
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc`]")


def normalised(text: str) -> tuple[str, ...]:
    """Return the words of a text as a grammar has them.

    Lower case; punctuation around words is left out; typographic apostrophes and dashes are plain
    ones. Digits stay: a grammar has none, so a text with digits is none of its sentences.
    """
    plain = _DASHES.sub("-", _APOSTROPHES.sub("'", unicodedata.normalize("NFC", text)))
    words = (_AROUND.sub("", word) for word in plain.lower().split())
    return tuple(word for word in words if word)


def is_sentence(grammar: Grammar, text: str) -> bool:
    """Whether a text is a sentence of a grammar; `living-room` may be two words there."""
    words = normalised(text)
    apart = tuple(part for word in words for part in word.split("-") if part)
    return bool(words) and (grammar.accepts(words) or grammar.accepts(apart))
