"""Reading the input on a thread of its own: pace, losses, and devices that come and go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from irene.audio.block_joiner import BlockJoiner
from irene.domain.audio import AudioChunk, AudioFormat, LostAudio, Samples
from irene.domain.clock import Clock
from irene.domain.events import AudioDropped, DeviceLost, DeviceRecovered
from irene.errors import AudioFormatError, DeviceError, IreneError
from irene.pipeline.event_stream import EventStream
from irene.providers.border import ForeignCode, one_line
from irene.providers.input import Input, InputStream
from irene.providers.results import frames, losses
from irene.telemetry.costs import StageCosts

_FIRST_RETRY_S = 0.5
_LONGEST_RETRY_S = 30.0


class Capture:
    """Feeds a consumer with the chunks of one input until its end, or until it is stopped."""

    def __init__(self, source: Input[Any], events: EventStream, clock: Clock, paced: bool) -> None:
        self._source = source
        self._events = events
        self._clock = clock
        self._paced = paced and not source.live
        self._stopped = threading.Event()
        self._stream: InputStream | None = None
        self._position = 0
        self._rate = 0
        self._planned = AudioFormat(0)
        self._began_s = 0.0
        self._block_s = 0.0
        self._enough = 0
        self._foreign = ForeignCode()
        self._consume: Callable[[AudioChunk], None] = lambda chunk: None
        self.n_lost = 0
        """samples per channel that were lost so far; each is told as an event"""

    @property
    def format(self) -> AudioFormat:
        """Format of the input, once it is open."""
        if self._stream is None:
            raise DeviceError(f"input {self._source.name!r} is not open")
        return self._stream.format

    def open(self) -> None:
        """Open the input; blocks.

        Raises:
            AudioFormatError: a file is missing or no audio.
            DeviceError: there is no such device.
        """
        with ForeignCode(f"input {self._source.name!r} did not open: "):
            self._stream = self._source.open_stream()
            self._planned = self._stream.format
            self._rate = self._planned.sample_rate
        if self._stopped.is_set():
            self.close()

    def run(self, consume: Callable[[AudioChunk], None], costs: StageCosts) -> None:
        """Read until the end; blocks. The time spent in the input is the stage `capture`.

        Raises:
            AudioFormatError: the audio is damaged; everything before has been consumed.
        """
        self._began_s, self._consume = self._clock.monotonic(), consume
        joiner = BlockJoiner(self.format) if self._source.live else None
        in_input, foreign = costs.measure("capture"), self._foreign
        while not self._stopped.is_set() and self._stream is not None:
            try:
                with in_input, foreign:
                    samples = self._samples(self._stream.read())
            except AudioFormatError:
                raise
            except IreneError as error:
                self._deliver(joiner.rest() if joiner else None)
                self._tell_losses(self._losses()[0])
                self._recover(error)
                continue
            lost, cannot_tell = self._losses()
            if joiner and (lost or samples is None):
                self._deliver(joiner.rest())
            self._tell_losses(lost)
            if samples is None:
                return
            self._deliver(joiner.add(samples, self._enough) if joiner else samples)
            if cannot_tell is not None:
                self._recover(cannot_tell)

    def prefer_block(self, seconds: float) -> None:
        """Ask for so much at a time; called by whoever consumes.

        Shorter blocks of a live input that cannot choose them are joined.
        """
        self._block_s = seconds
        if self._stream is not None:
            self._enough = round(seconds * self._stream.format.sample_rate)
            with suppress(IreneError), ForeignCode():
                self._stream.prefer_block(seconds)  # a wish: who cannot fulfil it reads on

    def stop(self) -> None:
        """Stop reading; may be called from any thread."""
        self._stopped.set()
        self.close()

    @property
    def stopped(self) -> bool:
        """Whether somebody stopped it."""
        return self._stopped.is_set()

    def close(self) -> None:
        """Close the input."""
        if self._stream is not None:
            with suppress(IreneError), ForeignCode():
                self._stream.close()  # an input that cannot be closed is gone already

    def _samples(self, read: object) -> Samples | None:
        return None if read is None else frames(read, self._planned)

    def _deliver(self, samples: Samples | None) -> None:
        """Stamp samples, wait until they would have been spoken, and hand them on."""
        if samples is None:
            return
        rate = self._rate
        chunk = AudioChunk(samples, rate, self._position / rate)
        self._position += samples.shape[0]
        if self._paced:
            self._wait_until(self._began_s + chunk.end_s)
        self._consume(chunk)

    def _wait_until(self, time_s: float) -> None:
        while (left := time_s - self._clock.monotonic()) > 0 and not self._stopped.is_set():
            self._clock.sleep(min(left, 0.1))

    def _losses(self) -> tuple[Sequence[LostAudio], IreneError | None]:
        """Return what was lost before the newest samples, and what the input cannot tell it for."""
        if self._stream is None:
            return (), None
        try:
            with self._foreign:
                return losses(self._stream.lost()), None
        except IreneError as error:
            return (), error

    def _tell_losses(self, lost: Sequence[LostAudio]) -> None:
        """Tell what was lost before the newest samples, and let audio time go on by as much."""
        for loss in lost:
            seconds = loss.n_samples / self.format.sample_rate
            self._position += loss.n_samples
            self.n_lost += loss.n_samples
            self._events.emit(
                AudioDropped(seconds=seconds, reason=loss.reason, n_samples=loss.n_samples)
            )

    def _recover(self, error: IreneError) -> None:
        """Reopen a lost device, waiting twice as long after every failure."""
        if not self._source.live:
            raise error
        name = self._source.name
        lost_at = self._clock.monotonic()
        self._events.emit(DeviceLost(device=name, reason=one_line(error)))
        self.close()
        delay_s = _FIRST_RETRY_S
        while not self._stopped.is_set():
            self._wait_until(self._clock.monotonic() + delay_s)
            delay_s = min(2 * delay_s, _LONGEST_RETRY_S)
            if self._reopened():
                away_s = self._clock.monotonic() - lost_at
                self._events.emit(DeviceRecovered(device=name, seconds=away_s))
                return

    def _reopened(self) -> bool:
        """Try to open the device in the format that the run was planned for."""
        wanted = self._stream.format if self._stream is not None else None
        try:
            with ForeignCode():
                stream = self._source.open_stream()
        except IreneError:
            return False
        if stream.format != wanted or self._stopped.is_set():
            stream.close()
            return False
        self._stream = stream
        self.prefer_block(self._block_s)
        return True
