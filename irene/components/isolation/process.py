"""A worker's process as the assistant holds it: its pipes, its signs of life, its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

from irene.components.isolation import warden

_END_PATIENCE_S = 5.0
"""longest wait for the warden to end everything"""
_READ_BYTES = 65536


class WorkerProcess:
    """A warden and its worker; `end` and `close` leave nothing behind.

    Must be made by a thread that lives as long as the worker is wanted: on Linux, the end of that
    thread ends the worker.
    """

    def __init__(self, label: str, standard_input: int = subprocess.DEVNULL) -> None:
        """Start them; `standard_input` is the worker's, as `Popen` takes it.

        Raises:
            OSError: no process can be started.
        """
        guard, self._guard = os.pipe()
        self.status, status = os.pipe()
        self.control, control = socket.socketpair()
        theirs = (guard, control.fileno(), status)
        try:
            self._warden = subprocess.Popen(
                _command(label, theirs),
                stdin=standard_input,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                pass_fds=theirs,
                start_new_session=True,  # Ctrl-C at the terminal is for the assistant to decide on
            )
        except OSError:
            for fd in (self._guard, self.status):
                os.close(fd)
            self.control.close()
            raise
        finally:
            for fd in (guard, status):
                os.close(fd)
            control.close()
        if self._warden.stdout is None:
            raise OSError("no pipe")
        self.output = self._warden.stdout.fileno()
        """what the worker prints"""
        os.set_blocking(self.output, False)
        os.set_blocking(self.status, False)
        self.pid: int | None = None
        """process id of the worker; None until it is known"""
        self.exit_status: int | None = None
        """exit status of the worker, negative: the signal that killed it; None while it runs"""
        self._said = b""
        self._is_warden_lost = False

    def read_output(self) -> bytes:
        """Return what was printed since, at most 64 KiB; empty when there is nothing now."""
        with suppress(BlockingIOError):
            return os.read(self.output, _READ_BYTES)
        return b""

    def read_status(self) -> bool:
        """Read what is told of the worker; return whether more may follow."""
        try:
            data = os.read(self.status, _READ_BYTES)
        except BlockingIOError:
            return True
        *lines, self._said = (self._said + data).split(b"\n")
        for line in lines:
            if line.startswith(b"p"):
                self.pid = int(line[1:])
            elif line.startswith(b"e"):
                self.exit_status = int(line[1:])
        return bool(data)

    def look(self) -> None:
        """Notice that the warden was killed before it could report; its worker has ended, too."""
        if self.exit_status is None and self._warden.poll() is not None:
            self.read_status()
            self.exit_status = -signal.SIGKILL if self.exit_status is None else self.exit_status
            self._is_warden_lost = True

    def end(self) -> None:
        """End worker and warden, whatever they are doing; blocks shortly.

        What was printed can still be read until `close`.
        """
        os.close(self._guard)
        self.control.close()
        try:
            self._warden.wait(_END_PATIENCE_S)
        except subprocess.TimeoutExpired:  # something has stopped it
            self._warden.kill()
            self._warden.wait()
            self._is_warden_lost = True
        if self._is_warden_lost and self.pid is not None:
            with suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Free the pipes; after `end`."""
        os.close(self.status)
        if self._warden.stdout is not None:
            self._warden.stdout.close()


def _command(label: str, fds: tuple[int, int, int]) -> list[str]:
    """Return the command line of a warden: nothing of the environment changes what it imports."""
    guard, control, status = map(str, fds)
    utf8 = ["-X", "utf8"] if sys.flags.utf8_mode else []
    main = [sys.executable, "-I", *utf8, warden.__file__, label, str(os.getpid())]
    return [*main, guard, control, status, *map(os.path.abspath, sys.path)]


def ending(exit_status: int) -> str:
    """Return how a process ended, in words."""
    if exit_status >= 0:
        return f"its process ended with status {exit_status}"
    try:
        name = signal.Signals(-exit_status).name
    except ValueError:
        name = f"signal {-exit_status}"
    what = signal.strsignal(-exit_status)
    return f"its process was ended by {name}" + (f" ({what.lower()})" if what else "")
