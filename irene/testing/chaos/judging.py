"""What must come of a command, whatever goes wrong, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from irene.domain.events import (
    ErrorRaised,
    Event,
    ProviderFailed,
    ResponseGiven,
    RunEnded,
    RunStarted,
    SessionEnded,
    SpeechSynthesized,
    Transcript,
    WakeWordDetected,
)
from irene.testing.chaos.engines import answer_to
from irene.testing.faults.fault import Fault
from irene.testing.faults.injector import Injected

_HARMLESS = frozenset({Fault.SLOW, Fault.GROW})
_TRIES = 3
"""failures of each engine that listens before a run is given up"""
_TOO_SLOW = ("within", "has been busy")
"""what errors say when a time limit was missed"""


class Stage(IntEnum):
    """How far a command gets; one that gets nowhere still has its end."""

    ENDED = 0
    TRANSCRIBED = 1
    ANSWERED = 2
    SPOKEN = 3


def demanded(injected: Iterable[Injected], slots: Mapping[str, Sequence[str]]) -> Stage:
    """Return how far a command must get although this went wrong while it was heard and answered.

    As long as one provider of each kind works, it must be answered aloud. Wrong values that look
    like right ones (an empty text, silence) can be noticed by nobody.
    """
    harmful: dict[str, list[Injected]] = {}
    for one in injected:
        if one.fault not in _HARMLESS:
            harmful.setdefault(one.kind, []).append(one)
    return min(
        (_stage(kind, hits, len(slots.get(kind, ()))) for kind, hits in harmful.items()),
        default=Stage.SPOKEN,
    )


def _stage(kind: str, hits: Sequence[Injected], n_providers: int) -> Stage:
    """Return how far a command must get that was hit in providers of one kind."""
    unnoticed = any(one.fault in (Fault.EMPTY, Fault.GARBAGE, Fault.WRONG_TYPE) for one in hits)
    all_hit = len({one.provider for one in hits}) >= n_providers
    lost = {
        "inputs": unnoticed,
        "echo_cancellation": False,
        "resampling": all_hit or unnoticed,
        "voice_trigger": len(hits) >= _TRIES * n_providers,
        "vad": len(hits) >= _TRIES * n_providers,
        "asr": all_hit or any(one.fault is Fault.EMPTY for one in hits),
        "intent_recognition": all_hit,
        "intents": True,
        "tts": all_hit or any(one.fault is Fault.GARBAGE for one in hits),
        "outputs": all_hit or any("finish" in one.site for one in hits),
    }
    at_most = {
        "intent_recognition": Stage.TRANSCRIBED,
        "intents": Stage.TRANSCRIBED,
        "tts": Stage.ANSWERED,
        "outputs": Stage.ANSWERED,
    }
    return at_most.get(kind, Stage.ENDED) if lost[kind] else Stage.SPOKEN


@dataclass
class Outcome:
    """What happened while one command was heard and answered."""

    sessions: list[int] = field(default_factory=list)
    """numbers of the sessions that began"""
    transcripts: list[str] = field(default_factory=list)
    """texts that were heard"""
    answers: list[str] = field(default_factory=list)
    """answers that were given"""
    ends: list[str] = field(default_factory=list)
    """reasons for which sessions ended"""
    n_spoken: int = 0
    """answers that were spoken"""
    is_late: bool = False
    """whether a time limit was missed"""
    errors: list[str] = field(default_factory=list)
    """what was told to have failed"""
    crashes: list[str] = field(default_factory=list)
    """errors that nobody expected, with their places"""
    was_stopped: bool = False
    """whether the run was ended from outside"""
    has_run_failed: bool = False
    """whether nothing could be heard any more, so that the run ended"""

    def note(self, event: Event) -> None:
        """Take what happened."""
        if isinstance(event, WakeWordDetected) and event.session is not None:
            self.sessions.append(event.session)
        elif isinstance(event, Transcript):
            self.transcripts.append(event.text)
        elif isinstance(event, ResponseGiven):
            self.answers.append(event.text)
        elif isinstance(event, SpeechSynthesized):
            self.n_spoken += 1
        elif isinstance(event, SessionEnded):
            self.ends.append(event.reason)
        elif isinstance(event, (ProviderFailed, ErrorRaised)):
            self._note_failure(event)

    def _note_failure(self, event: ProviderFailed | ErrorRaised) -> None:
        message = event.reason if isinstance(event, ProviderFailed) else event.message
        self.errors.append(message)
        self.is_late = self.is_late or any(words in message for words in _TOO_SLOW)


def faults_of(outcome: Outcome, number: int, stage: Stage, was_heard: bool) -> list[str]:
    """Return what is wrong with what came of a command, one line each.

    Args:
        outcome: what happened.
        number: the command's.
        stage: how far it had to get.
        was_heard: whether the loudspeakers gave its answer as the last thing, and as a whole.
    """
    wrong = [f"it crashed: {crash}" for crash in outcome.crashes]
    if len(outcome.ends) != len(outcome.sessions):
        wrong.append(f"{len(outcome.sessions)} sessions began, {len(outcome.ends)} ended")
    if len(outcome.answers) > 1:
        wrong.append(f"it was answered more than once: {outcome.answers}")
    if any(text not in (f"command {number}", "") for text in outcome.transcripts) and stage:
        wrong.append(f"it was heard as {outcome.transcripts}")
    reached = _reached(outcome, number, was_heard)
    if reached < stage:
        wrong.append(f"it had to be {stage.name.lower()}, but was only {reached.name.lower()}")
    return wrong


def _reached(outcome: Outcome, number: int, was_heard: bool) -> Stage:
    if outcome.transcripts != [f"command {number}"]:
        return Stage.ENDED
    if outcome.answers != [answer_to(number)]:
        return Stage.TRANSCRIBED
    is_spoken = outcome.ends == ["answered"] and outcome.n_spoken == 1 and was_heard
    return Stage.SPOKEN if is_spoken else Stage.ANSWERED


class EventOrder:
    """Holds the events of a run to what is promised of all events."""

    def __init__(self) -> None:
        self.breaches: list[str] = []
        """what was against it, one line each"""
        self._begin()

    def _begin(self) -> None:
        self._time_s = 0.0
        self._last_session = 0
        self._open: set[int] = set()
        self._ends: Counter[int] = Counter()
        self._is_over = False

    def note(self, event: Event) -> None:
        """Take the next event."""
        if self._is_over:
            self._begin()
        if event.time_s < self._time_s:
            self._tell(event, f"time goes back from {self._time_s} to {event.time_s}")
        self._time_s = event.time_s
        self._note_session(event)
        if isinstance(event, RunStarted) and self._last_session:
            self._tell(event, "a run starts in the middle")
        if isinstance(event, RunEnded):
            self._note_end(event)

    def _note_session(self, event: Event) -> None:
        session = event.session
        if session is None:
            return
        if session > self._last_session:
            if session != self._last_session + 1:
                self._tell(event, f"session {session} follows {self._last_session}")
            self._last_session = session
            self._open.add(session)
        elif session not in self._open and not isinstance(event, ProviderFailed):
            self._tell(event, f"session {session} is over")
        if isinstance(event, SessionEnded):
            self._open.discard(session)

    def _note_end(self, event: RunEnded) -> None:
        if self._open:
            self._tell(event, f"sessions {sorted(self._open)} have no end")
        if event.session is not None:
            self._tell(event, f"the run ends inside session {event.session}")
        self._is_over = True

    def _tell(self, event: Event, breach: str) -> None:
        self.breaches.append(f"{event.event} at {event.time_s:.2f} s: {breach}")
