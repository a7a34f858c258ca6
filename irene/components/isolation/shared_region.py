"""Memory that two processes see, through which audio goes between them."""

from __future__ import annotations

import fcntl
import math
import mmap
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from irene.domain.audio import Samples

_FIRST_BYTES = 64 * 1024
"""enough for two seconds of 16 kHz int16; grows with what is put in"""
_ALIGNED = 16

Placed = tuple[int, str, tuple[int, ...]]
"""where an array lies: offset in bytes, numpy type, shape"""


class SharedRegion:
    """A piece of memory without a name: it is gone when the last process that has it ends.

    One side puts arrays in and sends their places, the other one looks at them there; the two take
    turns. Whoever needs more room makes it longer, and the other one follows.
    """

    def __init__(self, fd: int) -> None:
        """Take over a file descriptor of `create`, in any process."""
        self.fd = fd
        self._map = mmap.mmap(fd, os.fstat(fd).st_size)

    @classmethod
    def create(cls) -> SharedRegion:
        """Return a new region.

        It is a memfd on Linux, which nobody can make shorter under another one's view (that would
        be a bus error there); elsewhere a temporary file that has lost its name already.
        """
        if sys.platform == "linux":
            fd = os.memfd_create("irene-audio", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        else:
            with tempfile.TemporaryFile() as file:
                fd = os.dup(file.fileno())
        os.ftruncate(fd, _FIRST_BYTES)
        return cls(fd)

    def put(self, arrays: Sequence[Samples]) -> tuple[Placed, ...]:
        """Copy arrays in, over what was there, and return their places."""
        places: list[Placed] = []
        end = 0
        for array in arrays:
            places.append((end, array.dtype.str, array.shape))
            end += -(-array.nbytes // _ALIGNED) * _ALIGNED
        if end > len(self._map):
            os.ftruncate(self.fd, 2 * end)
        for place, array in zip(places, arrays, strict=True):
            self._at(place)[...] = array
        return tuple(places)

    def look(self, place: Placed) -> Samples:
        """Return an array where it lies, read-only; it changes with the next `put`."""
        view = self._at(place)
        view.flags.writeable = False
        return view

    def take(self, place: Placed) -> Samples:
        """Return a copy of an array."""
        samples: Samples = self._at(place).copy()
        return samples

    def close(self) -> None:
        """Give up this process's hold; a view that is still used keeps the memory, and works."""
        os.close(self.fd)
        with suppress(BufferError):
            self._map.close()  # it has a descriptor of its own

    def _at(self, place: Placed) -> Samples:
        offset, dtype, shape = place
        count = math.prod(shape)
        end = offset + np.dtype(dtype).itemsize * count
        if end > len(self._map):  # the other side has made it longer
            self._map = mmap.mmap(self.fd, os.fstat(self.fd).st_size)
        # Not np.ndarray(buffer=...): that would let the memory be unmapped under a view.
        flat: Samples = np.frombuffer(self._map, dtype, count, offset)
        return flat.reshape(shape)
