"""A recording program, read by a thread of its own, or while nobody speaks by the listener's."""

from __future__ import annotations

import fcntl
import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from typing import cast

import numpy as np

from irene import DeviceError, InputBuffer, Samples
from irene_plugins.sound.processes import QUERY_TIMEOUT_S, Program
from irene_plugins.sound.system import DirectCapture, Wanted

_PIPE_BYTES = 1 << 20
"""Room in the pipe: 10 s of a microphone at 48 kHz, in case nobody reads for a moment."""
_READ_BYTES = 65536
"""Most that the thread reads at once."""
_HASTE = 0.999
"""Share of a block's time after which the next one is looked for."""
_LATE_PERIODS = 5
"""Periods of the program that a block may be late, until it is waited for on the other thread."""


class CaptureProcess(DirectCapture):
    """A recording program whose output fills a capture buffer, on a thread.

    While somebody `prefers` long blocks that thread sleeps, and `take` reads the pipe on the thread
    of whoever takes: waking one thread for each block instead of two is half the price. Whatever
    is unusual (too little comes, the program ends) gives the pipe back to the thread, which waits
    as long as it takes; nothing that was read gets lost on the way. A pipe that cannot be made
    longer stays with the thread: what does not fit into it the program loses, and nobody counts.
    """

    def __init__(self, command: list[str], wanted: Wanted, buffer: InputBuffer) -> None:
        self._program = Program(command, None, subprocess.PIPE)
        self._pipe = cast("FileIO", self._program.process.stdout)  # as it is without a buffer
        self._wanted = wanted
        self._buffer = buffer
        self._is_roomy = _widened(self._pipe.fileno())
        self._changed = threading.Condition()  # its lock may be taken again by who has it
        self._is_asked = self._is_lent = self._is_closing = False
        self._direct = _DirectReading(self._pipe, wanted)
        self._thread = threading.Thread(target=self._pump, name="irene-capture", daemon=True)
        self._thread.start()

    def prefer(self, frames: int) -> None:
        """Let the caller's thread read so many frames at a time; 0: not any more."""
        with self._changed:
            self._is_asked = frames > 0 and self._is_roomy
            if self._is_lent and self._direct.block != frames:
                self._give_back()
            self._direct.block = frames

    def take(self) -> Samples | None:
        """Return the next block; None while it is the other thread that reads.

        Valid until the next call.
        """
        if not self._direct.is_begun:
            return self._taken_first() if self._is_lent else None
        frames = self._direct.read()
        if frames is None:
            self._give_back()
            return None
        self._buffer.direct += len(frames)
        return frames

    def _taken_first(self) -> Samples | None:
        """Return what the other thread has left, if that is what there is."""
        with self._changed:
            rest = self._buffer.take_rest() if self._is_lent else None
            if rest is None:  # more than a block waits, or something was lost
                self._give_back()
                return None
            self._direct.begin(len(rest))
        return rest if len(rest) else self.take()

    def close(self) -> None:
        """Kill the program; returns when nothing more is put into the buffer."""
        self._is_closing = True
        self._program.kill()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(QUERY_TIMEOUT_S)

    def _pump(self) -> None:
        descriptor = self._pipe.fileno()
        while data := os.read(descriptor, _READ_BYTES):
            self._buffer.put(data)
            if self._is_asked:
                self._lend(descriptor)
        self._direct.end()
        self._program.process.wait()
        self._buffer.fail(DeviceError(f"the microphone is gone or busy: {self._program.reason()}"))

    def _lend(self, descriptor: int) -> None:
        """Sleep until the pipe is given back, or closed.

        Only while a block waits: else the reader may be waiting for the other frames of one. It is
        lent before that is looked at, so that the reader cannot take the block and wait after all.
        """
        with self._changed:
            self._is_lent = self._is_asked
            if not self._buffer.has_block:
                self._is_lent = False
                return
            os.set_blocking(descriptor, False)
            while self._is_lent and not self._is_closing:
                self._changed.wait()
            os.set_blocking(descriptor, True)

    def _give_back(self) -> None:
        """Let the thread read again, after what was read already."""
        with self._changed:
            self._buffer.put(self._direct.rest())
            self._is_lent = False
            self._changed.notify_all()


