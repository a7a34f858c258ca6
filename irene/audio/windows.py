"""Windows of a stream as engines want them: in the sample type that they declared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from irene.audio.history import History
from irene.audio.samples import write_float32
from irene.domain.audio import Samples, SampleType

_AHEAD = 3
"""windows that are converted at once, at most: 80 ms hold two and a half of a VAD"""


class WindowReader:
    """Lends windows of one history, read-only and valid until the next ones; allocates once.

    Where several have arrived, they are turned into float32 together.
    """

    __slots__ = ("_history", "_n_ready", "_real", "_size", "_start", "_windows")

    def __init__(self, history: History) -> None:
        self._history = history
        self._size = self._start = self._n_ready = 0
        self._real = np.zeros(0, np.float32)
        self._windows: list[npt.NDArray[np.float32]] = []

    def read(self, start: int, end: int, dtype: SampleType) -> Samples:
        """Return the samples numbered `start` to `end - 1`, in [-1, 1) for float32.

        All of them have to be there.
        """
        if dtype == "int16":
            return self._history.view(start, end)
        return self.arrived(start, end - start, dtype)[0]

    def arrived(self, start: int, size: int, dtype: SampleType) -> Sequence[Samples]:
        """Return whole windows of so many samples, one after another from number `start` on.

        The first has to be there; of the others, they are those that are there and can be lent
        together with it.
        """
        if dtype == "int16":
            return [self._history.view(start, start + size)]
        offset = start - self._start
        if size != self._size or offset < 0 or offset % size or offset // size >= self._n_ready:
            self._convert(start, size)
            offset = 0
        return self._windows[offset // size : self._n_ready]

    def _convert(self, start: int, size: int) -> None:
        if size != self._size:
            self._allocate(size)
        self._n_ready = min((self._history.end - start) // size, _AHEAD)
        self._start = start
        samples = self._history.view(start, start + self._n_ready * size)
        write_float32(samples, self._real[: len(samples)])

    def _allocate(self, size: int) -> None:
        """Make room for windows of another length."""
        self._size, self._real = size, np.zeros(_AHEAD * size, np.float32)
        readable = self._real.view()
        readable.flags.writeable = False
        self._windows = list(readable.reshape(_AHEAD, size))
