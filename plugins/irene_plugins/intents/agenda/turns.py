"""Programs that share a state folder take turns; whoever ends, in whatever way, loses its turn."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from irene import Clock

try:
    import fcntl
except ImportError:  # no POSIX: every program is on its own there
    fcntl = None  # type: ignore[assignment] # looked at before each use

_PAUSE_S = 0.01
PATIENCE_S = 2.0
"""a program that hangs is not waited for for ever: whoever asks for something wants an answer"""


class Turn:
    """A lock that one program has at a time; the system takes it from a program that ends.

    Threads of a program wait for each other, and a thread that has the turn may take it once more.
    Where files cannot be locked, everybody has the turn.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._threads = threading.RLock()
        self._depth = 0
        self._is_mine = True

    @contextmanager
    def taken(self, patience_s: float = PATIENCE_S) -> Iterator[bool]:
        """Wait for the turn, and have it within the block.

        Yields False when another program has had it for all of that time, in seconds: it is slow,
        or it hangs.
        """
        with self._threads:
            handle = _opened(self._path) if self._depth == 0 else None
            self._depth += 1
            try:
                if self._depth == 1:
                    self._is_mine = handle is None or _wait(
                        handle, exclusive=True, clock=self._clock, patience_s=patience_s
                    )
                yield self._is_mine
            finally:
                self._depth -= 1
                if handle is not None:
                    os.close(handle)  # which gives the turn back


class Presence:
    """Tells programs that share a folder whether one of them is there that does something."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._handle: int | None = None

    def enter(self) -> None:
        """Be there until `leave`, or until the program ends."""
        self.leave()
        self._handle = _opened(self._path)
        if self._handle is not None:
            _wait(self._handle, exclusive=False, clock=self._clock)

    def leave(self) -> None:
        """Be there no longer."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def is_anybody(self) -> bool:
        """Whether any program is there."""
        handle = _opened(self._path)
        if handle is None:
            return False
        try:
            return not _try(handle, exclusive=True)
        finally:
            os.close(handle)


def _opened(path: Path) -> int | None:
    """Return a handle of its own on the file; None where there can be no such file."""
    with suppress(OSError):
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    return None


def _wait(handle: int, *, exclusive: bool, clock: Clock, patience_s: float = PATIENCE_S) -> bool:
    """Lock a file; return False when another handle has had it for so many seconds."""
    for _ in range(round(patience_s / _PAUSE_S)):
        if _try(handle, exclusive=exclusive):
            return True
        clock.sleep(_PAUSE_S)
    return False


def _try(handle: int, *, exclusive: bool) -> bool:
    """Lock a file; return False when another handle has it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
