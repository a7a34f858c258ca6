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
_FIRST_WORD = re.compile(r"\S+(?=\s)")
_COUNTING = frozenset({"no", "nr", "vol", "fig"})
"""abbreviations that stand before a number only: "No. That is all." are two sentences"""
_OPENING = "\"'“„«(*_"


class SentenceCutter:
    """Takes a text in pieces and gives it back in sentences, the same ones whatever the pieces.

    A sentence is known once the next one begins, or an empty line does. Blocks of code are one
    sentence, and so is each item of a list. Nothing is lost: the sentences in a row are the text,
    blanks aside.
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
    before, following = text[: end.start()], text[end.end() :].lstrip()
    blanks = text[end.start() : len(text) - len(following)]
    if not following and is_all:
        return True
    if blanks.count("\n") > 1:
        return end[0] == "\n"  # the first of the line breaks does
    is_known = is_all or _FIRST_WORD.match(following) is not None
    if not is_known and not _tells_enough(before, blanks, following, written):
        return None
    if "\n" in blanks and _line_ends(before, following):
        return end[0] == "\n"
    return end[0] != "\n" and _is_stop(before, end[0], following, written)


def _tells_enough(before: str, blanks: str, following: str, written: WrittenLanguage) -> bool:
    """Say whether the beginning of the next word decides, whatever it becomes."""
    may_be_ordinal = written.ordinal_stop is not None and before[-1:].isdigit()
    return bool(following.lstrip(_OPENING)) and "\n" not in blanks and not may_be_ordinal


def _line_ends(before: str, following: str) -> bool:
    """Say whether a single line break is more than a blank."""
    return _MARKED_LINE.match(following) is not None or _ONE_LINE.match(before) is not None


def _is_stop(before: str, marks: str, following: str, written: WrittenLanguage) -> bool:
    if marks[0] in "。！？":
        return True
    if following.lstrip(_OPENING)[:1].islower():
        return False
    if not marks.startswith(".") or marks.startswith(".."):
        return True
    word = match[0] if (match := _LAST_WORD.search(before)) else ""
    if word.isdecimal():
        return not _is_ordinal(before, word, following.split(maxsplit=1)[0], written)
    if word.lower() in _COUNTING:
        return not following[:1].isdigit()
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
