"""Alternatives that are one word to the ear: of `what's` and `whats`, a grammar has the former."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hassil import Expression


def heard_apart(alternatives: Sequence[Expression]) -> list[Expression]:
    """Return the alternatives except those that only lack an apostrophe of another one.

    Who types may write either. To a recogniser the second spelling would be one more sentence,
    which takes its share of the probability and makes the grammar larger.
    """
    texts = [_text_of(one) for one in alternatives]
    fullest: dict[str, str] = {}
    for text in texts:
        if text is not None:
            bare = _bare(text)
            fullest[bare] = max(fullest.get(bare, ""), text, key=len)
    return [
        one
        for one, text in zip(alternatives, texts, strict=True)
        if text is None or text == fullest[_bare(text)]
    ]


def _bare(text: str) -> str:
    return text.replace("'", "")


def _text_of(expression: Expression) -> str | None:
    """Return the text of an expression, lower case; None when it is more than text."""
    import hassil

    if isinstance(expression, hassil.TextChunk):
        return expression.text.lower()
    if not isinstance(expression, hassil.Sequence):
        return None
    texts = [text for item in expression.items if (text := _text_of(item)) is not None]
    return "".join(texts) if len(texts) == len(expression.items) else None
