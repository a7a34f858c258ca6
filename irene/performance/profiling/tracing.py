"""Tracing allocations for several who want to know, at the same time."""

from __future__ import annotations

import threading
import tracemalloc


class Tracing:
    """On while anybody wants it; what was on before stays on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_users = 0
        self._began_here = False

    def begin(self, n_frames: int) -> None:
        """Trace, remembering that many callers of each allocation if it was off."""
        with self._lock:
            if not self._n_users:
                self._began_here = not tracemalloc.is_tracing()
                if self._began_here:
                    tracemalloc.start(n_frames)
            self._n_users += 1

    def end(self) -> None:
        """Trace no more for this one."""
        with self._lock:
            self._n_users -= 1
            if not self._n_users and self._began_here:
                tracemalloc.stop()
