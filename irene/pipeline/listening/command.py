"""What the listener hands over: one utterance that is for the assistant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from irene.domain.grammar import Grammar
from irene.pipeline.listening.hearing import Heard
from irene.telemetry.trace import Span, Trace


@dataclass(frozen=True)
class Session:
    """One exchange: from the wake word (or the first word) to the end of the answer."""

    number: int
    """counted from 1 in each run"""
    trace: Trace
    """where its time goes"""
    listening: Span
    """the span of everything before the end of speech"""
    wake_word: str = ""
    """the wake word that began it; empty without one"""
    phrase_end_s: float = 0.0
    """latest audio time at which the wake word may have ended"""
    follows: bool = False
    """whether it needed no wake word, because it follows an answer"""
    was_asked: bool = True
    """whether somebody surely talks to the assistant; not so after an answer that asked nothing"""

    @property
    def is_invited(self) -> bool:
        """Whether somebody turned to the assistant: a wake word, or a reply to its answer."""
        return bool(self.wake_word) or self.follows


@dataclass(frozen=True)
class Invitation:
    """Leave to speak without a wake word."""

    session: int
    """number of the session that it comes from"""
    from_s: float
    """audio time of the end of the utterance before"""
    timeout_s: float
    """how long speech is waited for"""
    asks: str = ""
    """slot that was asked for; empty when any command may follow"""
    was_asked: bool = True
    """whether the answer asked for something, or invited to go on"""
    resumed: Session | None = None
    """the session that goes on, because its utterance had no words; None begins another one"""


@dataclass(frozen=True)
class Command:
    """An utterance that is over and has to be answered."""

    session: Session
    heard: Heard


class Answerer(Protocol):
    """Whoever deals with what the listener hears."""

    def interrupt(self) -> None:
        """A new session begins: stop speaking."""
        ...

    def attend(self) -> None:
        """A command is waited for: show it."""
        ...

    def grammar(self, now_s: float) -> Grammar | None:
        """Return what may be said now; None takes the assistant's own grammar."""
        ...

    def take(self, command: Command) -> None:
        """Answer a command; may block the input until it is answered."""
        ...
