"""Pieces of memory that a pool owns, and the shelves on which the idle ones wait."""

from __future__ import annotations

import mmap
import weakref
from collections.abc import Callable
from contextlib import suppress
from sys import getrefcount
from typing import Any

import numpy as np
import numpy.typing as npt

STEPS = 4
"""size classes per octave"""
_OWN_PAGES_BYTES = 128 * 1024
"""memory from this size on has pages of its own, which the system gets back at once"""
_HUGE_PAGES_BYTES = 4 * 1024 * 1024
"""memory from this size on is asked for in huge pages, as numpy does: it is there sooner"""
LONE_VIEW = 2
"""references to a view that nobody else has: its slab's, and the question's"""
LONE_ARRAY = 3
"""references to an array that nobody else has: its slab's, its view's, and the question's"""


class Slab:
    """A piece of memory that belongs to a pool, lent or idle."""

    __slots__ = ("array", "give_back", "home", "others", "size", "view")

    def __init__(
        self, array: npt.NDArray[Any], home: Any, give_back: Callable[[Any], None]
    ) -> None:
        self.array = array
        """all of it"""
        self.home = home
        """where it is put when it comes back"""
        self.give_back = give_back
        """the pool's `release`"""
        self.others: list[None] | None = None
        """one item for each handle on it but the first, while there are several"""
        self.cut(array.shape[0])

    def cut(self, size: int) -> None:
        """Show so many samples of it.

        Raises:
            TypeError: that is no whole number; it is idle again.
        """
        try:
            self.view = self.array[:size]
        except TypeError:  # such as 7.0, which a dictionary takes for 7
            self.home.append(self)
            raise
        self.size = size

    def is_free(self) -> bool:
        """Return whether the handle that is being released was the last one."""
        try:
            if self.others is not None:
                self.others.pop()
                return False
        except IndexError:
            self.others = None
        return True


class Shelf(list[Slab | None]):
    """The idle slabs of one class, used last on top; those below a None were idle at the last tidy.

    `append` and `pop` are used without a lock, so anything may happen between two calls.
    """

    def unseen(self) -> tuple[Slab | None, int]:
        """Take the uppermost slab whose memory nobody sees; also return how many were passed over.

        These go to the bottom.
        """
        seen: list[Slab | None] = []
        found = None
        while self and found is None:
            slab = self._taken(-1)
            if slab is None:
                continue
            if getrefcount(slab.view) > LONE_VIEW or getrefcount(slab.array) > LONE_ARRAY:
                seen.append(slab)
            else:
                found = slab
        self[:0] = seen
        return found, len(seen)

    def oldest(self) -> Slab | None:
        """Take the slab that was idle for the longest time."""
        while self:
            slab = self._taken(0)
            if slab is not None:
                return slab
        return None

    def unused(self) -> list[Slab]:
        """Take those that were idle since the last call."""
        taken: list[Slab | None] = []
        with suppress(ValueError):
            n_unused = self.index(None)
            taken = [self._taken(0) for _ in range(n_unused)]
            self.remove(None)
        if self:
            self.append(None)
        return list(filter(None, taken))

    @property
    def n_slabs(self) -> int:
        """How many are idle."""
        return sum(slab is not None for slab in list(self))

    @property
    def n_bytes(self) -> int:
        """Memory of those that are idle."""
        return sum(slab.array.nbytes for slab in list(self) if slab is not None)

    def _taken(self, index: int) -> Slab | None:
        try:
            return self.pop(index)
        except IndexError:
            return None


class Watch(weakref.ref["npt.NDArray[Any]"]):
    """Tells when an array vanishes; whoever is told may be in the middle of anything."""

    __slots__ = ("key", "n_bytes")
    key: int
    n_bytes: int


def class_length(size: int) -> int:
    """Return how many samples a buffer really has room for: up to a quarter more."""
    step = 1 << max(0, (size - 1).bit_length() - STEPS.bit_length())
    return max(1, -(-size // step) * step)


def allocated(length: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return new memory to be kept, not initialised."""
    n_bytes = length * dtype.itemsize
    if n_bytes < _OWN_PAGES_BYTES:
        return np.empty(length, dtype)
    pages = mmap.mmap(-1, n_bytes, access=mmap.ACCESS_COPY)  # private: a fork does not share it
    if n_bytes >= _HUGE_PAGES_BYTES and hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a kernel without them
            pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, dtype)
