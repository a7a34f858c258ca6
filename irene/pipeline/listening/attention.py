"""What is listened for: the wake word, a command, or nothing."""

from __future__ import annotations

import sys
from collections import deque
from enum import Enum

from irene.audio.gate import STEP_S
from irene.components.voice_trigger.listener import WakeWordListener
from irene.config.sections import Config
from irene.domain.events import FollowUpStarted, WakeWordDetected
from irene.domain.speech import WakeWordDetection
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.command import Answerer, Command, Invitation
from irene.pipeline.listening.ear import Ear
from irene.pipeline.listening.endpointing import EPSILON_S
from irene.pipeline.listening.hearing import Heard, Hearing
from irene.pipeline.listening.openings import Openings
from irene.pipeline.listening.sessions import Sessions
from irene.pipeline.listening.utterance import LiveUtterance
from irene.pipeline.listening.wake_cut import find_cut


class _Phase(Enum):
    WAITING = "waiting for the wake word, or for any sound when there is none"
    LOCATING = "heard the wake word, waiting for audio up to its latest possible end"
    LISTENING = "waiting for a command, or hearing one"
    DEAF = "ignoring the input while the assistant answers"


_WAITING, _LOCATING, _LISTENING, _DEAF = _Phase
"""by name: looking a member up in its class takes as long as a call"""