def _widened(descriptor: int) -> bool:
    """Make room in a pipe; return False where the system cannot, or a user's limit is reached."""
    with suppress(AttributeError, OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        return True
    return False


class _DirectReading:
    """Reads blocks out of a pipe that does not block, each with one waking; for one thread.

    Nobody can wake it: what is closed is told so a block later, at most 0.1 s. A sleep that
    somebody may end takes a third more of the processor.

    It sleeps until a block should be there. A program delivers in periods, so that it may be short
    of a little: then it waits one more, and keeps that distance. What it counts as a block's time
    is a little less than that: so a sound card that is faster than the clock leaves nothing behind.
    """

    def __init__(self, pipe: FileIO, wanted: Wanted) -> None:
        self._pipe = pipe
        self._wanted = wanted
        self._frame = 2 * wanted.channels
        self._period_s = wanted.block / wanted.rate
        self._reading = threading.Lock()
        """held while the pipe is read: it is not closed then"""
        self._readinto: Callable[[memoryview], int | None] = pipe.readinto
        self._block = np.empty(0, np.int16)
        self._room = memoryview(bytearray())
        self._skipped = self._filled = 0
        self._due_s = self._step_s = 0.0
        self.block = 0
        """frames of a block"""
        self.is_begun = False
        """whether it is this that reads"""

    def begin(self, n_before: int) -> None:
        """Read from here on; of the first block so many frames have been read already."""
        frames, channels = self.block, self._wanted.channels
        if len(self._room) != frames * self._frame:
            memory = bytearray(frames * self._frame)
            self._room = memoryview(memory)
            samples = np.frombuffer(memory, np.int16)
            self._block = samples if channels == 1 else samples.reshape(-1, channels)
            self._step_s = frames / self._wanted.rate * _HASTE
        self._skipped = self._filled = n_before * self._frame
        self._due_s = time.monotonic() + (frames - n_before) / self._wanted.rate
        self.is_begun = True

    def read(self) -> Samples | None:
        """Sleep until a block is there, and return it; None: it is late, or there is no more."""
        if self._filled:
            return self._completed()
        left_s = self._due_s - time.monotonic()
        if left_s > 0:
            time.sleep(left_s)
        with self._reading:
            count = self._readinto(self._room)
        self._due_s += self._step_s
        if count == len(self._room):
            return self._block
        if count == 0:
            return None
        self._filled, self._due_s = count or 0, time.monotonic() + self._period_s
        return self._completed()

    def rest(self) -> bytes:
        """Return what was read and not returned by `read`; somebody else reads on."""
        rest = bytes(self._room[self._skipped : self._filled])
        self.is_begun, self._skipped, self._filled = False, 0, 0
        return rest

    def end(self) -> None:
        """Close the pipe."""
        with self._reading:
            self._readinto = _nothing
            self._pipe.close()

    def _completed(self) -> Samples | None:
        """Return a block of which something is there, when the rest has come in a moment."""
        size = len(self._room)
        for _ in range(_LATE_PERIODS):
            time.sleep(max(0.0, self._due_s - time.monotonic()))
            with self._reading:
                count = self._readinto(self._room[self._filled :])
            if count == 0:
                return None
            self._filled += count or 0
            if self._filled == size:
                self._due_s = time.monotonic() + self._step_s
                first, self._skipped, self._filled = self._skipped // self._frame, 0, 0
                return self._block[first:]
            self._due_s = time.monotonic() + self._period_s
        return None


def _nothing(room: memoryview) -> int:
    """Read from a pipe that is closed."""
    return 0
