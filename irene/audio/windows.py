"""Windows of a stream as engines want them: in the sample type that they declared."""

from __future__ import annotations

import numpy as np

from irene.audio.history import History
from irene.audio.samples import write_float32
from irene.domain.audio import Samples, SampleType


class WindowReader:
    """Lends windows of one history, read-only and valid until the next one; allocates once."""

    __slots__ = ("_history", "_readable", "_real")

    def __init__(self, history: History) -> None:
        self._history = history
        self._real = self._readable = np.zeros(0, np.float32)

    def read(self, start: int, end: int, dtype: SampleType) -> Samples:
        """Return the samples numbered `start` to `end - 1`, in [-1, 1) for float32."""
        window: Samples = self._history.view(start, end)
        if dtype == "int16":
            return window
        if self._real.shape != window.shape:
            self._real = np.zeros(window.shape, np.float32)
            self._readable = self._real.view()
            self._readable.flags.writeable = False
        write_float32(window, self._real)
        return self._readable
