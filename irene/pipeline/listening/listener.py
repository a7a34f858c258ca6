"""The ear: from input audio to commands, as a state machine that runs on audio time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum

import numpy as np

from irene.audio.gate import EnergyGate
from irene.audio.streams import Track
from irene.components.voice_trigger.listener import WakeWordListener
from irene.components.voice_trigger.stop_words import StopWordListener
from irene.config.sections import Config
from irene.domain.audio import AudioChunk, Samples
from irene.domain.events import (
    FollowUpStarted,
    StopWordDetected,
    WakeWordDetected,
)
from irene.domain.speech import WakeWordDetection
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.command import Answerer, Command, Invitation
from irene.pipeline.listening.ear import Ear
from irene.pipeline.listening.hearing import Heard, Hearing
from irene.pipeline.listening.openings import Openings
from irene.pipeline.listening.renewal import NextRenewal, Renewal
from irene.pipeline.listening.sessions import Sessions
from irene.pipeline.listening.utterance import LiveUtterance
from irene.pipeline.listening.wake_cut import find_cut

_STEP_S = 0.1
"""longest stretch of audio processed at once: decisions fall inside it, whatever the chunk size"""

_IDLE_BLOCK_S = _STEP_S
"""how long blocks are to be while the gate is closed: an engine has caught up before a word ends"""


class _Phase(Enum):
    WAITING = "waiting for the wake word, or for any sound when there is none"
    LOCATING = "heard the wake word, waiting for audio up to its latest possible end"
    LISTENING = "waiting for a command, or hearing one"
    DEAF = "ignoring the input while the assistant answers"


_WAITING, _LOCATING, _LISTENING, _DEAF = _Phase
"""by name: looking a member up in its class takes as long as a call"""


class Listener:
    """Consumes one input stream and hands over commands; driven by one thread, never sleeps.

    Between commands it listens for the wake word behind an energy gate. After one it cuts at the
    energy valley that follows the phrase, and streams speech into the recogniser from the pre-roll
    on, until the endpointer says that the utterance is over.

    Nothing is done before somebody has a whole window: until then a chunk costs a comparison. While
    the gate is closed and nobody waits for anything, a block is kept and judged by the gate, and
    that is all: code that runs ten times a second has left the processor's caches in between, so
    that each function it passes through costs microseconds. The rest is made up for afterwards.
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
        self.takes_time = not in_step
        """whether the input goes on while an answer is spoken, as in a room"""
        self._tracks = ear.tracks
        self._asr_track = ear.tracks.of("asr")
        self._track = self._track_of_gate()
        self._gate = self._made_gate()
        self._pre_roll_s = config.voice_trigger.pre_roll_ms / 1000
        self._costs = ear.costs
        self._in_conversion = ear.costs.measure("resample")
        self._in_wake = ear.costs.measure("wake")
        self._hearing = Hearing(
            config.vad, ear.vad, ear.tracks.of("vad"), self._asr_track, self._costs
        )
        self._hearing.language_track = ear.language_track
        self._sessions = Sessions(ear.clock, ear.costs, events)
        self._openings = Openings(config, ear, events, answerer, in_step)
        self._next = NextRenewal()
        self._phase = _WAITING
        self._hear_again = False
        self._invitation: Invitation | None = None
        self._detection: WakeWordDetection | None = None
        self._give_up_s = 0.0
        self._heard_s = 0.0
        self._rate = ear.tracks.source_rate
        self.at_once = round(_STEP_S * self._rate)
        """samples of the input that are processed at once, at most"""
        self._gap_s = 0.5 / self._rate
        self._part: Samples = np.empty(0, np.int16)
        self._parts: Iterator[AudioChunk] = iter(())
        self._due = 0
        self._block_s, self._n_idle = 0.0, 0
        self._is_quiet = False
        self._quiet: tuple[float, int] | None = None
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
        return self._next.put(renewal)

    @property
    def n_sessions(self) -> int:
        """How many sessions have begun."""
        return self._sessions.n_begun

    def feed(self, chunk: AudioChunk) -> int:
        """Take the next audio of the input, of any length; what is missing before it was lost.

        Return how many samples it takes, at least, until there is anything to do again.
        """
        if len(chunk.samples) <= self.at_once:
            return self.take(chunk.samples, chunk.start_s)
        self._parts = iter(chunk.pieces(_STEP_S))
        self._take_parts()
        return self._wanted()

    def take(self, samples: Samples, start_s: float) -> int:
        """Take what `feed` does, but no more than `at_once` samples."""
        self._part = samples
        end_s = start_s + len(samples) / self._rate
        if start_s - self._heard_s > self._gap_s:
            self._tracks.jump(start_s - self._heard_s)
        self._heard_s = end_s
        began_s = self._in_conversion.now()
        made = self._tracks.append(samples)
        is_called = self._hear_again or self._invitation is not None
        is_quiet = self._is_quiet and not is_called and self._next.waiting is None
        if is_quiet and not self._gate.follow(self._track.history, self._tracks.newest):
            self._quiet = began_s, self._track.history.end
            if made:
                self._tell_position(end_s)
            return self._n_idle
        self._in_conversion.took(began_s)
        if made and (is_called or self._track.history.end >= self._due):
            self._step()
            self._tell_position(end_s)
        return self._wanted()

    def _wanted(self) -> int:
        """Return how many samples it takes, at least, until there is anything to do again."""
        return self._n_idle or self._track.wanted(self._due)

    def go_on(self, hung: object) -> None:
        """Do the rest of `feed`: it hangs in a call of `hung`, on a thread that was left.

        What that call was to lead to comes with the next audio, or at the end.
        """
        self._tracks.go_on(self._part, hung)
        self._take_parts()

    def finish(self) -> None:
        """Bring an utterance in progress to its end: the input is over."""
        self._tracks.flush()
        self._step()
        if self._phase is _LOCATING:
            self._locate()
            self._listen()
        if self._phase is _LISTENING:
            heard = self._hearing.finish(self._events)
            self._conclude(heard) if heard else self._end_session("no_speech")
        self.decline()

    def give_up(self, reason: str) -> None:
        """End a session in progress without an answer, for the reason that its event tells."""
        self._hearing.cancel()
        if self._sessions.current is not None:
            self._end_session(reason)

    def close(self) -> None:
        """Free the streams of the listening engines."""
        self._next.close()
        self._ear.vad.close()
        if self._ear.wake is not None:
            self._ear.wake.close()
        if self._ear.stop is not None:
            self._ear.stop.close()

    def invite(self, invitation: Invitation) -> None:
        """Hear the next utterance without a wake word; may be called from any thread."""
        self._invitation = invitation

    def decline(self) -> None:
        """Leave an invitation; a session that was to go on is over."""
        invitation, self._invitation = self._invitation, None
        if invitation is not None:
            self._sessions.decline(invitation)

    def hear_again(self) -> None:
        """Listen again after an answer, from the newest audio on; may be called from any thread."""
        self._hear_again = True

    def _tell_position(self, end_s: float) -> None:
        """Tell up to where everything is decided, when audio has come up to this time."""
        undecided = self._track.history.end - self._gate.position
        self._events.advance(end_s - undecided / self._track.sample_rate)

    def _take_parts(self) -> None:
        """Take what is left of a long chunk."""
        for part in self._parts:
            self.take(part.samples, part.start_s)

    def _step(self) -> None:
        """Do what the phase asks for; one stretch of audio may lead through several phases."""
        if self._quiet is not None:
            self._make_up(*self._quiet)
        if self._next.waiting is not None and self._is_between():
            self._take_over()
        is_open = self._gate.follow(self._track.history)
        if self._ear.stop is not None:
            self._obey(self._ear.stop)
        if self._phase is _DEAF and self._hear_again:
            self._hear_again = False
            self._wait_again(self._hearing.position_s)
        if self._invitation is not None:
            self._accept()
        if self._phase is _WAITING:
            self._wait(is_open)
        if self._phase is _LOCATING and self._phrase_is_over():
            self._locate()
        if self._phase is _LISTENING:
            self._listen()
        if not is_open:
            self._leave_silence()
        self._look_ahead(is_open)

    def _make_up(self, until_s: float, end: int) -> None:
        """Do what was left undone for the last quiet blocks: until that clock time and sample."""
        self._quiet = None
        if self._phase is _WAITING:
            self._costs.since_s = until_s  # nothing was added meanwhile
            self._pass_over(end)

    def _is_between(self) -> bool:
        """Whether no utterance is in progress, nor one that is waited for."""
        if self._phase is _LISTENING:
            return self._sessions.current is None and self._hearing.is_idle
        return self._phase is not _LOCATING

    def _take_over(self) -> None:
        """Go on with another ear, where the one before is."""
        renewal = self._next.take()
        if renewal is None:
            return
        before, had_wake = self._config.voice_trigger, self._ear.wake is not None
        self._config, self._ear = renewal.config, renewal.renewed(self._ear)
        self._openings.renew(self._config, self._ear)
        ear, settings = self._ear, self._config.voice_trigger
        self._pre_roll_s = settings.pre_roll_ms / 1000
        self._asr_track = ear.tracks.of("asr")
        self._hearing.renew(self._config.vad, ear.vad, ear.tracks.of("vad"), self._asr_track)
        self._hearing.language_track = ear.language_track
        track, self._track = self._track, self._track_of_gate()
        gated = (settings.gate_db, settings.gate_hold_ms)
        if track is not self._track or gated != (before.gate_db, before.gate_hold_ms):
            self._gate = self._made_gate()
        if had_wake is not (ear.wake is not None):
            self._phase = _WAITING
            self._hearing.begin(self._hearing.position_s)
        renewal.done()

    def _track_of_gate(self) -> Track:
        return self._ear.tracks.of("voice_trigger" if self._ear.wake else "vad")

    def _made_gate(self) -> EnergyGate:
        settings = self._config.voice_trigger
        return EnergyGate(self._track.sample_rate, settings.gate_db, settings.gate_hold_ms)

    def _look_ahead(self, gate_is_open: bool) -> None:
        """Note what is waited for; while there is nothing to hear, ask for long blocks."""
        is_idle = not gate_is_open and self._phase in (_WAITING, _DEAF)
        self._is_quiet = is_idle and self._ear.stop is None
        self._due = 0 if is_idle or not self._tracks.is_one else self._next_end()
        block_s = _IDLE_BLOCK_S if is_idle else 0.0
        if block_s != self._block_s:
            self._block_s, self._n_idle = block_s, round(block_s * self._rate)
            self.on_block(block_s)

    def _next_end(self) -> int:
        """Return the number of the sample behind the next window of anybody; 0: any sample.

        While nobody speaks, a window of the VAD waits for the next one, or for that of the wake
        word: half the steps, and an onset that is told as much later loses nothing.
        """
        wake, phase = self._ear.wake, self._phase
        if phase is _LISTENING:
            due, nearer = self._ear.vad.due, min
            if self._hearing.is_idle:
                due, nearer = due + self._ear.vad.window, max
            if wake is not None and self._sessions.follows:
                due = nearer(due, wake.due)
        elif phase is _WAITING and wake is not None:
            due = wake.due
        else:
            return 0
        return due if self._ear.stop is None else min(due, self._ear.stop.due)

    def _accept(self) -> None:
        """Follow an invitation, unless the next session has begun or no wake word is needed."""
        if self._phase is not _WAITING or self._ear.wake is None:
            self.decline()
            return
        invitation, self._invitation = self._invitation, None
        if invitation is None:
            return
        if invitation.resumed is not None:
            self._sessions.resume(invitation.resumed)
            self._hearing.begin(invitation.from_s)
        else:
            self._follow_up(invitation)
        self._phase = _LISTENING

    def _follow_up(self, invitation: Invitation) -> None:
        """Begin a session without a wake word; what was said meanwhile was the assistant's."""
        self._sessions.follow(invitation.was_asked)
        from_s = self._hearing.position_s if self.takes_time else invitation.from_s
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
            self._pass_over(self._track.history.end)
        elif self._ear.wake is None:
            self._give_up_s = float("inf")
            self._phase = _LISTENING
        else:
            detection = self._hear_wake_word(self._ear.wake)
            if detection is not None:
                self._wake_up(detection)

    def _pass_over(self, end: int) -> None:
        """Leave what comes before a sample unheard, but for the pre-roll."""
        if self._ear.wake is None:
            self._hearing.skip(self._pre_roll_s, end)
        else:
            self._ear.wake.skip(self._pre_roll_s, end)

    def _hear_wake_word(self, wake: WakeWordListener) -> WakeWordDetection | None:
        if wake.due > self._track.history.end:
            return None
        began_s = self._in_wake.now()
        detection = wake.listen()
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
        elif self._heard_s > self._give_up_s - _STEP_S and self._is_given_up():
            self._end_session("no_speech")

    def _is_given_up(self) -> bool:
        """Whether nobody has begun to speak in a session when it was time to."""
        return self._sessions.current is not None and self._hearing.is_silent_at(self._give_up_s)

    def _was_called_again(self, wake: WakeWordListener) -> bool:
        """Whether the wake word came where none was needed: what follows it is a new command."""
        detection = self._hear_wake_word(wake)
        if detection is None:
            return False
        self._hearing.cancel()
        self._end_session("interrupted")
        self._wake_up(detection)
        return True

    def _open_utterance(self) -> LiveUtterance:
        current = self._sessions.current
        if current is None:
            current = self._sessions.begin()
            self._give_up_s = 0.0  # nobody was asked: what is no utterance is not waited for
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
        self._phase = _WAITING
        if self._ear.wake is not None:
            self._ear.wake.reset()  # else the phrase it has heard would fire again
        else:
            self._hearing.begin(from_s)

    def _end_session(self, reason: str) -> None:
        """End a session that has no command."""
        self._detection = None
        self._sessions.end(reason)
        self._wait_again(self._hearing.position_s)
