"""The ear: from input audio to commands, as a state machine that runs on audio time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Protocol

from irene.audio.gate import EnergyGate
from irene.audio.streams import Track
from irene.components.stop_words import StopWordListener
from irene.config.sections import Config
from irene.domain.audio import AudioChunk
from irene.domain.events import (
    FollowUpStarted,
    SessionEnded,
    StopWordDetected,
    TranscriptPartial,
    WakeWordDetected,
)
from irene.domain.grammar import Grammar
from irene.domain.speech import WakeWordDetection
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.command import Command, Invitation, Session
from irene.pipeline.listening.ear import Ear
from irene.pipeline.listening.hearing import Heard, Hearing
from irene.pipeline.listening.utterance import LiveUtterance
from irene.pipeline.listening.wake_cut import find_cut
from irene.telemetry.trace import Trace

_STEP_S = 0.1
"""longest stretch of audio processed at once: decisions fall inside it, whatever the chunk size"""

_IDLE_BLOCK_S = 0.08
"""how long blocks are to be while the gate is closed: a wake-word engine's window"""


class _Phase(Enum):
    WAITING = "waiting for the wake word, or for any sound when there is none"
    LOCATING = "heard the wake word, waiting for audio up to its latest possible end"
    LISTENING = "waiting for a command, or hearing one"
    DEAF = "ignoring the input while the assistant answers"


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


class Renewal(Protocol):
    """Another ear, and the configuration that goes with it."""

    config: Config
    """what the listener goes by"""
    afresh: bool
    """whether every conversion of rates is opened anew"""

    def renewed(self, ear: Ear) -> Ear:
        """Return the ear to listen with instead of this one; called on the capture thread."""
        ...

    def done(self) -> None:
        """It is listened with, or nobody listens any more."""
        ...

    def supersede(self, other: Renewal) -> None:
        """Do what another renewal was to do, too, which has not come to pass."""
        ...


