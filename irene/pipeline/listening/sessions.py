"""The sessions of one input: each is begun, listened in, and either answered or ended."""

from __future__ import annotations

from dataclasses import replace

from irene.domain.clock import Clock
from irene.domain.events import SessionEnded
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.command import Invitation, Session
from irene.telemetry.costs import StageCosts
from irene.telemetry.trace import Trace


class Sessions:
    """Numbers sessions, times them and tells when they end; used by the capture thread."""

    def __init__(self, clock: Clock, costs: StageCosts, events: EventStream) -> None:
        self._clock = clock
        self._costs = costs
        self._events = events
        self.n_begun = 0
        """how many have begun"""
        self.current: Session | None = None
        """the one in which something is listened for"""
        self.follows = False
        """whether that one needed no wake word, because it follows an answer"""

    def begin(self, wake_word: str = "", phrase_end_s: float = 0.0) -> Session:
        """Begin the next one; what the stages have taken since they were cleared belongs to it."""
        return self._enter(replace(self._made(), wake_word=wake_word, phrase_end_s=phrase_end_s))

    def follow(self, was_asked: bool) -> None:
        """Begin one without a wake word, after an answer."""
        self._enter(replace(self._made(), follows=True, was_asked=was_asked))

    def resume(self, session: Session) -> None:
        """Listen on in one whose utterance had no words."""
        self._enter(replace(session, listening=session.trace.begin("listening")))

    def close(self) -> Session | None:
        """Listen no more in the current one; return it, for whoever answers or ends it."""
        session, self.current, self.follows = self.current, None, False
        if session is not None:
            self._costs.move_to(session.trace, session.listening)
            session.trace.finish(session.listening)
        return session

    def end(self, reason: str) -> None:
        """End the current one, if there is one, without a command."""
        session = self.close()
        if session is not None:
            self._tell_end(session, reason)

    def decline(self, invitation: Invitation) -> None:
        """Drop an invitation to speak; a session that was to be continued is over."""
        self._events.leave_session(invitation.session)
        if invitation.resumed is not None:
            self._tell_end(invitation.resumed, "empty_transcript")

    def _made(self) -> Session:
        self.n_begun += 1
        trace = Trace("session", self._clock, self._costs.since_s)
        return Session(self.n_begun, trace, trace.begin("listening", earlier_s=trace.now()))

    def _enter(self, session: Session) -> Session:
        self.current, self.follows = session, session.follows
        self._events.enter_session(session.number)
        return session

    def _tell_end(self, session: Session, reason: str) -> None:
        spans = session.trace.to_dict()
        self._events.emit(SessionEnded(session=session.number, reason=reason, spans=spans))
        self._events.leave_session(session.number)
