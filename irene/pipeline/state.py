"""What an assistant does now, as its events tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from irene.domain.clock import Clock
from irene.domain.events import (
    ConfigurationRefused,
    ConfigurationReloaded,
    ErrorRaised,
    Event,
    FollowUpStarted,
    LanguageIdentified,
    ProviderFailed,
    RunEnded,
    RunStarted,
    SessionEnded,
    SpeechEnded,
    SpeechStarted,
    Transcript,
    WakeWordDetected,
)

_LEADS_TO: dict[type[Event], str] = {
    RunStarted: "waiting",
    WakeWordDetected: "listening",
    FollowUpStarted: "listening",
    SpeechStarted: "listening",
    SpeechEnded: "transcribing",
    Transcript: "answering",
    RunEnded: "ended",
}
"""what the assistant does after an event"""


@dataclass(frozen=True, slots=True)
class LastError:
    """An error that is the latest so far."""

    code: str
    """stable code of the error"""
    message: str
    """one line"""
    at: str
    """local date and time with its offset (ISO 8601)"""


@dataclass(frozen=True, slots=True)
class Failure:
    """The latest failure of one provider."""

    reason: str
    """one line"""
    at: str
    """local date and time with its offset (ISO 8601)"""


@dataclass(slots=True)
class RunState:
    """Follows the events of an assistant; `note` is called for one event after the other."""

    clock: Clock
    """tells when an error came"""
    doing: str = "starting"
    """see `Status.state`"""
    session: int | None = None
    """number of the session in progress"""
    n_sessions: int = 0
    """sessions of the latest run that are over"""
    language: str | None = None
    """language that was spoken last; None before the first, and where there is only one"""
    last_error: LastError | None = None
    """the latest error"""
    refused: tuple[str, ...] = ()
    """problems of the configuration that was read last, if it is not the one that is in force"""
    restart: tuple[str, ...] = ()
    """dotted keys of it that wait for the next start"""
    failures: Mapping[tuple[str, str], Failure] = field(default_factory=dict)
    """the latest failure of each provider that had one, by kind and name"""
    began: datetime = field(init=False)
    """date and time at which it began to follow"""
    began_s: float = field(init=False)
    """the same on the clock's own axis"""

    def __post_init__(self) -> None:
        """Begin now."""
        self.began, self.began_s = self.clock.now(), self.clock.monotonic()

    def note(self, event: Event) -> None:
        """Take the next event."""
        if isinstance(event, RunStarted):
            self.n_sessions = 0
        if isinstance(event, LanguageIdentified):
            self.language = event.language
        if isinstance(event, ErrorRaised):
            self.last_error = LastError(event.code, event.message, self._now())
        if isinstance(event, ProviderFailed):
            latest = Failure(event.reason, self._now())
            # a new mapping: whoever reads the one before is on another thread
            self.failures = {**self.failures, (event.kind, event.provider): latest}
        if isinstance(event, ConfigurationRefused):
            self.refused = event.problems
        if isinstance(event, ConfigurationReloaded):
            self.refused, self.restart = (), event.restart
        if isinstance(event, SessionEnded):
            self._end(event)
        elif type(event) in _LEADS_TO and self._is_newest(event):
            self.doing, self.session = _LEADS_TO[type(event)], event.session

    def _now(self) -> str:
        return self.clock.now().isoformat(timespec="seconds")

    def _is_newest(self, event: Event) -> bool:
        """Whether it is not about a session that another one has overtaken."""
        return self.session is None or event.session is None or event.session >= self.session

    def _end(self, event: SessionEnded) -> None:
        self.n_sessions += 1
        if event.session == self.session:
            self.doing, self.session = "waiting", None
