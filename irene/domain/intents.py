"""What was meant and what is answered: intents and responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SlotValue = str | int | float

FALLBACK_INTENT = "IreneFallback"
"""the intent of a text that no sentence fits, for the handler that `intents.fallback` names"""


@dataclass(frozen=True, slots=True)
class Intent:
    """A recognised intention with its slots."""

    name: str
    """such as `HassGetCurrentTime`"""
    text: str
    """the words it was recognised from"""
    language: str = "en"
    """BCP 47 tag"""
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    """named values found in the text"""
    confidence: float = 1.0
    """0 to 1; 1 is an exact template match"""
    response_template: str | None = None
    """the sentence file's own answer, where it gives one"""
    response_key: str | None = None
    """which of the sentence file's answers fits, such as `how_many`"""
    continues: bool = False
    """whether it means something only after the intent before, whose slots it then keeps"""
    kept: frozenset[str] = frozenset()
    """names of the slots that were not said now, but are known from the sentence before"""


@dataclass(frozen=True, slots=True)
class IntentInfo:
    """What an intent is for, in words: for help, and for language models that call handlers."""

    name: str
    """such as `HassStartTimer`"""
    summary: str = ""
    """what it does, one sentence in English"""
    slots: Mapping[str, str] = field(default_factory=dict)
    """what each slot holds, in English, by name of the slot"""
    required: tuple[str, ...] = ()
    """names of the slots that must be given"""


@dataclass(frozen=True, slots=True)
class Response:
    """What the assistant answers."""

    text: str
    """written form; also what is spoken"""
    language: str = "en"
    """BCP 47 tag"""
    asks: str = ""
    """slot that the answer asks for: the next utterance needs no wake word, sentences with
    `requires_context: {asks: SLOT}` fit it, and the slots known so far are added to its own"""
    listens: bool = False
    """whether the next utterance is heard without a wake word, because the answer invites one"""
    data: Mapping[str, Any] = field(default_factory=dict)
    """the same answer for programs: JSON-ready"""
    pieces: Iterator[str] | None = None
    """the text in pieces of whole sentences, as they become known; `text` is empty then. They are
    read on a thread of their own, and each is spoken at once (`SentenceCutter` makes sentences of a
    stream of words). Their `close`, if they have one, is called from any thread as soon as nobody
    listens any more. Their `begin`, if they have one, is called first where another handler could
    answer instead: it waits for the first piece, and raises when none will come"""


def whole(response: Response) -> Response:
    """Return an answer with its pieces, which are waited for, in its text."""
    if response.pieces is None:
        return response
    return replace(response, text="".join(response.pieces), pieces=None)
