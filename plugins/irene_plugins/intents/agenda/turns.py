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

_TRIES, _PAUSE_S = 200, 0.01
"""a program that hangs must not keep an alarm from ringing: after 2 s it is not waited for"""


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

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn, and have it within the block."""
        with self._threads:
            handle = _opened(self._path) if self._depth == 0 else None
            self._depth += 1
            try:
                if handle is not None:
                    _wait(handle, exclusive=True, clock=self._clock)
                yield
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


def _wait(handle: int, *, exclusive: bool, clock: Clock) -> None:
    for _ in range(_TRIES):
        if _try(handle, exclusive=exclusive):
            return
        clock.sleep(_PAUSE_S)


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
