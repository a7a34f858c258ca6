"""A pool of audio buffers: memory that is used again instead of being asked for anew."""

from __future__ import annotations

import functools
import itertools
import threading
from collections import deque
from dataclasses import asdict, dataclass
from operator import attrgetter, index
from sys import getrefcount
from typing import Any

import numpy as np
import numpy.typing as npt

from irene.domain.argument_checks import require_type
from irene.domain.clock import Clock, SystemClock
from irene.memory.buffer import AudioBuffer
from irene.memory.slab import (
    LONE_ARRAY,
    LONE_VIEW,
    Shelf,
    Slab,
    Watch,
    allocated,
    class_length,
)

_TIDY_EVERY = 16
"""loans from one look at the clock to the next; a power of 2"""
_MOST_SIZES = 1024
"""requested sizes whose class is remembered, per dtype"""


@dataclass(frozen=True, slots=True)
class PoolStats:
    """What a pool has done, and what it holds."""

    acquired: int
    """buffers that were lent"""
    created: int
    """of these, how many needed new memory"""
    lent: int
    """buffers that are out now"""
    idle: int
    """buffers that wait to be used again"""
    bytes: int
    """memory of all of them"""
    max_bytes: int
    """limit to `bytes`, as it is now; what is lent beyond is not kept when it comes back"""
    leaked: int
    """buffers that nobody released and nobody can reach any more; their memory was freed"""
    still_seen: int
    """times that a released buffer was passed over because an array of its memory was still used"""
    trimmed: int
    """idle buffers that were freed: unused for long, or in the way of others"""

    @property
    def reuse_rate(self) -> float:
        """Share of loans without new memory, 0 to 1; 0 before the first."""
        return 1.0 - self.created / self.acquired if self.acquired else 0.0

    def to_dict(self) -> dict[str, float]:
        """Return the fields and `reuse_rate` by name."""
        return {**asdict(self), "reuse_rate": self.reuse_rate}


