"""The audio of one utterance, kept until its text is final."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np

from irene.audio.samples import INT16_SCALE
from irene.domain.audio import Samples


class KeptAudio:
    """Blocks in the order in which they came; any number of threads read them, each at its pace.

    A block can only be read: a recogniser that writes into what it is lent gets an error, and the
    next one still hears what was said.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        """held while anything about the utterance changes"""
        self._arrived = threading.Condition(self.lock)
        self._blocks: list[Samples] = []
        self.n_samples = 0
        """samples that have come so far"""
        self.ended_s: float | None = None
        """clock time at which speech was over; None while more may come"""

    def __len__(self) -> int:
        return len(self._blocks)

    def __iter__(self) -> Iterator[Samples]:
        """Yield what has come so far."""
        return iter(tuple(self._blocks))

    @property
    def is_silent(self) -> bool:
        """Whether it is over, and all of it was digital silence, or dither."""
        return self.ended_s is not None and all(_is_silent(block) for block in self._blocks)

    def add(self, samples: Samples) -> None:
        """Take a block, shape (n,); it is not copied. The lock is held by the caller."""
        block = samples.view()
        block.flags.writeable = False
        self._blocks.append(block)
        self.n_samples += block.shape[0]
        self._arrived.notify_all()

    def end(self, now_s: float) -> None:
        """Nothing more will come; the lock is held by the caller."""
        self.ended_s = now_s
        self._arrived.notify_all()

    def wake(self) -> None:
        """Let readers look at what else has changed; the lock is held by the caller."""
        self._arrived.notify_all()

    def block(self, position: int, has_left: Callable[[], bool]) -> Samples | None:
        """Return the block at a position, waiting for it; the lock is held by the caller.

        None at the end of the utterance, and as soon as the reader has left.
        """
        while position >= len(self._blocks) and self.ended_s is None and not has_left():
            self._arrived.wait()
        if has_left() or position >= len(self._blocks):
            return None
        return self._blocks[position]

    def clear(self) -> None:
        """Keep nothing any more; the lock is held by the caller."""
        self._blocks.clear()
        self._arrived.notify_all()


def _is_silent(block: Samples) -> bool:
    step = 1 if block.dtype == np.int16 else 1 / INT16_SCALE
    return not block.size or bool(np.abs(block.astype(np.float32)).max() <= step)
