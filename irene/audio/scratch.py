"""Memory for intermediate results that is used again for every chunk."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class Scratch:
    """A float32 buffer as long as the longest chunk so far; what it holds is soon overwritten."""

    __slots__ = ("_buffer", "_view")

    def __init__(self) -> None:
        self._buffer = self._view = np.zeros(0, np.float32)

    def of_size(self, n_samples: int) -> npt.NDArray[np.float32]:
        """Return shape (n_samples,), the same memory at every call."""
        if self._view.shape[0] != n_samples:
            if self._buffer.shape[0] < n_samples:
                self._buffer = np.zeros(n_samples, np.float32)
            self._view = self._buffer[:n_samples]
        return self._view
