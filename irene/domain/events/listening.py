"""What is heard: wake words, speech, and its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from irene.domain.events.event import Event
from irene.domain.speech import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordDetected(Event):
    """A wake word crossed its threshold; a session begins."""

    event: ClassVar[str] = "wake_word_detected"
    wake_word: str
    """its name, such as `hey_jarvis`"""
    score: float
    """0 to 1"""
    provider: str
    """the provider that heard it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWordDetected(Event):
    """A stop word crossed its threshold while the assistant spoke or rang; it falls silent."""

    event: ClassVar[str] = "stop_word_detected"
    stop_word: str
    """its name, such as `that_is_enough`"""
    score: float
    """0 to 1"""
    provider: str
    """the provider that heard it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWakeWordDetected(Event):
    """A wake word crossed its threshold in one of many streams."""

    event: ClassVar[str] = "stream_wake_word_detected"
    stream: str
    """name of the stream, or of the recording"""
    wake_word: str
    """its name, such as `hey_jarvis`"""
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
    """What the recogniser believes so far; what follows the stable part may be revised."""

    event: ClassVar[str] = "transcript_partial"
    text: str
    """the words so far"""
    stable: int = 0
    """characters at the start of the text that this recogniser does not take back, its final text
    begins with them; 0 where it promises nothing"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript(Event):
    """What was said."""

    event: ClassVar[str] = "transcript"
    text: str
    """the words, without what was left of the wake word; may be empty"""
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
    """each with `text`, `start_s`, `end_s` (audio time) and `confidence`"""
    start_s: float
    """audio time at which the utterance starts"""
    end_s: float
    """audio time at which the utterance ends"""
    latency_ms: float
    """processing time from the decision that speech had ended to this text"""
    rtf: float | None = None
    """processing time of the recogniser divided by the time of the audio that it heard"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageIdentified(Event):
    """It was heard which language an utterance is in, or that this cannot be told."""

    event: ClassVar[str] = "language_identified"
    heard: str
    """likeliest language, as a BCP 47 tag; empty without an opinion"""
    probability: float
    """its probability, 0 to 1"""
    shares: Mapping[str, float] = field(default_factory=dict)
    """probability of each language that may be spoken"""
    provider: str
    """the identifier; empty when every one has failed, or was too late"""
    language: str
    """language that the utterance is taken for"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChanged(Event):
    """Another language is spoken; the utterance is recognised in it, from its beginning."""

    event: ClassVar[str] = "language_changed"
    language: str
    """language that is spoken now, as a BCP 47 tag"""
    before: str
    """the one that was spoken before"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceHedged(Event):
    """A recogniser takes longer than usual: another one hears the same, the first text counts."""

    event: ClassVar[str] = "utterance_hedged"
    provider: str
    """the recogniser that was asked first"""
    second: str
    """the one that was asked as well"""
    seconds: float
    """how long the first one had taken"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceKept(Event):
    """Every recogniser failed; what was said is on the disk, for `irene transcribe --pending`."""

    event: ClassVar[str] = "utterance_kept"
    path: str
    """the recording"""
    seconds: float
    """its length"""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """why each recogniser failed, by name"""
    dropped: int = 0
    """older ones that had to go for it"""
