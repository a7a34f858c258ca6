"""Words in braces that stand for a value: a misspelt one would be said or run as it is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_BRACED = re.compile(r"\{(\w+)\}")
_LIKENESS = 0.75
"""likeness (0 to 1, `difflib`'s ratio) from which a word is taken for a misspelt one"""


def require_spelt(key: str, texts: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a word in braces that is nearly one of those that stand for a value.

    What is like none of them is meant as it is: JSON and programs have braces of their own.

    Args:
        key: what the texts are the value of.
        texts: what is looked through.
        known: words that stand for a value.

    Raises:
        ValueError: there is one; the message begins with the key.
    """
    names = sorted(known)
    for text in texts:
        for word in _BRACED.findall(text):
            near = difflib.get_close_matches(word, names, n=1, cutoff=_LIKENESS)
            if near and word not in names:
                raise ValueError(
                    f"{key}: {{{word}}} stands for nothing; did you mean {{{near[0]}}}?"
                )