class AudioBufferPool:
    """Lends buffers by size and dtype; every method may be called from any thread.

    Memory that comes back is lent again only when nothing refers to it any more: no array, slice or
    tensor that somebody took of the old buffer (CPython counts references).
    So what a forgotten alias shows never changes. Buffers are not zeroed.

    At most `max_buffers` and `max_mb` are kept; a request beyond that gets memory that is freed
    when it comes back. What is idle for `cleanup_interval` to twice as long is freed, on a later
    loan or `trim`: there is no thread.

    Lending a buffer that waits takes no lock: shelves are lists, whose `pop` and `append` are
    atomic under CPython's global interpreter lock. Everything else takes one.
    """

    def __init__(
        self,
        max_buffers: int = 64,
        cleanup_interval: float = 30.0,
        max_mb: float = 64.0,
        clock: Clock | None = None,
    ) -> None:
        """`cleanup_interval` is in seconds, `max_mb` in 10^6 bytes.

        Raises:
            ValueError: a limit is negative.
        """
        if min(max_buffers, cleanup_interval, max_mb) < 0:
            raise ValueError("a pool's limits are at least 0")
        self._max_buffers = max_buffers
        self._interval_s = cleanup_interval
        self._granted = self._max_bytes = int(max_mb * 1e6)
        self._clock = clock or SystemClock()
        self._lock = threading.RLock()  # a finaliser may release a buffer in the middle of it
        self._sizes: dict[Any, dict[int, Shelf]] = {}
        self._shelves: dict[tuple[np.dtype[Any], int], Shelf] = {}
        self._memory: dict[int, Watch] = {}
        self._vanished: deque[Watch] = deque()
        self._bytes = self._created = self._leaked = self._still_seen = self._trimmed = 0
        self._count_loan = itertools.count(1).__next__
        self._asked = 0
        self._tidied_s = self._clock.monotonic()
        self._owner = self.release

    def acquire(self, size: int, dtype: npt.DTypeLike = np.float32) -> AudioBuffer:
        """Lend a buffer of `size` samples; what is in them is not defined.

        Raises:
            TypeError: `size` is no whole number.
            ValueError: `size` is negative, or `dtype` no type of numbers.
        """
        try:
            slab = self._sizes[dtype][size].pop()
        except (KeyError, IndexError, TypeError):
            slab = None
        if (
            slab is None
            or getrefcount(slab.view) > LONE_VIEW
            or getrefcount(slab.array) > LONE_ARRAY
        ):
            slab = self._searched(size, np.dtype(dtype), slab)
        if slab.size != size:
            slab.cut(size)
        if not self._count_loan() & _TIDY_EVERY - 1:
            self.trim()
        buffer = AudioBuffer()
        buffer._slab = slab
        return buffer

    def release(self, buffer: AudioBuffer) -> None:
        """Take a buffer back; its memory is free when every handle on it has been released.

        Raises:
            RuntimeError: the handle has been released before.
            TypeError: it is no buffer.
            ValueError: it is another pool's.
        """
        try:
            slab = buffer._slab
        except AttributeError:
            require_type("buffer", buffer, AudioBuffer, "what `acquire` returned")
            raise
        if slab is None or slab.give_back is not self._owner:
            raise _misuse(buffer)
        buffer._slab = None
        if slab.others is None or slab.is_free():
            slab.home.append(slab)

    def acquire_buffer(self, size: int, dtype: npt.DTypeLike = np.float32) -> AudioBuffer:
        """Do what `acquire` does."""
        return self.acquire(size, dtype)

    def release_buffer(self, buffer: AudioBuffer) -> None:
        """Do what `release` does."""
        self.release(buffer)

    def trim(self) -> None:
        """Free what is beyond the limits, and what has been idle for the interval."""
        now_s = self._clock.monotonic()
        if self._bytes > self._max_bytes:
            self._make_room(0)
        if now_s - self._tidied_s < self._interval_s:
            return
        with self._lock:
            self._tidied_s = now_s
            for shelf in self._shelves.values():
                for slab in shelf.unused():
                    self._trim(slab)

    def shrink(self, share: float) -> None:
        """Hold the pool to a share of its memory, 0 to 1, and free what is idle beyond."""
        self._max_bytes = int(self._granted * share)
        self._make_room(0)

    def restore(self) -> None:
        """Allow all of the memory again."""
        self.shrink(1.0)

    def clear(self) -> None:
        """Free everything that is idle; the pool can still be used."""
        with self._lock:
            for shelf in self._shelves.values():
                while (slab := shelf.oldest()) is not None:
                    self._trim(slab)

    def get_stats(self) -> PoolStats:
        """Return a snapshot of the counters."""
        with self._lock:
            self._bury()
            self._asked += 1
            idle = sum(shelf.n_slabs for shelf in self._shelves.values())
            return PoolStats(
                acquired=self._count_loan() - self._asked,
                created=self._created,
                lent=len(self._memory) - idle,
                idle=idle,
                bytes=self._bytes,
                max_bytes=self._max_bytes,
                leaked=self._leaked,
                still_seen=self._still_seen,
                trimmed=self._trimmed,
            )

    def _searched(self, size: int, dtype: np.dtype[Any], candidate: Slab | None) -> Slab:
        """Return a slab of the class that nobody sees any more, or a new one."""
        if (size := index(size)) < 0 or dtype.kind not in "biufc":
            raise ValueError(f"a buffer of {size} samples of {dtype}: numbers, at least 0 of them")
        with self._lock:
            shelf = self._shelf(size, dtype)
            if candidate is not None:
                shelf.append(candidate)
            slab, n_seen = shelf.unseen()
            self._still_seen += n_seen
            return slab or self._created_slab(size, dtype, shelf)

    def _created_slab(self, size: int, dtype: np.dtype[Any], shelf: Shelf) -> Slab:
        length = class_length(size)
        n_bytes = length * dtype.itemsize
        is_kept = self._make_room(n_bytes)
        array = allocated(length, dtype) if is_kept else np.empty(size, dtype)
        self._bury()  # now, not before: the array may have the id of one that has just vanished
        self._memory[id(array)] = watch = Watch(array, self._vanished.append)
        watch.key, watch.n_bytes = id(array), array.nbytes
        self._bytes += array.nbytes
        self._created += 1
        return Slab(array, shelf if is_kept else _Exit(self), self._owner)

    def _shelf(self, size: int, dtype: np.dtype[Any]) -> Shelf:
        """Return the shelf of a class, and remember that this size belongs there."""
        shelf = self._shelves.setdefault((dtype, class_length(size)), Shelf())
        sizes = self._sizes.get(dtype)
        if sizes is None:
            names = (dtype, dtype.type, dtype.name) if dtype.isnative else (dtype,)
            sizes = {}
            self._sizes.update(dict.fromkeys(names, sizes))
        if len(sizes) >= _MOST_SIZES:
            sizes.clear()
        sizes[size] = shelf
        return shelf

    def _make_room(self, n_bytes: int) -> bool:
        """Free idle buffers until so much more is within the limits; return whether it is."""
        n_more = 1 if n_bytes else 0
        with self._lock:
            self._bury()
            while (
                self._bytes + n_bytes > self._max_bytes
                or len(self._memory) + n_more > self._max_buffers
            ):
                shelf = max(self._shelves.values(), key=attrgetter("n_bytes"), default=Shelf())
                slab = shelf.oldest()
                if slab is None:
                    return False
                self._trim(slab)
        return True

    def _trim(self, slab: Slab) -> None:
        self._trimmed += 1
        self._forget(slab)

    def _forget(self, slab: Slab) -> None:
        """Let go of memory that was given back; it is freed when nothing refers to it any more."""
        watch = self._memory.pop(id(slab.array), None)
        if watch is not None:
            self._bytes -= watch.n_bytes

    def _bury(self) -> None:
        """Take account of memory that has vanished while it was lent."""
        while self._vanished:
            watch = self._vanished.popleft()
            if self._memory.get(watch.key) is watch:
                del self._memory[watch.key]
                self._bytes -= watch.n_bytes
                self._leaked += 1


class _Exit:
    """Where a slab beyond the limits goes when it comes back."""

    def __init__(self, pool: AudioBufferPool) -> None:
        self._pool = pool

    def append(self, slab: Slab) -> None:
        """Free its memory."""
        with self._pool._lock:
            self._pool._forget(slab)


def _misuse(buffer: AudioBuffer) -> Exception:
    if buffer._slab is None:
        return RuntimeError("this buffer has been released before")
    return ValueError(f"{buffer!r} belongs to another pool")


@functools.cache
def get_global_buffer_pool() -> AudioBufferPool:
    """Return a pool that the whole process may share; irene itself does not use it."""
    return AudioBufferPool()
