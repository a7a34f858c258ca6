"""From input audio to commands: it is kept, judged by the gate, and listened to in steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from irene.audio.gate import STEP_S, EnergyGate
from irene.components.voice_trigger.stop_words import StopWordListener
from irene.config.sections import Config
from irene.domain.audio import AudioChunk, Samples
from irene.domain.events import StopWordDetected
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.attention import Attention
from irene.pipeline.listening.command import Answerer
from irene.pipeline.listening.ear import Ear
from irene.pipeline.listening.renewal import NextRenewal, Renewal

_IDLE_BLOCK_S = STEP_S
"""how long blocks are to be while the gate is closed: an engine has caught up before a word ends"""


class Listener:
    """Consumes one input stream and hands over commands; driven by one thread, never sleeps.

    What is listened for, and what follows from it, is the business of its `attention`.

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
        self.attention = Attention(config, ear, events, answerer, in_step)
        """what is listened for"""
        self._tracks = ear.tracks
        self._track = ear.gate_track
        self._gate = self._made_gate()
        self._in_conversion = ear.costs.measure("resample")
        self._next = NextRenewal()
        self._heard_s = 0.0
        self._rate = ear.tracks.source_rate
        self.at_once = round(STEP_S * self._rate)
        """samples of the input that are processed at once, at most"""
        self._gap_s = 0.5 / self._rate
        self._part: Samples = np.empty(0, np.int16)
        self._parts: Iterator[AudioChunk] = iter(())
        self._due = 0
        self._block_s, self._n_idle = 0.0, 0
        self._is_quiet = False
        self._quiet: tuple[float, int] | None = None  # until when, and up to which sample
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

    def feed(self, chunk: AudioChunk) -> int:
        """Take the next audio of the input, of any length; what is missing before it was lost.

        Return how many samples it takes, at least, until there is anything to do again.
        """
        if len(chunk.samples) <= self.at_once:
            return self.take(chunk.samples, chunk.start_s)
        self._parts = iter(chunk.pieces(STEP_S))
        self._take_parts()
        return self._n_idle or self._track.wanted(self._due)

    def take(self, samples: Samples, start_s: float) -> int:
        """Take what `feed` does, but no more than `at_once` samples."""
        self._part = samples
        end_s = start_s + len(samples) / self._rate
        if start_s - self._heard_s > self._gap_s:
            self._tracks.jump(start_s - self._heard_s)
        self._heard_s = end_s
        began_s = self._in_conversion.now()
        made = self._tracks.append(samples)
        is_called = self.attention.is_called
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
        self.attention.finish()

    def close(self) -> None:
        """Free the streams of the listening engines, and what converts for them."""
        self._next.close()
        self._ear.close()

    def _tell_position(self, end_s: float) -> None:
        """Tell up to where everything is decided, when audio has come up to this time."""
        undecided = self._track.history.end - self._gate.position
        self._events.advance(end_s - undecided / self._track.sample_rate)

    def _take_parts(self) -> None:
        """Take what is left of a long chunk."""
        for part in self._parts:
            self.take(part.samples, part.start_s)

    def _step(self) -> None:
        """Listen to what has come since the last step."""
        attention = self.attention
        if self._quiet is not None:
            attention.make_up(*self._quiet)
            self._quiet = None
        if self._next.waiting is not None and attention.is_between:
            self._take_over()
        is_open = self._gate.follow(self._track.history)
        if self._ear.stop is not None:
            self._obey(self._ear.stop)
        attention.step(is_open, self._gate.open_until, self._heard_s)
        self._look_ahead(is_open)

    def _obey(self, stop: StopWordListener) -> None:
        """Be silent when somebody says so; whatever else is going on goes on."""
        with self._ear.costs.measure("stop_words"):
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

    def _take_over(self) -> None:
        """Go on with another ear, where the one before is."""
        renewal = self._next.take()
        if renewal is None:
            return
        before = self._config.voice_trigger
        self._config, self._ear = renewal.config, renewal.renewed(self._ear)
        self.attention.renew(self._config, self._ear)
        track, self._track = self._track, self._ear.gate_track
        settings = self._config.voice_trigger
        gated = (settings.gate_db, settings.gate_hold_ms)
        if track is not self._track or gated != (before.gate_db, before.gate_hold_ms):
            self._gate = self._made_gate()
        renewal.done()

    def _made_gate(self) -> EnergyGate:
        settings = self._config.voice_trigger
        return EnergyGate(self._track.sample_rate, settings.gate_db, settings.gate_hold_ms)

    def _look_ahead(self, gate_is_open: bool) -> None:
        """Note what is waited for; while there is nothing to hear, ask for long blocks."""
        is_idle = not gate_is_open and self.attention.is_idle
        self._is_quiet = is_idle and self._ear.stop is None
        self._due = 0 if is_idle or not self._tracks.is_one else self.attention.next_end()
        block_s = _IDLE_BLOCK_S if is_idle else 0.0
        if block_s != self._block_s:
            self._block_s, self._n_idle = block_s, round(block_s * self._rate)
            self.on_block(block_s)
