"""A lock that can be taken away from a thread that hangs while it holds it."""

from __future__ import annotations

import threading
from types import TracebackType


class Turn:
    """A lock that its owner may take again, as `threading.RLock`, in a `with` block."""

    __slots__ = ("_depth", "_ending", "_lock", "_owner")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ending = threading.Lock()
        self._owner = 0
        self._depth = 0

    def __enter__(self) -> None:
        me = threading.get_ident()
        if self._owner == me:
            self._depth += 1
            return
        self._lock.acquire()
        self._owner, self._depth = me, 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._ending:
            if self._owner != threading.get_ident():
                return  # it was taken away meanwhile
            self._depth -= 1
            if not self._depth:
                self._owner = 0
                self._lock.release()

    def take_away(self, owner: int) -> None:
        """Release the lock if this thread, which hangs, holds it; else do nothing."""
        with self._ending:
            if self._owner == owner:
                self._owner = self._depth = 0
                self._lock.release()
