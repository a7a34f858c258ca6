"""How much audio is handed over at a time: more while the reader is late."""

from __future__ import annotations

_GROW_AFTER = 2
"""blocks in a row behind which more than one whole block waits"""
_SHRINK_AFTER = 16
"""blocks in a row behind which less than one waits"""
_LARGEST = 4
"""times the usual block"""


class BlockSize:
    """The length of the next block, in frames; grows at once under load and shrinks slowly.

    What adapts is the block and not the buffer: each block has a fixed price (waking a thread,
    some twenty calls), so that the same audio in blocks of twice the length costs up to a third
    less, and a reader that is late catches up. A longer buffer would only let it be later.
    """

    __slots__ = ("_calm", "_factor", "_late", "_most", "frames", "usual")

    def __init__(self, usual: int, most: int) -> None:
        """`usual` when there is no load; never more than `most`."""
        self._most = most
        self._factor = 1
        self._late = self._calm = 0
        self.use(usual)

    def use(self, usual: int) -> None:
        """Change the usual length."""
        self.usual = max(1, min(usual, self._most))
        """frames"""
        self._settle()

    def note(self, waiting: int) -> None:
        """Take the frames that waited behind the block that was just taken.

        Those of the newest delivery are left out: a reader that is in time has not had time yet.
        """
        is_late, is_calm = waiting > self.frames, waiting < self.frames
        self._late = self._late + 1 if is_late else 0
        self._calm = self._calm + 1 if is_calm else 0
        if self._late >= _GROW_AFTER and self._factor < _LARGEST:
            self._change(2 * self._factor)
        elif self._calm >= _SHRINK_AFTER and self._factor > 1:
            self._change(self._factor // 2)

    def _change(self, factor: int) -> None:
        self._factor = factor
        self._late = self._calm = 0
        self._settle()

    def _settle(self) -> None:
        self.frames = min(self._factor * self.usual, self._most)
        """length of the next block"""
