"""What only eyes can use is taken out: Markdown, addresses of pages, emoji."""

from __future__ import annotations

import re

FENCE = "```"
"""opens and closes a block of code in Markdown"""

_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3\U000e0020-\U000e007f]+"
)
_STEPS = tuple(
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        (rf"^\s*{FENCE}(?s:.*?)(?:^\s*{FENCE}\s*$|\Z)", ""),  # nobody listens to code
        (r"!\[([^\]]*)\]\([^)]*\)", r"\1"),
        (r"\[([^\]]+)\]\([^)\s]*\)", r"\1"),
        (r"<(https?://[^>]+)>", r"\1"),
        (r"\b(?:https?://|www\.)(?:www\.)?([\w.-]*\w)(?:[:/?#][^\s)\]]*[\w/])?", r"\1"),
        (r"^\s*(?:#{1,6}|>|[-*+•])\s+", ""),
        (r"^\s*\|?\s*:?-{2,}[-:|\s]*$", ""),  # the line below the head of a table; a rule
        (r"^\s*\|\s*|\s*\|\s*$", ""),
        (r"\s+\|\s+", ", "),
        (r"`+", ""),
        (r"(?<![\w*\\])\*{1,3}(?=[^\s*])|(?<=[^\s*\\])\*{1,3}(?![\w*])", ""),
        (r"(?<=\w)\*\*(?=\w)", ""),
        (r"(?<!\w)_{1,3}(?=[^\W_])|(?<=[^\W_])_{1,3}(?!\w)", ""),
        (r"~~", ""),
        (r"\\([*_`#\[\]()~>|-])", r"\1"),
    )
)


def without_markup(text: str) -> str:
    """Return the words of a text that a language model or a web page has decorated."""
    text = _EMOJI.sub(" ", text)
    for pattern, replacement in _STEPS:
        text = pattern.sub(replacement, text)
    return re.sub(r"\s+", " ", text).strip()
