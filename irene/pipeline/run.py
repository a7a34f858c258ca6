"""One run: the input read on a thread of its own, the answers given on the event loop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from irene.components.calls.watch import Relay
from irene.components.own_voice.own_voice import OwnVoice
from irene.domain.audio import AudioChunk, AudioFormat, Samples
from irene.domain.events import ErrorRaised, RunEnded, Warned
from irene.errors import AudioFormatError, IreneError
from irene.pipeline.answering.conversation_answerer import ConversationAnswerer
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.capture import Capture
from irene.pipeline.listening.listener import Listener
from irene.pipeline.listening.mute_switch import MuteSwitch
from irene.pipeline.listening.renewal import Renewal
from irene.pipeline.listening.unheard import Unheard
from irene.pipeline.recording.flight import FlightRecorder
from irene.telemetry.costs import StageCosts

_LOOK_S = 1.0
"""audio time from one look at what else there is to do, to the next"""


class Run:
    """Reads the input to its end, or until it is stopped, and tells how it ended."""

    def __init__(
        self,
        capture: Capture,
        own_voice: OwnVoice,
        listener: Listener,
        answerer: ConversationAnswerer,
        events: EventStream,
    ) -> None:
        self._capture = capture
        self._own_voice = own_voice
        self._next_voice: OwnVoice | None = None
        self._chunk: AudioChunk | None = None
        self._look_s = 0.0
        self.listener = listener
        """what hears commands"""
        own_voice.follow(capture.arrived, listener.ear.watch)
        capture.pass_over = self._pass_over
        capture.on_return = self._miss
        self.answerer = answerer
        """what answers them"""
        self._events = events
        self.unheard: Unheard | None = None
        """what explains an input that led to nothing; None for one that has no end"""
        self.microphone: MuteSwitch | None = None
        """what says whether the input is ignored; None: it never is"""
        self.flight: FlightRecorder | None = None
        """what keeps the input as it came; None: nothing does"""
        self.on_heard: Callable[[], None] = lambda: None
        """called on the capture thread while audio comes, about once in a second of it"""

    @property
    def source(self) -> AudioFormat:
        """What the input brings."""
        return self._capture.format

    def renew(self, renewal: Renewal, own_voice: OwnVoice) -> None:
        """Go on with other parts: at the next audio, and as soon as nobody speaks.

        An own voice that is another one has begun.
        """
        self._next_voice = own_voice
        before = self.listener.renew(None)
        if before is not None:
            renewal.supersede(before)
        self.listener.renew(renewal)

    def listen(self, costs: StageCosts) -> None:
        """Read, listen, answer what was heard, end the run; blocks, on the capture thread.

        Raises:
            AudioFormatError: the input is damaged; what came before has been answered.
            ProviderFailedError: nothing can be heard any more.
        """
        reason = "failed"
        try:
            self._read(self._hear, costs)
            reason = "stopped" if self._capture.stopped else "end_of_input"
            self._tell_unheard()
        except IreneError as error:
            self._events.emit(ErrorRaised(code=error.code, message=str(error)))
            raise
        finally:
            self.listener.close()
            self._exchange_voice()
            self._own_voice.end()
            self._events.emit(RunEnded(reason=reason))

    def stop(self) -> None:
        """End the run: nothing more is read or said; may be called from any thread."""
        self._capture.stop()
        self.answerer.stop()

    def close(self) -> None:
        """Free what it listens with, of a run that will never `listen`."""
        self.listener.close()
        self._own_voice.end()

    def _hear(self, chunk: AudioChunk) -> int:
        """Hear a chunk; return how many samples it takes, at least, until there is more to hear."""
        if self.unheard is not None:
            self.unheard.note(chunk)
        if self._next_voice is not None:
            self._exchange_voice()
        if self.flight is not None and self.flight.is_on:
            self.flight.hear(chunk, self.microphone is not None and self.microphone.is_felt)
        self._chunk = chunk
        # Also while muted: it keeps step with the loudspeaker.
        return self._listen_to(self._own_voice.clean(chunk))

    def _pass_over(self, samples: Samples, start_s: float) -> int | None:
        """Have a block heard by the listener alone; None: other parts have to see it, too.

        While nothing is said the other parts have to look once a second only. A block that went
        through all of them would find their code out of the caches, which costs microseconds.
        """
        if (
            start_s >= self._look_s
            or len(samples) > self.listener.at_once
            or self._next_voice is not None
            or self.unheard is not None
            or (self.flight is not None and self.flight.is_on)
            or (self.microphone is not None and self.microphone.is_felt)
            or not self._own_voice.pass_over(len(samples), start_s)
        ):
            return None
        return self.listener.take(samples, start_s)

    def _miss(self, seconds: float) -> None:
        """Leave out what was played while the input was away: nobody heard its echo."""
        self._own_voice.miss(seconds)

    def _listen_to(self, heard: AudioChunk) -> int:
        """Hear what is left of a chunk without the own voice; return as `_hear` does."""
        if self.microphone is not None and self.microphone.is_felt:
            heard = self.microphone.silenced(heard)
        wanted = self.listener.feed(heard)
        if heard.start_s >= self._look_s:
            self._look_s = heard.start_s + _LOOK_S
            self.on_heard()
        return wanted if heard is self._chunk else 0  # else some of it waits to be cleaned

    def _exchange_voice(self) -> None:
        """Go over to the own voice that a reload has left for the next moment, if any."""
        following, self._next_voice = self._next_voice, None
        if following is not None and following is not self._own_voice:
            self._own_voice.end()
            self._own_voice = following
            following.follow(self._capture.arrived, self.listener.ear.watch)

    def _tell_unheard(self) -> None:
        """Say why a whole input led to nothing, so that nobody has to guess."""
        if self.unheard is None or self._capture.stopped or self.listener.attention.n_sessions:
            return
        self._events.emit(Warned(message=self.unheard.explained()))

    def _read(self, feed: Callable[[AudioChunk], int], costs: StageCosts) -> None:
        """Read to the end; whatever happens, every session has its end afterwards."""
        relay = Relay("capture", self.listener.ear.watch, self._capture.look)
        try:
            relay.run(partial(self._capture.run, feed, costs), self._read_on)
            relay.run(self._conclude, lambda hung: self._conclude())
        except AudioFormatError:
            relay.run(self._conclude, lambda hung: self._conclude())
            raise
        finally:
            self.listener.attention.give_up("cancelled" if self._capture.stopped else "failed")
            self.answerer.wait()
            self.listener.attention.decline()

    def _read_on(self, hung: object) -> None:
        """Read on in place of a thread that hangs in an engine; `hung` made the call."""
        heard = self._own_voice.go_on(hung)
        if heard is not None:
            self._listen_to(heard)
        else:
            self.listener.go_on(hung)
            self.on_heard()
        self._capture.go_on()

    def _conclude(self) -> None:
        """Have the utterance answered that was in progress when the input ended."""
        if not self._capture.stopped:
            self.listener.finish()
