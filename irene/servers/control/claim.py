"""Taking the name of an assistant: one process has it at a time, and loses it when it ends."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

from irene.errors import ConfigurationError
from irene.servers.control.place import (
    make_private,
    require_unix_sockets,
    socket_folder,
    socket_path,
)

_LONGEST_LABEL = 200
_BACKLOG = 16


class Claim:
    """The socket of one running assistant, and the lock that says that it is its own.

    The lock is the system's: it ends with the process, whatever ends that. So a socket whose lock
    is free belonged to a process that is dead, and is replaced; nobody has to be asked.
    """

    def __init__(self, path: Path, lock: int, listening: socket.socket) -> None:
        self.path = path
        """where the socket lies"""
        self.socket = listening
        """the socket, listening"""
        self._lock = lock

    @classmethod
    def take(cls, name: str, label: str, folder: Path | None = None) -> Claim:
        """Take a name.

        Args:
            name: of the assistant.
            label: what another one of that name is told: which configuration this runs.
            folder: where the socket is to lie; the user's folder for sockets unless given.

        Raises:
            ConfigurationError: another process has it, there is no place for the socket, or the
                system has no Unix sockets.
        """
        require_unix_sockets()
        folder = folder or socket_folder()
        path = socket_path(name, folder)
        make_private(folder)
        lock = _locked(path.with_suffix(".lock"), name, label)
        try:
            path.unlink(missing_ok=True)
            return cls(path, lock, _listening(path))
        except OSError as error:
            _unlock(lock, path.with_suffix(".lock"))
            reason = (error.strerror or str(error)).lower()
            raise ConfigurationError(f"{path}: no socket can be made there: {reason}") from None

    def release(self) -> None:
        """Remove the socket and let another one have the name."""
        self.socket.close()
        with suppress(OSError):  # somebody may have taken the folder away
            self.path.unlink()
        _unlock(self._lock, self.path.with_suffix(".lock"))


def _listening(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
        path.chmod(0o600)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening


def _locked(path: Path, name: str, label: str) -> int:
    """Return a file descriptor that holds the lock; the file says who has it."""
    import fcntl

    while True:
        number = _opened(path)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(number, _LONGEST_LABEL, 0).decode(errors="replace").strip()
            os.close(number)
            raise ConfigurationError(
                f"an assistant called {name!r} is running already"
                f"{f' ({holder})' if holder else ''}; give this one another assistant.name"
            ) from None
        if _is_still_there(number, path):
            os.truncate(number, 0)
            line = f"process {os.getpid()}, configuration {label}"
            os.pwrite(number, line.encode(errors="replace")[:_LONGEST_LABEL], 0)
            return number
        os.close(number)  # whoever had it removed the file in between


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{path}: cannot be written: {reason}") from None


def _is_still_there(number: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(number), path.stat())
    return False


def _unlock(number: int, path: Path) -> None:
    with suppress(OSError):
        path.unlink()
    os.close(number)
