"""What happened, turn by turn: one command each, from the wake word to the end of its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from irene.domain.events import (
    AnnouncementMade,
    AudioDropped,
    Event,
    FollowUpStarted,
    IntentNotRecognized,
    IntentRecognized,
    LanguageIdentified,
    ResponseGiven,
    SessionEnded,
    SpeechEnded,
    SpeechStarted,
    StopWordDetected,
    Transcript,
    WakeWordDetected,
)

COMPARED: tuple[type[Event], ...] = (
    WakeWordDetected,
    StopWordDetected,
    FollowUpStarted,
    SpeechStarted,
    SpeechEnded,
    LanguageIdentified,
    Transcript,
    IntentRecognized,
    IntentNotRecognized,
    ResponseGiven,
    SessionEnded,
    AnnouncementMade,
    AudioDropped,
)
"""Events that a repeated session is compared by. Partial texts come as the machine is fast, and
failures, circuits and memory are about the machine, not about what was said."""


@dataclass
class Turn:
    """One session: what was heard, understood and answered, and when."""

    number: int
    """of the session in its run"""
    start_s: float
    """audio time of its first event, from the beginning of the recording"""
    wake_word: str = ""
    """empty: none was needed"""
    wake_s: float | None = None
    speech: tuple[float, float] | None = None
    """audio times at which speech began and ended"""
    text: str | None = None
    """None: nothing was recognised"""
    provider: str = ""
    """the recogniser"""
    language: str = ""
    """language that was identified; empty where there is only one"""
    intent: str | None = None
    """empty: nobody understood it; None: nobody tried"""
    slots: Mapping[str, Any] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    asks: str = ""
    reason: str = ""
    """how it ended; empty: the recording ends before"""
    latency_ms: float | None = None
    """processing time from the decision that speech had ended to the text"""
    answer_ms: float | None = None
    """from the end of speech to the first sound of the answer, without sound to its text"""
    rtf: float | None = None


def turns_of(events: Iterable[Event], start_s: float = 0.0) -> list[Turn]:
    """Return the turns in the order in which they began; `start_s` is where the recording begins.

    A session that began before the recording is left out: its beginning is not in it.
    """
    turns: dict[int, Turn] = {}
    for event in events:
        if event.session is None or not isinstance(event, COMPARED):
            continue
        turn = turns.get(event.session)
        if turn is None:
            turn = turns[event.session] = Turn(event.session, event.time_s - start_s)
        _note(turn, event, start_s)
    return list(turns.values())


def announced(events: Iterable[Event]) -> list[str]:
    """Return what was said that nobody had asked for just then."""
    return [event.text for event in events if isinstance(event, AnnouncementMade)]


def n_compared(events: Iterable[Event]) -> int:
    """Return how many of the events are compared."""
    return sum(isinstance(event, COMPARED) for event in events)


def _note(turn: Turn, event: Event, start_s: float) -> None:
    if isinstance(event, WakeWordDetected):
        turn.wake_word, turn.wake_s = event.wake_word, event.time_s - start_s
    elif isinstance(event, SpeechEnded):
        turn.speech = (event.start_s - start_s, event.end_s - start_s)
    elif isinstance(event, Transcript):
        turn.text, turn.provider = event.text, event.provider
        turn.latency_ms, turn.rtf = event.latency_ms, event.rtf
    elif isinstance(event, LanguageIdentified):
        turn.language = event.language
    elif isinstance(event, IntentRecognized):
        turn.intent, turn.slots = event.intent, event.slots
        turn.text = event.text if turn.text is None else turn.text  # it was typed
    elif isinstance(event, IntentNotRecognized):
        turn.intent = ""
        turn.text = event.text if turn.text is None else turn.text
    elif isinstance(event, ResponseGiven):
        turn.answers, turn.asks = (*turn.answers, event.text), event.asks
    elif isinstance(event, SessionEnded):
        turn.reason, turn.answer_ms = event.reason, _answer_ms(event.spans)


def _answer_ms(spans: Mapping[str, Any]) -> float | None:
    """Return the length of the span that ends with the first audio of an answer."""
    for span in spans.get("children", ()):
        if span.get("name") == "response":
            return float(span["duration_ms"])
    return None
