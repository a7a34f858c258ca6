"""What happens between somebody who speaks and the assistant, as events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from irene.domain.event import Event
from irene.domain.intents import SlotValue
from irene.domain.speech import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """The assistant is ready and begins to listen."""

    event: ClassVar[str] = "run_started"
    providers: Mapping[str, str] = field(default_factory=dict)
    """name of the provider in use for each kind"""
    config: str = ""
    """path or profile name of the configuration"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordDetected(Event):
    """A wake word crossed its threshold; a session begins."""

    event: ClassVar[str] = "wake_word_detected"
    wake_word: str
    """normalised name, such as `hey_jarvis`"""
    score: float
    """0 to 1"""
    provider: str
    """the provider that heard it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWordDetected(Event):
    """A stop word crossed its threshold while the assistant spoke or rang; it falls silent."""

    event: ClassVar[str] = "stop_word_detected"
    stop_word: str
    """normalised name, such as `that_is_enough`"""
    score: float
    """0 to 1"""
    provider: str
    """the provider that heard it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted(Event):
    """Somebody began to speak."""

    event: ClassVar[str] = "speech_started"
    start_s: float
    """audio time at which speech began, before the decision"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded(Event):
    """The utterance is over."""

    event: ClassVar[str] = "speech_ended"
    start_s: float
    """audio time at which speech began"""
    end_s: float
    """audio time at which speech ended, before the decision"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptPartial(Event):
    """What the recogniser believes so far; may be revised."""

    event: ClassVar[str] = "transcript_partial"
    text: str
    """words so far"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript(Event):
    """What was said."""

    event: ClassVar[str] = "transcript"
    text: str
    """the words, without what was left of the wake word"""
    is_final: bool = True
    """always true: partial text has an event of its own"""
    provider: str
    """the recogniser that produced the text"""
    language: str | None = None
    """BCP 47 tag"""
    confidence: float | None = None
    """0 to 1; null where the engine gives none"""
    in_grammar: bool | None = None
    """whether it is a sentence that recognition was confined to; null without a grammar"""
    words: tuple[Word, ...] = ()
    """words with audio times"""
    start_s: float
    """audio time at which the utterance starts"""
    end_s: float
    """audio time at which the utterance ends"""
    latency_ms: float
    """processing time from the decision that speech had ended to this text"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRecognized(Event):
    """The text matched an intent."""

    event: ClassVar[str] = "intent_recognized"
    intent: str
    """name of the intent"""
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    """named values found in the text"""
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
