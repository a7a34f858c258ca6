"""The last seconds of a stream, addressed by the number of each sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from irene.domain.audio import Samples, SampleType

_SPARE = 4
"""buffer length in kept lengths: the tail is copied once per three lengths that pass"""


class History:
    """Keeps the last `keep` samples of a mono stream; reads are views, never copies.

    Samples are numbered from the start of the stream. The buffer is linear: when it is full, the
    kept tail moves to the front, so every window is contiguous. A view is read-only and stays valid
    until the next `append`. Writer and readers are one thread; between two threads stands an
    `irene.audio.ring_buffer.RingBuffer`, which counts what was lost on the way.
    """

    def __init__(self, keep: int, dtype: SampleType = "int16") -> None:
        self._keep = keep
        self._dtype = dtype
        self._allocate(max(_SPARE * keep, 1))
        self._filled = 0
        self._offset = 0

    @property
    def end(self) -> int:
        """Number of the sample that comes next."""
        return self._offset + self._filled

    @property
    def start(self) -> int:
        """Number of the oldest sample that is certainly still there."""
        return max(self._offset, self.end - self._keep)

    def append(self, samples: Samples) -> None:
        """Add samples of the stream's type, shape (n,), of any length."""
        count = samples.shape[0]
        if self._filled + count > self._buffer.shape[0]:
            self._make_room(count)
        self._buffer[self._filled : self._filled + count] = samples
        self._filled += count

    def view(self, start: int, end: int) -> npt.NDArray[Any]:
        """Return the samples numbered `start` to `end - 1` that are still there."""
        low = min(max(start, self.start), self.end) - self._offset
        high = min(max(end, self.start), self.end) - self._offset
        return self._readable[low : max(low, high)]

    def _allocate(self, length: int) -> None:
        self._buffer = np.zeros(length, dtype=self._dtype)
        self._readable: npt.NDArray[Any] = self._buffer.view()
        self._readable.flags.writeable = False

    def _make_room(self, count: int) -> None:
        """Move the kept tail to the front; grow only for a block longer than the spare room."""
        tail = min(self._keep, self._filled)
        kept = self._buffer[self._filled - tail : self._filled].copy()
        if tail + count > self._buffer.shape[0]:
            self._allocate(tail + count + (_SPARE - 1) * self._keep)
        self._buffer[:tail] = kept
        self._offset += self._filled - tail
        self._filled = tail
