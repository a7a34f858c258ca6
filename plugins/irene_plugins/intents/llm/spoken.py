"""Text as it comes from a language model, made into sentences that can be spoken at once."""

from __future__ import annotations

import re
import unicodedata

MAX_SENTENCE = 300
"""characters after which a sentence is cut at a comma or space: no voice waits longer"""
_SLACK = 24
"""characters after `MAX_SENTENCE` that are waited for: its end may lie there"""

_END = re.compile(
    r"(?P<mark>[.!?…]{1,8})[\"'”’»“)\]*_]{0,4}(?=[ \n]+(?P<next>[^ \n]))"
    r"|[。！？]{1,8}[\"”’」』]{0,4}"
    r"|\n"
)
_SPACES = re.compile(r"[^\S\n]+")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")
_ADDRESS = re.compile(r"https?://\S+")
_HEAD = re.compile(r"^(?:#{1,6}|[-*+•]|\d{1,2}[.)]|>)\s+")
_MARKS = re.compile(r"\*+|`+|(?<!\w)_+|_+(?!\w)|\|")
_CUT = re.compile(r".*[,;:]\s|.*\s", re.DOTALL)
_ABBREVIATIONS = frozenset(
    {  # glued where they do end a sentence, which costs a moment; a wrong cut would be a stumble
        *("dr", "mr", "mrs", "ms", "prof", "st", "jr", "sr", "vs", "etc", "approx", "dept", "mt"),
        *("e.g", "i.e", "a.m", "p.m", "u.s", "z.b", "d.h", "u.a", "o.ä", "v.a", "u.s.w", "n.chr"),
        *("ca", "usw", "bzw", "ggf", "evtl", "nr", "str", "inkl", "exkl", "hr", "fr", "ing"),
    }
)
_TAGS = ("<think>", "<thinking>")


class SpeakableText:
    """Takes text in any pieces and returns whole sentences, as soon as they are known to end.

    What the pieces are never matters. Markup, addresses, emoji and the model's thoughts
    (`<think>`) are left out: nobody wants to hear them.
    """

    def __init__(self) -> None:
        self._thoughts = _Thoughts()
        self._text = ""

    def feed(self, more: str) -> list[str]:
        """Return the sentences that are complete now."""
        return self._take(self._thoughts.without(more))

    def end(self) -> list[str]:
        """Return what is left, as the last sentence."""
        sentences = self._take(self._thoughts.rest())
        last, self._text = self._text, ""
        return [*sentences, *_spoken(last)]

    def _take(self, more: str) -> list[str]:
        self._text = _SPACES.sub(" ", self._text + more).lstrip(" ")
        sentences: list[str] = []
        while cut := self._cut():
            sentences += _spoken(self._text[:cut])
            self._text = self._text[cut:].lstrip(" ")
        return sentences

    def _cut(self) -> int:
        """Return where the first sentence ends; 0 while that is not known."""
        for found in _END.finditer(self._text):
            if found.end() > MAX_SENTENCE:
                break
            if _is_end(self._text[: found.start()], found):
                return found.end()
        if len(self._text) < MAX_SENTENCE + _SLACK:
            return 0
        space = _CUT.match(self._text[:MAX_SENTENCE])
        return space.end() if space and space[0].strip() else MAX_SENTENCE


def _is_end(before: str, found: re.Match[str]) -> bool:
    """Say whether a mark ends a sentence; a point may belong to a number or an abbreviation."""
    mark, following = found["mark"], found["next"]
    if mark is None:
        return True
    if following.islower():
        return False
    if mark != ".":
        return True
    word = (before.split() or [""])[-1].strip("\"'“„«(*_[").casefold()
    is_short_number = word.isdecimal() and len(word) <= 2  # "am 3. Mai", "1. Boil the water"
    is_initial = len(word) == 1 and word.isalpha()
    return not (is_short_number or is_initial or word in _ABBREVIATIONS)


def _spoken(text: str) -> list[str]:
    """Return a sentence without what cannot be spoken; nothing when nothing is left."""
    plain = _ADDRESS.sub("", _LINK.sub(r"\1", text.strip()))
    plain = _MARKS.sub("", _HEAD.sub("", plain))
    plain = "".join(sign for sign in plain if not _is_picture(sign))
    plain = " ".join(plain.split())
    return [plain] if any(sign.isalnum() for sign in plain) else []


def _is_picture(sign: str) -> bool:
    """Say whether a sign is an emoji or controls one."""
    if sign in "\ufe0f\u200d":
        return True
    return ord(sign) >= 0x2190 and unicodedata.category(sign) in ("So", "Sk", "Cn", "Co", "Cs")


class _Thoughts:
    """Takes out what stands between `<think>` and `</think>`, wherever the pieces are cut."""

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""

    def without(self, more: str) -> str:
        """Return the text that is no thought; what may begin a tag is held back."""
        text, said = self._held + more, ""
        while True:
            tags = (self._closing,) if self._closing else _TAGS
            found = min(((text.find(tag), tag) for tag in tags if tag in text), default=None)
            if found is None:
                break
            place, tag = found
            said += "" if self._closing else text[:place]
            text = text[place + len(tag) :]
            self._closing = "" if self._closing else f"</{tag[1:]}"
        n_held = max(_overlap(text, tag) for tag in tags)
        self._held = text[len(text) - n_held :]
        return said if self._closing else said + text[: len(text) - n_held]

    def rest(self) -> str:
        """Return what was held back and began no tag."""
        rest, self._held = self._held, ""
        return "" if self._closing else rest


def _overlap(text: str, tag: str) -> int:
    """Return how many letters at the end of a text begin the tag."""
    lengths = range(min(len(text), len(tag) - 1), 0, -1)
    return next((n for n in lengths if text.endswith(tag[:n])), 0)
