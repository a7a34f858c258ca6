"""The last samples of a stream in fixed memory, between two threads that never wait."""

from __future__ import annotations

from operator import index
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from irene.domain.audio import Samples

Overflow = Literal["overwrite", "refuse"]


class RingBuffer:
    """A ring of a fixed number of frames, written by one thread and read by another.

    `append` is the writer's, everything that reads or drops is the reader's; both may be one
    thread. Positions count frames from the start of the stream and only grow. When the ring is
    full, `overwrite` keeps the newest frames, and the reader loses the oldest; `refuse` keeps what
    waits, and what does not fit is not taken. Either way `dropped` counts them.

    What is read is a copy, except from `peek`, `read_all` and `read_last` of a ring that refuses:
    there the writer leaves waiting frames alone, so they are read-only views where the frames lie
    in one piece (a read-only copy where they do not; `views` never copies), valid until the reader
    consumes or discards them.

    Why there is no lock: each position is one attribute, written by one thread. The writer
    announces in `_claimed` how far it is going to write, copies, and then sets `_written`. The
    reader copies frames before `_written`, and looks at `_claimed` again: when the writer has
    meanwhile claimed the room of what was copied, it may be torn, and is copied again. That needs
    two things that CPython's global interpreter lock (GIL) gives: attributes are read and written
    whole, and in the order of the program. Samples are moved by `memoryview` and `bytearray`, which
    hold the GIL while they copy; numpy would release it for long blocks, and a fast writer
    could then spoil every attempt. On an interpreter without the GIL both positions would have to
    be atomic, with a barrier before the second look at `_claimed`.

    For one thread that looks back at numbered samples, `irene.audio.history.History` is simpler:
    its windows are contiguous views of all that it keeps.
    """

    __slots__ = (
        "_capacity",
        "_channels",
        "_claimed",
        "_dropped",
        "_dtype",
        "_memory",
        "_read",
        "_readable",
        "_refuses",
        "_written",
    )

    def __init__(
        self,
        capacity: int,
        dtype: npt.DTypeLike = np.int16,
        channels: int = 1,
        overflow: Overflow = "overwrite",
    ) -> None:
        """`capacity` is in frames, which hold one sample of each channel.

        Raises:
            TypeError: a number is no whole number.
            ValueError: there is no room, no channel, no such way to overflow, or no number type.
        """
        capacity, channels = index(capacity), index(channels)  # numpy's own would overflow
        if min(capacity, channels) < 1:
            raise ValueError(f"a ring of {capacity} frames of {channels} channels: both at least 1")
        if overflow not in ("overwrite", "refuse"):
            raise ValueError(f"overflow {overflow!r}: use 'overwrite' or 'refuse'")
        self._dtype = np.dtype(dtype)
        if self._dtype.kind not in "iuf" or not self._dtype.isnative:
            raise ValueError(f"dtype {self._dtype}: samples are native integers or floats")
        self._refuses = overflow == "refuse"
        self._channels = channels
        # Everything below counts single samples: whole frames times the number of channels.
        self._capacity = capacity * channels
        storage = np.zeros(self._capacity, self._dtype)
        self._memory: Any = storage.data  # numpy's types do not say that arrays are buffers
        self._readable: Samples = storage.view()
        self._readable.flags.writeable = False
        self._claimed = self._written = 0
        self._read = self._dropped = 0

    @property
    def capacity(self) -> int:
        """Most frames that can wait."""
        return self._capacity // self._channels

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the samples."""
        return self._dtype

    @property
    def channels(self) -> int:
        """Samples per frame."""
        return self._channels

    @property
    def total(self) -> int:
        """Frames that were taken since the start: the position of the next one."""
        return self._written // self._channels

    @property
    def start(self) -> int:
        """Position of the oldest frame that is there; `total` when none is."""
        return min(self._oldest(), self._written) // self._channels

    @property
    def position(self) -> int:
        """Where the reader stands: before `start` when frames were overwritten since it read."""
        return self._read // self._channels

    @property
    def free(self) -> int:
        """Frames that can be appended before any is lost or refused."""
        return (self._capacity - (self._written - self._oldest())) // self._channels

    @property
    def dropped(self) -> int:
        """Frames that were overwritten before they were consumed, or refused.

        Exact on the reader's thread; when the ring refuses, on the writer's.
        """
        overwritten = 0 if self._refuses else self._oldest() - self._read
        return (self._dropped + overwritten) // self._channels

    def __len__(self) -> int:
        """Return the number of frames that wait."""
        return max(0, self._written - self._oldest()) // self._channels

    def append(self, samples: Samples) -> int:
        """Add frames, shape (n,) or (n, channels), of any length; return how many were taken.

        All are taken when the ring overwrites; of more than `capacity` the last ones stay.

        Raises:
            TypeError: not an array, or of another dtype.
            ValueError: of another shape.
        """
        if self._channels != 1:
            samples = self._flat(samples)
        try:
            taken, start = samples, self._written
            offered = count = len(samples)
            if self._refuses:
                count = min(offered, self._capacity - (start - self._read))
                taken = samples[:count]
            self._claimed = end = start + count
            low = start % self._capacity
            if low + count <= self._capacity:
                self._memory[low : low + count] = taken
            else:
                self._wrap(taken[-self._capacity :], end)
        except (TypeError, ValueError, NotImplementedError):
            self._claimed = self._written
            return self.append(self._storable(samples))
        self._written = end
        if count < offered:
            self._dropped += offered - count
        return count // self._channels

    def read_all(self) -> Samples:
        """Return every waiting frame, oldest first, and leave it there."""
        return self.peek(self._capacity)

    def peek(self, n_frames: int) -> Samples:
        """Return up to so many of the oldest frames, and leave them there."""
        if self._refuses:
            return self._seen(self._read, min(self._read + self._span(n_frames), self._written))
        return self._oldest_copied(n_frames)[1]

    def read_last(self, n_frames: int) -> Samples:
        """Return up to so many of the newest waiting frames, and leave them there."""
        span = self._span(n_frames)
        while True:
            oldest, end = self._oldest(), self._written
            low = max(oldest, end - span)
            if self._refuses:
                return self._seen(low, end)
            if low >= end:
                return self._copied(end, end)
            copied = self._copied(low, end)
            if self._claimed - self._capacity <= low:
                return copied

    def views(self, n_frames: int) -> tuple[Samples, Samples]:
        """Return up to so many of the oldest frames without a copy, in two parts.

        The second is what goes around the end of the memory, mostly nothing.

        Raises:
            ValueError: the ring overwrites, so that nothing in it stays as it is.
        """
        if not self._refuses:
            raise ValueError("a ring that overwrites has no views: its frames may change any time")
        low = self._read % self._capacity
        count = min(self._span(n_frames), self._written - self._read)
        first = self._shaped(self._readable[low : low + count])
        return first, self._shaped(self._readable[: max(0, low + count - self._capacity)])

    def consume(self, n_frames: int) -> Samples:
        """Take up to so many of the oldest frames out and return them, as a copy."""
        low, copied = self._oldest_copied(n_frames)
        self._advance(low, copied.size)
        return copied

    def discard(self, n_frames: int) -> int:
        """Drop up to so many of the oldest frames, such as those of `peek`; return how many.

        They are not counted as dropped: somebody wanted it.
        """
        low = self._oldest()
        count = min(self._span(n_frames), self._written - low)
        if count <= 0:
            return 0
        self._advance(low, count)
        return count // self._channels

    def clear(self) -> None:
        """Drop every waiting frame."""
        self.discard(self._capacity)

    def _oldest(self) -> int:
        read, kept = self._read, self._claimed - self._capacity
        return read if read > kept else kept

    def _span(self, n_frames: int) -> int:
        return max(0, index(n_frames)) * self._channels

    def _wrap(self, samples: Samples, end: int) -> None:
        """Store samples that end at a position and go around the end of the memory."""
        start = (end - len(samples)) % self._capacity
        n_first = min(len(samples), self._capacity - start)
        self._memory[start : start + n_first] = samples[:n_first]
        self._memory[: len(samples) - n_first] = samples[n_first:]

    def _oldest_copied(self, n_frames: int) -> tuple[int, Samples]:
        """Return the position of the oldest sample, and so many from there on, not torn."""
        span = self._span(n_frames)
        while True:
            low = self._oldest()
            end = min(low + span, self._written)
            if low >= end:  # also while a block is on its way that leaves nothing of what is there
                return self._read, self._copied(end, end)
            copied = self._copied(low, end)
            if self._claimed - self._capacity <= low:
                return low, copied

    def _copied(self, start: int, end: int) -> Samples:
        low = start % self._capacity
        high = low + end - start
        if high <= self._capacity:
            data = bytearray(self._memory[low:high])
        else:
            data = bytearray().join((self._memory[low:], self._memory[: high - self._capacity]))
        samples = np.frombuffer(data, self._dtype)
        return samples if self._channels == 1 else samples.reshape(-1, self._channels)

    def _seen(self, start: int, end: int) -> Samples:
        low = start % self._capacity
        high = low + end - start
        if high <= self._capacity:
            return self._shaped(self._readable[low:high])
        copied = self._copied(start, end)
        copied.flags.writeable = False
        return copied

    def _advance(self, low: int, count: int) -> None:
        if not self._refuses:
            self._dropped += low - self._read
        self._read = low + count

    def _shaped(self, samples: Samples) -> Samples:
        return samples if self._channels == 1 else samples.reshape(-1, self._channels)

    def _flat(self, samples: Samples) -> Samples:
        if getattr(samples, "shape", ())[1:] != (self._channels,):
            raise self._mismatch(samples)
        return samples.reshape(-1)

    def _storable(self, samples: object) -> Samples:
        """Return samples as this ring's own type, where numpy has several names for one type."""
        if isinstance(samples, np.ndarray) and samples.dtype == self._dtype and samples.ndim == 1:
            return samples.view(self._dtype)
        raise self._mismatch(samples)

    def _mismatch(self, samples: object) -> Exception:
        """Return what is wrong with a block that cannot be stored."""
        if not isinstance(samples, np.ndarray):
            return TypeError(f"samples are {type(samples).__name__}: give a numpy array")
        if samples.dtype != self._dtype:
            return TypeError(f"samples are {samples.dtype}: this ring holds {self._dtype}")
        wanted = "(n,)" if self._channels == 1 else f"(n, {self._channels})"
        return ValueError(f"samples have shape {samples.shape}: this ring takes {wanted}")
