"""Between a device that delivers at its own pace and the reader that is to keep up with it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from irene.audio.block_size import BlockSize
from irene.audio.lossy_queue import LossyQueue
from irene.audio.overflow_breaker import OverflowBreaker
from irene.domain.audio import AudioFormat, LostAudio, Samples
from irene.domain.clock import Clock, SystemClock
from irene.errors import DeviceError

OVERFLOW = "the input overflowed"
SUSPENDED = "the input overflowed again and again, and was suspended"


@dataclass(frozen=True)
class BufferSettings:
    """How much may wait, and what happens when it becomes more."""

    frames: int = 24000
    """most samples per channel that wait"""
    crossfade: int = 240
    """samples per channel over which sound before a loss is faded into sound after it"""
    overflow_limit: int = 5
    """overflows in a row after which input is suspended"""
    suspension_s: float = 0.025
    """how long, seconds"""
    pre_warm: bool = True
    """whether all memory is touched before the device starts"""


@dataclass(frozen=True)
class BufferCounts:
    """Where the frames of an input went: in = out + lost + waiting."""

    frames_in: int
    """delivered by the device"""
    frames_out: int
    """taken by the reader"""
    lost: Mapping[str, int]
    """by reason"""
    waiting: int
    """not taken yet"""
    overflows: int
    """deliveries that did not fit"""
    suspensions: int
    """how often input was suspended because of that"""


class InputBuffer:
    """A bounded store of captured frames: the device puts on its thread, one reader takes.

    When it is full, the oldest frames go; what lies around a gap is faded into each other.
    Deliveries that overflow again and again are turned away for a moment (see `OverflowBreaker`).
    Blocks become longer while the reader is late (see `BlockSize`). No frame is lost without being
    counted, and `lost` says exactly where it was missing. A device that fails or falls silent
    becomes a `DeviceError` in the reader, after the audio that it delivered before.

    A reader may also take frames from the device itself while that puts nothing, once it has taken
    the rest; it counts them in `direct`.
    """

    def __init__(
        self,
        audio_format: AudioFormat,
        block: int,
        settings: BufferSettings | None = None,
        name: str = "the device",
        clock: Clock | None = None,
    ) -> None:
        """Get ready.

        Args:
            audio_format: of everything that the device delivers.
            block: frames that are usually taken at a time.
            settings: limits; None takes the defaults.
            name: of the device, for messages.
            clock: what time is measured by; None takes the machine's.
        """
        settings = settings or BufferSettings()
        self._format = audio_format
        self._name = name
        self._clock = clock or SystemClock()
        self._queue = LossyQueue(
            audio_format, settings.frames, settings.crossfade, settings.pre_warm
        )
        self._limits = settings.overflow_limit, settings.suspension_s
        self._breaker = OverflowBreaker(*self._limits)
        self._block = BlockSize(block, max(1, settings.frames // 2))
        self._lost: tuple[LostAudio, ...] = ()
        self._split = b""
        self._n_in = self._n_out = self._newest = self._overflows = 0
        self._error: DeviceError | None = None
        self._closed = False
        self.direct = 0
        """frames that the reader took from the device itself; it counts them here"""
        self._changed = threading.Condition()

    @property
    def block(self) -> int:
        """Frames of the next block."""
        return self._block.frames

    @property
    def counts(self) -> BufferCounts:
        """Where all frames so far have gone."""
        with self._changed:
            direct = self.direct
            return BufferCounts(
                frames_in=self._n_in + direct,
                frames_out=self._n_out + direct,
                lost=dict(self._queue.lost),
                waiting=len(self._queue),
                overflows=self._overflows,
                suspensions=self._breaker.openings,
            )

    @property
    def waiting_s(self) -> float:
        """Audio that was not taken yet, seconds."""
        return len(self._queue) / self._format.sample_rate

    @property
    def has_block(self) -> bool:
        """Whether a reader would not have to wait."""
        with self._changed:
            return self._queue.ready(self._block.frames) > 0

    def prefer(self, frames: int) -> None:
        """Change how many frames are usually taken at a time."""
        with self._changed:
            self._block.use(frames)

    def put(self, data: bytes | bytearray | Samples) -> None:
        """Add what the device delivered; never waits for the reader.

        Bytes are interleaved samples in the machine's byte order, cut anywhere; arrays are in the
        format of the buffer.
        """
        with self._changed:
            frames = data if isinstance(data, np.ndarray) else self._frames_of(data)
            if not frames.shape[0]:
                return
            self._newest = frames.shape[0]
            self._n_in += self._newest
            if self._breaker.is_closed or self._breaker.admits(self._clock.monotonic()):
                self._store(frames)
            else:
                self._queue.skip(frames, SUSPENDED)
            if self._queue.ready(self._block.frames):
                self._changed.notify_all()

    def begin(self) -> None:
        """Count from here on, as somebody begins to listen.

        What did not fit before that is not lost to anybody. Nor is it heard in pieces: of what
        waits, the end without a gap is kept.
        """
        with self._changed:
            self._queue.forget_losses()
            self._breaker = OverflowBreaker(*self._limits)
            self._lost = ()
            self._n_in, self._n_out, self._overflows = len(self._queue), 0, 0

    def fail(self, error: DeviceError) -> None:
        """Say that the device delivers no more; the first reason stays."""
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def close(self) -> None:
        """Wake the reader, which then gets None."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def await_first(self, timeout_s: float) -> None:
        """Block until the device has delivered a block.

        Raises:
            DeviceError: it failed, or delivered nothing for `timeout_s` seconds.
        """
        with self._changed:
            self._await_block(timeout_s)

    def take(self, timeout_s: float) -> Samples | None:
        """Block for the next frames, shape (n,) or (n, channels); None after `close`.

        They are `block` many, except around a loss and at the end.

        Raises:
            DeviceError: the device failed, or delivered nothing for `timeout_s` seconds.
        """
        with self._changed:
            n_frames = self._await_block(timeout_s)
            if self._closed:
                return None
            self._breaker.taken()
            frames, lost = self._queue.take(n_frames)
            if lost:
                self._lost += lost
            self._n_out += frames.shape[0]
            self._block.note(len(self._queue) - self._newest)
            return frames

    def take_rest(self) -> Samples | None:
        """Return all that waits, maybe nothing, to a reader that goes on with the device itself.

        None when that cannot be: a block or more waits, something was lost on the way, the device
        has failed or is closed.
        """
        with self._changed:
            is_plain = self._breaker.is_closed and not self._queue.has_gaps and not self._split
            n_frames = len(self._queue)
            if not is_plain or self._error or self._closed or n_frames >= self._block.frames:
                return None
            self._n_out += n_frames
            return self._queue.take(n_frames)[0]

    def lost(self) -> tuple[LostAudio, ...]:
        """Return what was lost right before the frames that were taken last, each loss once."""
        if not self._lost:
            return ()
        lost, self._lost = self._lost, ()
        return lost

    def _frames_of(self, data: bytes | bytearray) -> Samples:
        """Return whole frames; the bytes of an incomplete one wait for the rest."""
        if self._split:
            data = self._split + data
        channels, dtype = self._format.channels, np.dtype(self._format.dtype)
        whole = len(data) - len(data) % (channels * dtype.itemsize)
        self._split = bytes(data[whole:])
        samples = np.frombuffer(data, dtype, whole // dtype.itemsize)
        return samples if channels == 1 else samples.reshape(-1, channels)

    def _store(self, frames: Samples) -> None:
        if self._queue.append(frames, OVERFLOW):
            self._breaker.fitted()
        else:
            self._overflows += 1
            self._breaker.overflowed(self._clock.monotonic())

    def _await_block(self, timeout_s: float) -> int:
        """Wait until frames can be taken; return how many, at the end of the device all."""
        n_in, until_s = self._n_in, self._clock.monotonic() + timeout_s
        while not (n_ready := self._queue.ready(self._block.frames)) and not self._closed:
            if self._error is not None:
                return self._rest(self._error)
            if self._n_in != n_in:
                n_in, until_s = self._n_in, self._clock.monotonic() + timeout_s
            left_s = until_s - self._clock.monotonic()
            if left_s > 0:
                self._clock.wait(self._changed, left_s)
            else:
                self._error = DeviceError(
                    f"{self._name} delivered nothing for {timeout_s:g} s; "
                    "check that it is connected and not in use"
                )
        return n_ready

    def _rest(self, error: DeviceError) -> int:
        if len(self._queue):
            return len(self._queue)
        self._lost += self._queue.take(0)[1]
        raise error
