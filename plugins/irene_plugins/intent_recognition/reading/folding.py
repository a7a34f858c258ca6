"""Letters that look alike, or like nothing, read as the ones that people type."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def folded(text: str) -> str:
    """Return a text without what nobody sees, its letters and digits in their plain form.

    Marks of format (Unicode category Cf: zero-width spaces and joiners, soft hyphens) are dropped.
    Letters and digits in a special form, such as full-width ones, become plain as in Unicode's
    NFKC; signs and fractions stay, since templates give some of them a meaning.
    """
    return text if text.isascii() else "".join(map(_plain, text))


_PICTURE_MARKS = frozenset("\ufe0e\ufe0f\u20e3")
"""variation selectors, and the cap of a key around a digit"""


def without_pictures(text: str) -> str:
    """Return a text without emoji and what changes their look.

    Signs below the arrows, such as that of degrees, stay: templates may have them.
    """
    return text if text.isascii() else "".join(" " if _is_picture(one) else one for one in text)


def _is_picture(sign: str) -> bool:
    is_sign = sign >= "\u2190" and unicodedata.category(sign) in ("So", "Sk")
    return is_sign or sign in _PICTURE_MARKS


@lru_cache(4096)
def _plain(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cf":
        return ""
    plain = unicodedata.normalize("NFKC", letter)
    is_same_kind = all(unicodedata.category(one)[0] == category[0] for one in plain)
    return plain if is_same_kind and category != "No" and category[0] in "LN" else letter
