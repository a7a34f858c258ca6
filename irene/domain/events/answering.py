"""What is understood, and what is said to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from irene.domain.events.event import Event
from irene.domain.intents import SlotValue


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRecognized(Event):
    """The text matched an intent."""

    event: ClassVar[str] = "intent_recognized"
    intent: str
    """name of the intent"""
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    """named values found in the text: texts and numbers"""
    text: str
    """the text that was understood"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentNotRecognized(Event):
    """Nobody understood the text."""

    event: ClassVar[str] = "intent_not_recognized"
    text: str
    """the text that was not understood"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseGiven(Event):
    """The assistant's answer."""

    event: ClassVar[str] = "response"
    text: str
    """what is answered"""
    asks: str = ""
    """slot that the answer asks for; empty when it asks for nothing"""
    data: Mapping[str, Any] = field(default_factory=dict)
    """the same answer for programs, as its handler gives it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePartial(Event):
    """A piece of an answer that is still being made; `response` holds the whole one."""

    event: ClassVar[str] = "response_partial"
    text: str
    """the sentence that became known"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementMade(Event):
    """Something that nobody asked for just now, such as a timer that is due."""

    event: ClassVar[str] = "announcement"
    text: str
    """what is said"""
    rings: bool = False
    """whether the alarm sound is played until somebody stops it"""
    data: Mapping[str, Any] = field(default_factory=dict)
    """the same for programs, as its handler gives it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpStarted(Event):
    """The next utterance is heard without a wake word; it belongs to the same conversation."""

    event: ClassVar[str] = "follow_up_started"
    asks: str = ""
    """slot that was asked for; empty when any command may follow"""
    timeout_s: float
    """how long it waits for speech"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSynthesized(Event):
    """The answer is audio now."""

    event: ClassVar[str] = "speech_synthesized"
    seconds: float
    """length of the audio"""
    provider: str
    """the voice that spoke"""
    cached: bool
    """whether the audio came from the phrase cache"""