class Attention:
    """Leads from the wake word to a command, as a state machine that runs on audio time.

    After a wake word it cuts at the energy valley that follows the phrase, and streams speech into
    the recogniser from the pre-roll on, until the endpointer says that the utterance is over. Used
    by the thread that listens, but where it says otherwise.
    """

    def __init__(
        self, config: Config, ear: Ear, events: EventStream, answerer: Answerer, in_step: bool
    ) -> None:
        """`in_step` lets the input wait until a command is answered."""
        self._config = config
        self._ear = ear
        self._events = events
        self._answerer = answerer
        self.takes_time = not in_step
        """whether the input goes on while an answer is spoken, as in a room"""
        self._track = ear.gate_track
        self._asr_track = ear.tracks.of("asr")
        self._costs = ear.costs
        self._in_wake = ear.costs.measure("wake")
        self._hearing = Hearing(
            config.vad, ear.vad, ear.tracks.of("vad"), self._asr_track, self._costs
        )
        self._hearing.language_track = ear.language_track
        self._sessions = Sessions(ear.clock, ear.costs, events)
        self._openings = Openings(config, ear, events, answerer, in_step)
        self._phase = _WAITING
        self._hear_again = False
        self._invitations: deque[Invitation] = deque()
        self.is_called = False
        """whether somebody wants a step before there is anything to hear; for reading, and kept
        beside what it follows from as each quiet block looks at it"""
        self._detection: WakeWordDetection | None = None
        self._give_up_s = 0.0
        self._heard_s = 0.0

    @property
    def n_sessions(self) -> int:
        """How many sessions have begun."""
        return self._sessions.n_begun

    @property
    def is_idle(self) -> bool:
        """Whether silence changes nothing: neither an utterance nor a time limit is running."""
        return self._phase is _WAITING or self._phase is _DEAF

    @property
    def is_between(self) -> bool:
        """Whether no utterance is in progress or waited for, so that an ear can be exchanged."""
        if self._phase is _LISTENING:
            return self._sessions.current is None and self._hearing.is_idle
        return self._phase is not _LOCATING

    def invite(self, invitation: Invitation) -> None:
        """Hear the next utterance without a wake word; may be called from any thread."""
        self._invitations.append(invitation)  # none may get lost: a session may end with it
        self.is_called = True

    def decline(self) -> None:
        """Drop every invitation to speak; a session that was to be continued is over."""
        self._leave_invitations(0)

    def hear_again(self) -> None:
        """Listen again after an answer, from the newest audio on; may be called from any thread."""
        self._hear_again = True
        self.is_called = True

    def renew(self, config: Config, ear: Ear) -> None:
        """Go on with another ear, where the one before is; while it `is_between`."""
        had_wake = self._ear.wake is not None
        self._config, self._ear = config, ear
        self._openings.renew(config, ear)
        self._track, self._asr_track = ear.gate_track, ear.tracks.of("asr")
        self._hearing.renew(config.vad, ear.vad, ear.tracks.of("vad"), self._asr_track)
        self._hearing.language_track = ear.language_track
        if had_wake is not (ear.wake is not None):
            self._phase = _WAITING
            self._hearing.begin(self._hearing.position_s)

    def step(self, is_open: bool, open_until: int, heard_s: float) -> None:
        """Do what the phase asks for; one stretch of audio may lead through several phases.

        Args:
            is_open: whether the gate was, anywhere in that.
            open_until: number of the first sample for which it is not.
            heard_s: audio time up to which the input has come, seconds.
        """
        self._heard_s = heard_s
        self.is_called = False  # before it is looked what for
        if self._hear_again:
            self._hear_again = False
            if self._phase is _DEAF:
                self._wait_again(self._hearing.position_s)
        if self._invitations:
            self._accept()
        if self._phase is _WAITING:
            self._wait(is_open, open_until)
        if self._phase is _LOCATING and self._phrase_is_over():
            self._locate()
        if self._phase is _LISTENING:
            self._listen()
        if not is_open:
            self._leave_silence()

    def make_up(self, until_s: float, end: int) -> None:
        """Catch up on quiet audio that was not listened to, up to a clock time and a sample."""
        if self._phase is _WAITING:
            self._costs.since_s = until_s  # nothing was added meanwhile
            self._pass_over(end)

    def next_end(self) -> int:
        """Return the number of the sample behind the next window of anybody; 0: any sample.

        While nobody speaks, a window of the VAD waits for the next one, or for that of the wake
        word: half the steps, and an onset that is told as much later loses nothing.
        """
        ear, phase = self._ear, self._phase
        wake, stop = ear.wake, ear.stop
        if phase is _LISTENING:
            due, nearer = ear.vad.due, min
            if self._hearing.is_idle:
                due, nearer = due + ear.vad.window, max
            if wake is not None and self._sessions.follows:
                due = nearer(due, wake.due)
        elif phase is _WAITING and wake is not None:
            due = wake.due
        else:
            return 0
        return due if stop is None else min(due, stop.due)

    def finish(self) -> None:
        """Bring an utterance in progress to its end: the input is over."""
        if self._phase is _LOCATING:
            self._locate()
            self._listen()
        if self._phase is _LISTENING:
            heard = self._hearing.finish(self._events)
            if heard is not None:
                self._conclude(heard)
            else:
                self._end_session("no_speech", self._hearing.position_s)
        self.decline()

    def give_up(self, reason: str) -> None:
        """End a session in progress without an answer, for the reason that its event tells."""
        self._hearing.cancel()
        if self._sessions.current is not None:
            self._end_session(reason, self._hearing.position_s)

    def _accept(self) -> None:
        """Follow the last invitation, unless a session has begun or no wake word is needed."""
        self._leave_invitations(1)
        if self._phase is not _WAITING or self._ear.wake is None:
            self.decline()
            return
        invitation = self._invitations.popleft()
        if invitation.resumed is not None:
            self._sessions.resume(invitation.resumed)
            self._hearing.begin(invitation.from_s)
        else:
            self._follow_up(invitation)
        self._phase = _LISTENING

    def _leave_invitations(self, n_kept: int) -> None:
        while len(self._invitations) > n_kept:
            self._sessions.decline(self._invitations.popleft())

    def _follow_up(self, invitation: Invitation) -> None:
        """Begin a session without a wake word; what was said meanwhile was the assistant's."""
        self._sessions.follow(invitation.was_asked)
        from_s = self._hearing.position_s if self.takes_time else invitation.from_s
        self._give_up_s = from_s + invitation.timeout_s
        self._hearing.begin(from_s)
        self._answerer.attend()
        self._events.emit(FollowUpStarted(asks=invitation.asks, timeout_s=invitation.timeout_s))

    def _wait(self, is_open: bool, open_until: int) -> None:
        """Listen for the wake word, or for any sound, while the gate is open."""
        if not is_open:
            self._costs.clear()
            self._pass_over(self._track.history.end)
        elif self._ear.wake is None:
            self._give_up_s = float("inf")
            self._phase = _LISTENING
        else:
            detection = self._hear_wake_word(self._ear.wake, open_until)
            if detection is not None:
                self._wake_up(detection)

    def _pass_over(self, end: int) -> None:
        """Leave what comes before a sample unheard, but for the pre-roll."""
        keep_s = self._config.voice_trigger.pre_roll_ms / 1000
        if self._ear.wake is None:
            self._hearing.skip(keep_s, end)
        else:
            self._ear.wake.skip(keep_s, end)

    def _hear_wake_word(
        self, wake: WakeWordListener, before: int = sys.maxsize
    ) -> WakeWordDetection | None:
        if wake.due > self._track.history.end:
            return None
        began_s = self._in_wake.now()
        detection = wake.listen(before)
        self._in_wake.took(began_s)
        return detection

    def _leave_silence(self) -> None:
        """Without a wake word, stop running the VAD when the gate closes on silence."""
        if self._phase is _LISTENING and self._sessions.current is None:
            self._phase = _WAITING

    def _wake_up(self, detection: WakeWordDetection) -> None:
        self._answerer.interrupt()
        self._detection = detection
        self._sessions.begin(detection.wake_word, detection.phrase_end_s[1])
        self._events.emit(
            WakeWordDetected(
                time_s=detection.time_s,
                wake_word=detection.wake_word,
                score=detection.score,
                provider=detection.provider,
            )
        )
        self._answerer.attend()
        self._phase = _LOCATING

    def _phrase_is_over(self) -> bool:
        detection = self._detection
        return detection is not None and self._hearing.position_s >= detection.phrase_end_s[1]

    def _locate(self) -> None:
        """Cut between wake word and command and begin to look for speech there."""
        earliest_s, latest_s = self._detection.phrase_end_s if self._detection else (0.0, 0.0)
        cut_s = find_cut(self._asr_track, earliest_s, min(latest_s, self._asr_track.end_s))
        self._give_up_s = cut_s + self._config.assistant.no_speech_timeout_ms / 1000
        self._hearing.begin(cut_s)
        self._phase = _LISTENING

    def _listen(self) -> None:
        wake = self._ear.wake
        if wake is not None and self._sessions.follows and self._was_called_again(wake):
            return
        heard = self._hearing.advance(self._events, self._open_utterance)
        if heard is not None:
            self._conclude(heard)
        elif self._heard_s > self._give_up_s - STEP_S and self._is_given_up():
            self._end_session("no_speech", max(self._give_up_s, self._hearing.cut_s))

    def _is_given_up(self) -> bool:
        """Whether a session is open in which nobody has begun to speak in time."""
        return self._sessions.current is not None and self._is_late(self._hearing.silent_until_s)

    def _is_late(self, start_s: float) -> bool:
        """Whether speech that begins at this audio time, seconds, comes too late."""
        return start_s > self._give_up_s - EPSILON_S

    def _was_called_again(self, wake: WakeWordListener) -> bool:
        """Whether the wake word came where none was needed: what follows it is a new command."""
        detection = self._hear_wake_word(wake)
        if detection is None:
            return False
        self._hearing.cancel()
        self._end_session("interrupted", detection.time_s)
        self._wake_up(detection)
        return True

    def _open_utterance(self, start_s: float) -> LiveUtterance | None:
        """Begin to recognise what is said from this audio time on, unless that is too late."""
        current = self._sessions.current
        if current is None:
            current = self._sessions.begin()
            self._give_up_s = 0.0  # nobody was asked: what is no utterance is not waited for
        elif self._is_late(start_s):
            return None
        return self._openings.open(current.number, self._hearing.position_s)

    def _conclude(self, heard: Heard) -> None:
        """Hand a finished utterance over to whoever answers."""
        session = self._sessions.close()
        if session is None:
            return
        self._detection = None
        deaf = self._ear.wake is None and self.takes_time
        self._wait_again(heard.end.time_s)
        self._phase = _DEAF if deaf else _WAITING
        self._answerer.take(Command(session, heard))

    def _wait_again(self, from_s: float) -> None:
        """Wait from this audio time on: where that lies must not depend on how audio arrives."""
        self._phase = _WAITING
        if self._ear.wake is not None:
            self._ear.wake.reset(from_s)  # else the phrase it has heard would fire again
        else:
            self._hearing.begin(from_s)

    def _end_session(self, reason: str, from_s: float) -> None:
        """End a session that has no command; wait for the next one from this audio time on."""
        self._detection = None
        self._sessions.end(reason)
        self._wait_again(from_s)
