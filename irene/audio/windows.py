"""Windows of a stream as engines want them: in the sample type that they declared."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from irene.audio.history import History
from irene.audio.samples import write_float32
from irene.domain.audio import Samples, SampleType

_AHEAD = 3
"""windows that are converted at once, at most: 80 ms hold two and a half of a VAD"""


class WindowReader:
    """Lends windows of one history, read-only and valid until the next one; allocates once.

    Where several have arrived, the next ones are turned into float32 together with the first.
    """

    __slots__ = ("_history", "_next", "_ready", "_real", "_size", "_windows")

    def __init__(self, history: History) -> None:
        self._history = history
        self._size = 0
        self._next = -1
        self._real = np.zeros(0, np.float32)
        self._windows: list[npt.NDArray[np.float32]] = []
        self._ready: list[npt.NDArray[np.float32]] = []

    def read(self, start: int, end: int, dtype: SampleType) -> Samples:
        """Return the samples numbered `start` to `end - 1`, in [-1, 1) for float32.

        All of them have to be there.
        """
        if dtype == "int16":
            return self._history.view(start, end)
        if start != self._next or end - start != self._size or not self._ready:
            self._convert(start, end)
        self._next = end
        return self._ready.pop()

    def _convert(self, start: int, end: int) -> None:
        """Turn the window into float32, and those behind it that are there already."""
        size = end - start
        if size != self._size:
            self._allocate(size)
        n_windows = min((self._history.end - start) // size, _AHEAD)
        samples = self._history.view(start, start + n_windows * size)
        write_float32(samples, self._real[: len(samples)])
        self._ready = self._windows[-n_windows:]

    def _allocate(self, size: int) -> None:
        """Make room for windows of another length; the last of `_windows` is the first of all."""
        self._size, self._real = size, np.zeros(_AHEAD * size, np.float32)
        readable = self._real.view()
        readable.flags.writeable = False
        self._windows = list(readable.reshape(_AHEAD, size))[::-1]
