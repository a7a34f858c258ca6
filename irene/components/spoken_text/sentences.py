"""Cutting a text into sentences, also while it is still being written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from irene.components.spoken_text.markup import FENCE
from irene.components.spoken_text.rules import WrittenLanguage
from irene.components.spoken_text.spelling import written_language

LONGEST = 300
"""characters; a longer sentence is cut at a comma or a blank: a voice may need it all at once"""

_END = re.compile(r"[.!?…]+[\"'”’»)\]*_]*(?=\s)|[。！？]+[」』”]*|\n")
_MARKED_LINE = re.compile(rf"(?:[-*+•]|\d{{1,3}}[.)])\s|#{{1,6}}\s|{FENCE}|>|\|")
_ONE_LINE = re.compile(r"#{1,6}\s|\|")
_CLAUSE_END = re.compile(r"[,;:–—](?=\s)|[，；：、]")
_LAST_WORD = re.compile(r"[^\s(\"'“„«*_]*$")
_NEXT_WORD = re.compile(r"\s*(\S+)(?=(\s)?)")


class SentenceCutter:
    """Takes a text in pieces and gives it back in sentences, the same ones whatever the pieces.

    A sentence is known once the first word of the next one is. Blocks of code are one sentence,
    and so is each item of a list. Nothing is lost: the sentences in a row are the text, blanks
    aside.
    """

    def __init__(self, language: str) -> None:
        """`language` is a BCP 47 tag; abbreviations and ordinals are those of en and de."""
        self._written = written_language(language)
        self._text = ""

    def feed(self, piece: str) -> list[str]:
        """Take more text; return the sentences that are complete now."""
        self._text += piece
        return list(self._cut(is_all=False))

    def finish(self) -> list[str]:
        """Return what is left: the text is complete."""
        return list(self._cut(is_all=True))

    def _cut(self, is_all: bool) -> Iterator[str]:
        self._text = self._text.lstrip()
        while self._text:
            length = _length(self._text, self._written, is_all)
            if length is None:
                return
            yield self._text[:length].rstrip()
            self._text = self._text[length:].lstrip()


def sentences_of(text: str, language: str) -> list[str]:
    """Return the sentences of a text."""
    cutter = SentenceCutter(language)
    return [*cutter.feed(text), *cutter.finish()]


def _length(text: str, written: WrittenLanguage, is_all: bool) -> int | None:
    """Return the length of the first sentence; None until more of the text is known."""
    if text.startswith(FENCE) or (FENCE.startswith(text) and not is_all):
        return _code_length(text, is_all)
    for end in _END.finditer(text):
        if end.end() > LONGEST:
            break
        verdict = _ends(text, end, written, is_all)
        if verdict is None:
            return None
        if verdict:
            return end.end()
    if len(text) > LONGEST:
        return _length_of_part(text[:LONGEST])
    return len(text) if is_all else None


def _code_length(text: str, is_all: bool) -> int | None:
    closing = re.compile(rf"^\s*{FENCE}[^\S\n]*(?:\n|\Z)", re.MULTILINE).search(text, len(FENCE))
    if closing is not None and (is_all or closing[0].endswith("\n")):
        return closing.end()
    return len(text) if is_all else None


def _length_of_part(text: str) -> int:
    """Return where a sentence that is too long is cut: after a clause, a word, or anywhere."""
    clauses = [end.end() for end in _CLAUSE_END.finditer(text) if end.end() > LONGEST // 3]
    words = [blank.start() for blank in re.finditer(r"\s", text)]
    return (clauses or words or [len(text)])[-1]


def _ends(text: str, end: re.Match[str], written: WrittenLanguage, is_all: bool) -> bool | None:
    """Say whether a sentence ends here; None when that is not known yet."""
    after = _NEXT_WORD.match(text, end.end())
    if after is None:
        return True if is_all else None
    if not is_all and after[2] is None:
        return None
    blanks = text[end.start() : after.start(1)]
    if end[0] == "\n":
        return _line_ends(text[: end.start()], blanks, text[after.start(1) :])
    if "\n" in blanks and _line_ends(text[: end.start()], blanks, text[after.start(1) :]):
        return False  # the line break after it does
    return _is_stop(text[: end.start()], end[0], after[1], written)


def _line_ends(before: str, blanks: str, after: str) -> bool:
    """Say whether a line break is more than a blank."""
    return (
        blanks.count("\n") > 1
        or _MARKED_LINE.match(after) is not None
        or _ONE_LINE.match(before) is not None
    )


def _is_stop(before: str, marks: str, after: str, written: WrittenLanguage) -> bool:
    if marks[0] in "。！？":
        return True
    if after.lstrip("\"'“„«(*_")[:1].islower():
        return False
    if not marks.startswith(".") or marks.startswith(".."):
        return True
    word = match[0] if (match := _LAST_WORD.search(before)) else ""
    if word.isdecimal():
        return not _is_ordinal(before, word, after, written)
    is_initial = len(word) == 1 and word.isalpha() and word != "I"
    return not is_initial and word.lower() not in written.abbreviations


def _is_ordinal(before: str, word: str, after: str, written: WrittenLanguage) -> bool:
    """Say whether the full stop after a number belongs to the number."""
    if before == word:
        return True  # the number of an item
    if written.ordinal_stop is None:
        return False
    follows = after.lower().strip(",.;:!?") in written.ordinal_nouns
    return follows or written.ordinal_stop.search(before) is not None