class Listener:
    """Consumes one input stream and hands over commands; driven by one thread, never sleeps.

    Between commands it listens for the wake word behind an energy gate. After one it cuts at the
    energy valley that follows the phrase, and streams speech into the recogniser from the pre-roll
    on, until the endpointer says that the utterance is over.
    """

    def __init__(
        self,
        config: Config,
        ear: Ear,
        events: EventStream,
        answerer: Answerer,
        in_step: bool,
    ) -> None:
        self._config = config
        self._ear = ear
        self._events = events
        self._answerer = answerer
        self._in_step = in_step
        self._costs = ear.costs
        self._asr_track = ear.tracks.of("asr")
        self._gate_track = self._track_of_gate()
        self._gate = self._made_gate()
        self._pre_roll_s = config.voice_trigger.pre_roll_ms / 1000
        self._hearing = Hearing(
            config.vad, ear.vad, ear.tracks.of("vad"), self._asr_track, self._costs
        )
        self._renewal: Renewal | None = None
        self._renewing = threading.Lock()
        self._is_closed = False
        self._phase = _Phase.WAITING
        self._hear_again = False
        self._invitation: Invitation | None = None
        self._sessions = 0
        self._session: Session | None = None
        self._detection: WakeWordDetection | None = None
        self._give_up_s = 0.0
        self._heard_s = 0.0
        self._block_s = 0.0
        self.on_block: Callable[[float], None] = lambda seconds: None
        """told, before the next chunk, how long blocks are to be from now on; 0: as usual"""

    @property
    def ear(self) -> Ear:
        """What it listens with."""
        return self._ear

    def renew(self, renewal: Renewal | None) -> Renewal | None:
        """Listen with another ear from the next moment on in which nobody speaks.

        Returns the one before that has not come to pass, and never will. From any thread.
        """
        with self._renewing:
            before, self._renewal = self._renewal, None if self._is_closed else renewal
        if self._is_closed and renewal is not None:
            renewal.done()
        return before

    @property
    def n_sessions(self) -> int:
        """How many sessions have begun."""
        return self._sessions

    def feed(self, chunk: AudioChunk) -> None:
        """Take the next audio of the input, of any length; what is missing before it was lost."""
        tracks = self._ear.tracks
        lost_s = chunk.start_s - self._heard_s
        if lost_s > 0.5 / chunk.sample_rate:
            tracks.jump(lost_s)
        self._heard_s = chunk.end_s
        in_conversion = self._costs.measure("resample")
        for part in chunk.pieces(_STEP_S):
            with in_conversion:
                made = tracks.append(part)
            if not made:
                continue
            self._step()
            track = self._gate_track
            undecided_s = self._gate.undecided(track.history) / track.sample_rate
            self._events.advance(part.end_s - undecided_s)

    def finish(self) -> None:
        """Bring an utterance in progress to its end: the input is over."""
        self._ear.tracks.flush()
        self._step()
        if self._phase is _Phase.LOCATING:
            self._locate()
            self._listen()
        if self._phase is _Phase.LISTENING:
            heard = self._hearing.finish(self._events)
            self._conclude(heard) if heard else self._end_session("no_speech")
        self.decline()

    def give_up(self, reason: str) -> None:
        """End a session in progress without an answer, for the reason that its event tells."""
        self._hearing.cancel()
        if self._session is not None:
            self._end_session(reason)

    def close(self) -> None:
        """Free the streams of the listening engines."""
        self._is_closed = True
        renewal = self.renew(None)
        if renewal is not None:
            renewal.done()
        self._ear.vad.close()
        if self._ear.wake is not None:
            self._ear.wake.close()
        if self._ear.stop is not None:
            self._ear.stop.close()

    def invite(self, invitation: Invitation) -> None:
        """Hear the next utterance without a wake word; may be called from any thread."""
        self._invitation = invitation

    def hear_again(self) -> None:
        """Listen again after an answer, from the newest audio on; may be called from any thread."""
        self._hear_again = True

    def _step(self) -> None:
        """Do what the phase asks for; one stretch of audio may lead through several phases."""
        if self._renewal is not None and self._is_between():
            self._take_over()
        is_open = self._gate.follow(self._gate_track.history)
        if self._ear.stop is not None:
            self._obey(self._ear.stop)
        if self._phase is _Phase.DEAF and self._hear_again:
            self._hear_again = False
            self._wait_again(self._hearing.position_s)
        if self._invitation is not None:
            self._accept()
        if self._phase is _Phase.WAITING:
            self._wait(is_open)
        if self._phase is _Phase.LOCATING and self._phrase_is_over():
            self._locate()
        if self._phase is _Phase.LISTENING:
            self._listen()
            self._leave_silence(is_open)
        self._choose_block(is_open)

    def _is_between(self) -> bool:
        """Whether no utterance is in progress, nor one that is waited for."""
        if self._phase is _Phase.LISTENING:
            return self._session is None and self._hearing.is_idle
        return self._phase is not _Phase.LOCATING

    def _take_over(self) -> None:
        """Go on with another ear, where the one before is."""
        renewal = self.renew(None)
        if renewal is None:
            return
        before, had_wake = self._config.voice_trigger, self._ear.wake is not None
        self._config, self._ear = renewal.config, renewal.renewed(self._ear)
        ear, settings = self._ear, self._config.voice_trigger
        self._pre_roll_s = settings.pre_roll_ms / 1000
        self._asr_track = ear.tracks.of("asr")
        self._hearing.renew(self._config.vad, ear.vad, ear.tracks.of("vad"), self._asr_track)
        gate_track, self._gate_track = self._gate_track, self._track_of_gate()
        gated = (settings.gate_db, settings.gate_hold_ms)
        if gate_track is not self._gate_track or gated != (before.gate_db, before.gate_hold_ms):
            self._gate = self._made_gate()
        if had_wake is not (ear.wake is not None):
            self._phase = _Phase.WAITING
            self._hearing.begin(self._hearing.position_s)
        renewal.done()

    def _track_of_gate(self) -> Track:
        return self._ear.tracks.of("voice_trigger" if self._ear.wake else "vad")

    def _made_gate(self) -> EnergyGate:
        settings = self._config.voice_trigger
        rate = self._gate_track.sample_rate
        return EnergyGate(rate, settings.gate_db, settings.gate_hold_ms)

    def _choose_block(self, gate_is_open: bool) -> None:
        """Ask for fewer, longer blocks while there is nothing to hear."""
        idle = not gate_is_open and self._phase in (_Phase.WAITING, _Phase.DEAF)
        block_s = _IDLE_BLOCK_S if idle else 0.0
        if block_s != self._block_s:
            self._block_s = block_s
            self.on_block(block_s)

    def _accept(self) -> None:
        """Follow an invitation, unless the next session has begun or no wake word is needed."""
        if self._phase is not _Phase.WAITING or self._ear.wake is None:
            self.decline()
            return
        invitation, self._invitation = self._invitation, None
        if invitation is None:
            return
        if invitation.resumed is not None:
            self._resume(invitation.resumed, invitation.from_s)
        else:
            self._follow_up(invitation)
        self._phase = _Phase.LISTENING

    def decline(self) -> None:
        """Leave an invitation; a session that was to go on is over."""
        invitation, self._invitation = self._invitation, None
        if invitation is None:
            return
        self._events.leave_session(invitation.session)
        if invitation.resumed is not None:
            self._tell_end(invitation.resumed, "empty_transcript")

    def _resume(self, session: Session, from_s: float) -> None:
        """Look for a command again after a click or a cough."""
        self._session = replace(session, listening=session.trace.begin("listening"))
        self._events.enter_session(session.number)
        self._hearing.begin(from_s)

    def _follow_up(self, invitation: Invitation) -> None:
        """Begin a session without a wake word; what was said meanwhile was the assistant's."""
        session = self._begin_session()
        self._session = replace(session, follows=True, was_asked=invitation.was_asked)
        from_s = invitation.from_s if self._in_step else self._hearing.position_s
        self._give_up_s = from_s + invitation.timeout_s
        self._hearing.begin(from_s)
        self._answerer.attend()
        self._events.emit(FollowUpStarted(asks=invitation.asks, timeout_s=invitation.timeout_s))

    def _obey(self, stop: StopWordListener) -> None:
        """Be silent when somebody says so; whatever else is going on goes on."""
        with self._costs.measure("stop_words"):
            detection = stop.listen()
        if detection is not None:
            self._answerer.interrupt()
            self._events.emit(
                StopWordDetected(
                    time_s=detection.time_s,
                    stop_word=detection.wake_word,
                    score=detection.score,
                    provider=detection.provider,
                )
            )

    def _wait(self, gate_is_open: bool) -> None:
        """Listen for the wake word, or for any sound, while the gate is open."""
        if not gate_is_open:
            self._costs.clear()
        if self._ear.wake is None:
            self._wait_for_sound(gate_is_open)
        elif not gate_is_open:
            self._ear.wake.skip(self._pre_roll_s)
        else:
            with self._costs.measure("wake"):
                detection = self._ear.wake.listen()
            if detection is not None:
                self._wake_up(detection)

    def _wait_for_sound(self, gate_is_open: bool) -> None:
        if gate_is_open:
            self._give_up_s = float("inf")
            self._phase = _Phase.LISTENING
        else:
            self._hearing.skip(self._pre_roll_s)

    def _leave_silence(self, gate_is_open: bool) -> None:
        """Without a wake word, stop running the VAD when the gate closes on silence."""
        if self._phase is _Phase.LISTENING and self._session is None and not gate_is_open:
            self._phase = _Phase.WAITING

    def _wake_up(self, detection: WakeWordDetection) -> None:
        self._answerer.interrupt()
        self._detection = detection
        self._begin_session(detection.wake_word, detection.phrase_end_s[1])
        self._events.emit(
            WakeWordDetected(
                time_s=detection.time_s,
                wake_word=detection.wake_word,
                score=detection.score,
                provider=detection.provider,
            )
        )
        self._answerer.attend()
        self._phase = _Phase.LOCATING

    def _begin_session(self, wake_word: str = "", phrase_end_s: float = 0.0) -> Session:
        self._sessions += 1
        trace = Trace("session", self._ear.clock, self._costs.since_s)
        listening = trace.begin("listening", earlier_s=trace.now())
        self._session = Session(self._sessions, trace, listening, wake_word, phrase_end_s)
        self._events.enter_session(self._sessions)
        return self._session

    def _phrase_is_over(self) -> bool:
        detection = self._detection
        return detection is not None and self._hearing.position_s >= detection.phrase_end_s[1]

    def _locate(self) -> None:
        """Cut between wake word and command and begin to look for speech there."""
        earliest_s, latest_s = self._detection.phrase_end_s if self._detection else (0.0, 0.0)
        cut_s = find_cut(self._asr_track, earliest_s, min(latest_s, self._asr_track.end_s))
        self._give_up_s = cut_s + self._config.assistant.no_speech_timeout_ms / 1000
        self._hearing.begin(cut_s)
        self._phase = _Phase.LISTENING

    def _listen(self) -> None:
        if self._was_called_again():
            return
        heard = self._hearing.advance(self._events, self._open_utterance)
        if heard is not None:
            self._conclude(heard)
        elif self._session is not None and not self._hearing.in_speech:
            late = self._hearing.position_s >= self._give_up_s
            if late or not self._session.is_invited:
                self._end_session("no_speech")

    def _was_called_again(self) -> bool:
        """Whether the wake word came where none was needed: what follows it is a new command."""
        if self._session is None or not self._session.follows or self._ear.wake is None:
            return False
        with self._costs.measure("wake"):
            detection = self._ear.wake.listen()
        if detection is None:
            return False
        self._hearing.cancel()
        self._end_session("interrupted")
        self._wake_up(detection)
        return True

    def _open_utterance(self) -> LiveUtterance:
        if self._session is None:
            self._begin_session()
        session = self._session.number if self._session else None

        def tell_partial(text: str) -> None:
            if self._config.asr.partials:
                self._events.emit(TranscriptPartial(session=session, text=text))

        rate = self._asr_track.sample_rate
        grammar = self._answerer.grammar(self._hearing.position_s)
        return LiveUtterance(
            self._ear.asr, rate, tell_partial, self._in_step, grammar, now_s=self._costs.now_s
        )

    def _conclude(self, heard: Heard) -> None:
        """Hand a finished utterance over to whoever answers."""
        session = self._session
        if session is None:
            return
        self._close_session(session)
        deaf = self._ear.wake is None and not self._in_step
        self._wait_again(heard.end.time_s)
        self._phase = _Phase.DEAF if deaf else _Phase.WAITING
        self._answerer.take(Command(session, heard))

    def _wait_again(self, from_s: float) -> None:
        self._phase = _Phase.WAITING
        if self._ear.wake is not None:
            self._ear.wake.reset()  # else the phrase it has heard would fire again
        else:
            self._hearing.begin(from_s)

    def _close_session(self, session: Session) -> None:
        """Nothing more is heard in this session."""
        self._costs.move_to(session.trace, session.listening)
        session.trace.finish(session.listening)
        self._session = self._detection = None

    def _end_session(self, reason: str) -> None:
        """End a session that has no command."""
        session = self._session
        if session is not None:
            self._close_session(session)
            self._tell_end(session, reason)
        self._wait_again(self._hearing.position_s)

    def _tell_end(self, session: Session, reason: str) -> None:
        spans = session.trace.to_dict()
        self._events.emit(SessionEnded(session=session.number, reason=reason, spans=spans))
        self._events.leave_session(session.number)
