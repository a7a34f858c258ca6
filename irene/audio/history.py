"""The last seconds of a stream, addressed by the number of each sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from irene.audio.samples import whole_steps
from irene.domain.audio import Samples, SampleType

_SPARE_SHARE = 2
"""spare room is the kept length divided by this: less memory, and the tail is moved more often"""


class History:
    """Keeps the last `keep` samples of a mono stream; reads are views, never copies.

    Samples are numbered from the start of the stream. The buffer is linear: when it is full, the
    kept tail moves to the front, so every window is contiguous. A view is read-only and stays valid
    until the next `append`. All memory, half as much again as is kept, is taken and touched at
    once. Writer and readers are one thread; between two threads stands an
    `irene.audio.ring_buffer.RingBuffer`, which counts what was lost on the way.
    """

    __slots__ = (
        "_buffer",
        "_bytes",
        "_filled",
        "_keep",
        "_memory",
        "_offset",
        "_readable",
        "_room",
        "end",
    )

    def __init__(self, keep: int, dtype: SampleType = "int16") -> None:
        self.end = 0
        """number of the sample that comes next; for reading"""
        self._keep = keep
        self._filled = 0
        self._offset = 0
        self._allocate(keep + max(1, keep // _SPARE_SHARE), np.dtype(dtype))

    @property
    def start(self) -> int:
        """Number of the oldest sample that is certainly still there."""
        kept = self.end - self._keep
        return kept if kept > self._offset else self._offset

    def append(self, samples: Samples) -> None:
        """Add samples of the stream's type, shape (n,), of any length."""
        # This is done for every block of a microphone: no call that can be left out. A memoryview
        # takes samples of the very same type with less code than numpy.
        first, count = self._filled, len(samples)
        if first + count > self._room:
            first = self._make_room(count)
        self._filled = last = first + count
        self.end += count
        try:
            self._memory[first:last] = samples
        except (TypeError, ValueError, NotImplementedError):  # samples of another type or layout
            self._buffer[first:last] = samples

    def append_steps(self, steps: npt.NDArray[np.float32]) -> None:
        """Add float32 samples in steps of int16 to an int16 stream, rounded and clipped."""
        count, first = len(steps), self._filled
        if first + count > self._room:
            first = self._make_room(count)
        self._filled = last = first + count
        self.end += count
        self._buffer[first:last] = whole_steps(steps)

    def begin_at(self, number: int) -> None:
        """Let the first sample, which has not come yet, have this number."""
        self.end = self._offset = number

    def grow(self, keep: int) -> None:
        """Keep so many samples from now on, if that is more than before; none is lost by it."""
        if keep <= self._keep:
            return
        kept, first = self.view(self.start, self.end).copy(), self.start
        self._keep = keep
        self._allocate(keep + max(1, keep // _SPARE_SHARE), self._buffer.dtype)
        self._offset, self._filled = first, kept.shape[0]
        self._buffer[: self._filled] = kept

    def view(self, start: int, end: int) -> npt.NDArray[Any]:
        """Return the samples numbered `start` to `end - 1` that are still there."""
        offset = self._offset
        if not (self.end - self._keep <= start >= offset and start <= end <= self.end):
            start = min(max(start, self.start), self.end)
            end = max(min(end, self.end), start)
        return self._readable[start - offset : end - offset]

    def _allocate(self, length: int, dtype: np.dtype[Any]) -> None:
        self._room = length
        self._buffer = np.empty(length, dtype)
        self._buffer.fill(0)  # touched now, not while audio waits
        self._memory: Any = self._buffer.data  # numpy's types do not say that arrays are buffers
        self._bytes = self._buffer.data.cast("B")
        self._readable: npt.NDArray[Any] = self._buffer.view()
        self._readable.flags.writeable = False

    def _make_room(self, count: int) -> int:
        """Move the kept tail to the front; grow only for a block longer than the spare room."""
        size = self._buffer.itemsize
        tail = min(self._keep, self._filled)
        kept = self._bytes[size * (self._filled - tail) : size * self._filled]
        if tail + count > self._room:
            self._allocate(tail + count + self._keep // _SPARE_SHARE, self._buffer.dtype)
        self._bytes[: size * tail] = kept  # a memoryview may overlap itself: no copy in between
        self._offset += self._filled - tail
        self._filled = tail
        return tail
