"""Text as it comes from a language model, made into sentences that can be spoken at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from irene import SentenceCutter

_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")
_ADDRESS = re.compile(r"https?://\S+")
_HEAD = re.compile(r"^(?:#{1,6}|[-*+•]|\d{1,2}[.)]|>)\s+")
_MARKS = re.compile(r"\*+|`+|(?<!\w)_+|_+(?!\w)|\|")
_TAGS = ("<think>", "<thinking>")


class SpeakableText:
    """Takes text in any pieces and returns whole sentences, as soon as they are known to end.

    What the pieces are never matters. Markup, addresses, emoji and the model's thoughts
    (`<think>`) are left out: nobody wants to hear them.
    """

    def __init__(self, language: str) -> None:
        """`language` is a BCP 47 tag; it decides which stops end no sentence."""
        self._thoughts = _Thoughts()
        self._cutter = SentenceCutter(language)

    def feed(self, more: str) -> list[str]:
        """Return the sentences that are complete now."""
        return _all_spoken(self._cutter.feed(self._thoughts.without(more)))

    def end(self) -> list[str]:
        """Return what is left, as the last sentence."""
        sentences = self._cutter.feed(self._thoughts.rest())
        return _all_spoken([*sentences, *self._cutter.finish()])


def _all_spoken(sentences: Iterable[str]) -> list[str]:
    return [plain for sentence in sentences for plain in _spoken(sentence)]


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
