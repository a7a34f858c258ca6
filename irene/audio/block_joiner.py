"""Making long blocks of short ones, for an input that cannot choose its own."""

from __future__ import annotations

import numpy as np

from irene.domain.audio import AudioFormat, Samples


class BlockJoiner:
    """Collects blocks until there is enough; what comes out is valid until the next `add`."""

    __slots__ = ("_format", "_memory", "_room", "filled")

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._memory: Samples
        self.filled = 0
        """frames that wait; for reading"""
        self._grow(0)

    def add(self, samples: Samples, enough: int) -> Samples | None:
        """Take a block; return all that waits once it is `enough` frames, else None.

        A block that is long enough by itself is passed through uncopied.
        """
        first = self.filled
        last = first + len(samples)
        if not first and last >= enough:
            return samples
        if last > self._room:
            self._grow(last + enough)
        self._memory[first:last] = samples
        if last < enough:
            self.filled = last
            return None
        self.filled = 0
        return self._memory[:last]

    def rest(self) -> Samples | None:
        """Return what waits, or None when nothing does."""
        filled, self.filled = self.filled, 0
        return self._memory[:filled] if filled else None

    def _grow(self, n_frames: int) -> None:
        channels = self._format.channels
        shape = (n_frames,) if channels == 1 else (n_frames, channels)
        memory = np.zeros(shape, self._format.dtype)
        if self.filled:
            memory[: self.filled] = self._memory[: self.filled]
        self._memory, self._room = memory, n_frames
