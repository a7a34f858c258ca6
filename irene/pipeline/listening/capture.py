"""Reading the input on a thread of its own: pace, losses, and devices that come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from irene.components.calls.deadline import LateError
from irene.components.threads import start_daemon
from irene.domain.audio import AudioChunk, AudioFormat, LostAudio, Samples
from irene.domain.clock import Clock
from irene.domain.events import AudioDropped, DeviceLost, DeviceRecovered
from irene.errors import AudioFormatError, DeviceError, IreneError
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.block_reading import BlockReading, Stop
from irene.pipeline.listening.patience import Patience
from irene.providers.border import ForeignCode, one_line
from irene.providers.input import Input, InputStream
from irene.providers.results import losses
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
        self._stop = Stop()
        self._is_away = False
        self._stream: InputStream | None = None
        self._format: AudioFormat | None = None
        self._position = 0
        self._rate = 0
        self._began_s = 0.0
        self._block_s = 0.0
        self._in_input = StageCosts(clock).measure("capture")
        self._reading: BlockReading | None = None
        self._dealing: Iterator[Samples] | None = None
        self._has_stalled = False
        self.patience = Patience()
        """how long the input may take"""
        self._consume: Callable[[AudioChunk], int] = lambda chunk: 0
        self.pass_over: Callable[[Samples, float], int | None] = _none
        """asked first while long blocks are preferred, with a block and its audio time, seconds;
        returns what the consumer would, or None: that one has to take it"""
        self.on_return: Callable[[float], None] = _nothing
        """told, before the next block, how long a device was away that has come back, seconds"""
        self.n_lost = 0
        """samples per channel that were lost so far; each is told as an event"""

    @property
    def format(self) -> AudioFormat:
        """Format of the input, once it is open."""
        if self._format is None:
            raise DeviceError(f"input {self._source.name!r} is not open")
        return self._format

    def open(self) -> None:
        """Open the input; blocks.

        Raises:
            AudioFormatError: a file is missing or no audio.
            DeviceError: there is no such device.
        """
        with ForeignCode(f"input {self._source.name!r} did not open: "):
            try:
                self._stream = self.patience.opened(self._source.open_stream)
            except LateError as error:
                title = f"input {self._source.name!r}"
                raise DeviceError(f"{title} hangs while it is opened: {error}") from error
            self._format = self._stream.format
            self._rate = self._format.sample_rate
        if self._stop.is_wanted:
            self.close()

    def run(self, consume: Callable[[AudioChunk], int], costs: StageCosts) -> None:
        """Read until the end; blocks. The time spent in the input is the stage `capture`.

        It may be run again, where an input has an end and goes on behind it.

        Args:
            consume: takes a chunk and returns how many samples it takes, at least, until there is
                anything to do again: shorter blocks of a live input are joined until there are.
            costs: where the time is added.

        Raises:
            AudioFormatError: the audio is damaged; everything before has been consumed.
        """
        self._consume, self._in_input = consume, costs.measure("capture")
        if not self._position:  # engines and handlers were made ready while a device delivered
            with suppress(IreneError), ForeignCode():
                self._source.begin()  # a wish: who cannot fulfil it tells losses
        if self._stream is not None:
            self._began_s = self._clock.monotonic() - self._position / self._rate
            self._read_from(self._stream, 0)
        self.go_on()

    def go_on(self) -> None:
        """Read on where `run` was left in the middle of a chunk, which somebody else has consumed.

        Raises:
            AudioFormatError: the audio is damaged; everything before has been consumed.
        """
        is_live, rate, consume = self._source.live, self._rate, self._consume
        while self._reading is not None:
            samples = next(self._dealing, None) if self._dealing else self._reading.read()
            if samples is None:
                self._dealing = None if self._dealing else self._deal(self._reading)
                continue
            start_s = self._position / rate
            self._position += len(samples)
            if self._paced:
                self._wait_until(self._began_s + self._position / rate)
            wanted = None
            if self._block_s:
                wanted = self.pass_over(samples, start_s)
            else:
                self._tell_cost()
            if wanted is None:
                wanted = consume(AudioChunk(samples, rate, start_s))
            if is_live and self._reading is not None:
                self._reading.enough = wanted

    def _deal(self, reading: BlockReading) -> Iterator[Samples]:
        """Deal with what is unusual, and yield what is to be heard of it."""
        samples, lost, error = reading.unusual
        yield from _there(reading.rest())
        if self._stop.is_wanted:
            error = None  # it was closed while somebody read it
        elif error is None and samples is None and self._has_stalled:
            error = DeviceError("it brought nothing any more, and was closed")
        if error is not None:
            yield from self._failed(ForeignCode.told(error), samples)
            return
        self._tell_losses(lost)
        if samples is None:
            self._reading = None
        else:
            yield from _there(reading.add(samples))

    def _failed(self, error: IreneError, unsettled: Samples | None) -> Iterator[Samples]:
        """Yield what was read when the input failed; open it again, or raise the error.

        It cannot tell what it lost before that.
        """
        if unsettled is None:
            self._tell_losses(self._last_losses())
        yield from _there(unsettled)
        if isinstance(error, AudioFormatError) or not self._source.live:
            raise error
        self._recover(error)

    def prefer_block(self, seconds: float) -> None:
        """Ask the input for so much at a time; called by whoever consumes."""
        if self._block_s and not seconds:
            self._tell_cost()  # what was read last begins something
        self._block_s = seconds
        if self._stream is not None:
            with suppress(IreneError), ForeignCode():
                self._stream.prefer_block(seconds)  # a wish: who cannot fulfil it reads on

    def stop(self) -> None:
        """Stop reading; may be called from any thread."""
        self._stop.is_wanted = True
        self.close()

    @property
    def pulse(self) -> int | None:
        """Samples per channel that came so far; None while none need to come: from any thread.

        A device delivers without an end, unless it is away; a file or pipe may make one wait.
        """
        return None if self._is_away or not self._source.live else self._position

    def arrived(self) -> int:
        """Return how many samples per channel came or were lost so far; from any thread.

        More than have been consumed by those that wait to be joined, or for somebody to read them.
        Too few, never too many, by a block that is on its way between two of these places.
        """
        position, reading = self._position, self._reading
        if reading is None:
            return position
        joined = reading.waiting
        return position + joined + round(self._source.waiting_s * self._rate)

    def look(self) -> None:
        """Look from outside whether audio still comes: a device that hangs is closed.

        It is opened again by whoever reads, as soon as it has come back from the device.
        """
        stream, reading = self._stream, self._reading
        is_reading = reading is not None and reading.is_reading  # else somebody hears a block
        has_stalled = self.patience.has_stalled(self.pulse if is_reading else None)
        if has_stalled and stream is not None:
            self._has_stalled = True
            start_daemon("close", partial(self.patience.close, stream))  # never the next one

    @property
    def stopped(self) -> bool:
        """Whether somebody stopped it."""
        return self._stop.is_wanted

    def close(self) -> None:
        """Close the input."""
        if self._stream is not None:
            self.patience.close(self._stream)

    def _tell_cost(self) -> None:
        """Add the last reading to its stage; while nobody speaks, nobody wants to know."""
        reading = self._reading
        if reading is not None:
            self._in_input.add(reading.took_s)
            reading.took_s = 0.0  # of several blocks that one reading led to, the first tells it

    def _wait_until(self, time_s: float) -> None:
        while (left := time_s - self._clock.monotonic()) > 0 and not self._stop.is_wanted:
            self._clock.sleep(min(left, 0.1))

    def _last_losses(self) -> Sequence[LostAudio]:
        """Return what was lost before the input failed."""
        with suppress(IreneError), ForeignCode():
            return losses(self._stream.lost()) if self._stream is not None else ()
        return ()

    def _tell_losses(self, lost: Sequence[LostAudio]) -> None:
        """Tell what was lost before the newest samples, and let audio time go on by as much."""
        for loss in lost:
            seconds = loss.n_samples / self._rate
            self._position += loss.n_samples
            self.n_lost += loss.n_samples
            self._events.emit(
                AudioDropped(seconds=seconds, reason=loss.reason, n_samples=loss.n_samples)
            )

    def _recover(self, error: IreneError) -> None:
        """Reopen a lost device, waiting twice as long after every failure."""
        name, self._has_stalled = self._source.name, False
        lost_at = self._clock.monotonic()
        silent_s = 0.0 if self._reading is None else self._reading.took_s
        self._events.emit(DeviceLost(device=name, reason=one_line(error)))
        self.close()
        delay_s, self._is_away = _FIRST_RETRY_S, True
        while not self._stop.is_wanted:
            self._wait_until(self._clock.monotonic() + delay_s)
            delay_s = min(2 * delay_s, _LONGEST_RETRY_S)
            if self._reopened():
                self._is_away = False
                away_s = self._clock.monotonic() - lost_at
                self._events.emit(DeviceRecovered(device=name, seconds=away_s))
                self.on_return(silent_s + away_s)
                return

    def _reopened(self) -> bool:
        """Try to open the device in the format that the run was planned for."""
        try:
            with ForeignCode():
                stream = self.patience.opened(self._source.open_stream)
        except IreneError:
            return False
        if not _brings(stream, self.format):
            self.patience.close(stream)
            return False
        self._stream = stream
        if self._stop.is_wanted:  # by somebody who has closed the one before
            self.close()
            return False
        self._read_from(stream, self._reading.enough if self._reading is not None else 0)
        self.prefer_block(self._block_s)
        return True

    def _read_from(self, stream: InputStream, enough: int) -> None:
        """Read blocks of so many frames at least."""
        self._reading = BlockReading(stream, self.format, self._stop, self._clock.monotonic)
        self._reading.enough = enough


def _brings(stream: InputStream, wanted: AudioFormat) -> bool:
    """Return whether a stream brings this format; one that cannot tell its own does not."""
    with suppress(IreneError), ForeignCode():
        return stream.format == wanted
    return False


def _there(samples: Samples | None) -> Iterator[Samples]:
    """Yield samples, if there are any."""
    if samples is not None:
        yield samples


def _nothing(seconds: float) -> None:
    """Tell nobody."""


def _none(samples: Samples, start_s: float) -> None:
    """Pass nothing over."""
