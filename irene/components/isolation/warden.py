"""The parent of a worker: a small process that ends it, and all it has started, with the assistant.

Run as a file by a fresh interpreter. It forks the worker before anything is imported or any thread
is there, and then only waits: for the worker's end, for the guard pipe to be closed (the assistant
is done, or dead), or for SIGTERM (Linux sends it when the thread that started this process ends).
Because it does nothing else, it ends the worker also when that holds its interpreter lock, ignores
signals, or has started processes of its own that outlive it.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_GRACE_MS = 300
"""time between SIGTERM and SIGKILL"""
_REAP_MS = 2000
"""longest wait for processes that were killed"""
_EARLIER_VICTIM = "300"
"""a worker's handicap when the system runs out of memory: it goes before the assistant does"""


def _prctl(option: int, value: int) -> None:
    """Set an attribute of this process, where the system has it (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _nothing(number: int, frame: FrameType | None) -> None:
    """Handle a signal: its number wakes the poll, which is all that is wanted."""


class Warden:
    """Starts one worker, reports its end, and ends whatever is left of it."""

    def __init__(self, guard: int, status: int) -> None:
        """`guard` is closed by the assistant's end, `status` is where the worker's is told."""
        self._guard = guard
        self._status = status
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        self._poll = select.poll()
        self._poll.register(guard, select.POLLIN)
        self._poll.register(self._woken, select.POLLIN)

    def fork(self) -> int:
        """Return 0 in the worker, and its process id in the warden."""
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, _nothing)
        signal.set_wakeup_fd(self._wake)
        warden = os.getpid()
        worker = os.fork()
        if worker:
            os.write(self._status, b"p%d\n" % worker)
            return worker
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        for fd in (self._guard, self._woken, self._wake):
            os.close(fd)
        os.setpgid(0, 0)
        _end_with_parent(warden, signal.SIGKILL)
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(_EARLIER_VICTIM, encoding="ascii")
        return 0

    def watch(self, worker: int) -> None:
        """Wait for the worker's end or the assistant's; return when nothing is left."""
        with suppress(OSError):
            os.setpgid(worker, worker)  # both do it: whoever comes first
        status = self._end_of(worker)
        if status is None:
            with suppress(OSError):
                os.killpg(worker, signal.SIGTERM)
            status = self._reaped(worker, _GRACE_MS)
        with suppress(OSError):
            os.killpg(worker, signal.SIGKILL)
        if status is None:
            status = self._reaped(worker, _REAP_MS)
        with suppress(OSError):
            os.write(self._status, b"e%d\n" % (-signal.SIGKILL if status is None else status))
        self._end_orphans()

    def _end_of(self, worker: int) -> int | None:
        """Return the worker's exit status, or None when it is to be ended."""
        while True:
            status = _exit_status(worker)
            if status is not None:
                return status
            for fd, _ in self._poll.poll():
                if fd == self._guard or signal.SIGTERM in self._signals():
                    return _exit_status(worker)

    def _signals(self) -> bytes:
        with suppress(BlockingIOError):
            return os.read(self._woken, 256)
        return b""

    def _reaped(self, worker: int, patience_ms: int) -> int | None:
        """Return the exit status of a worker that was told to end; None when it has not."""
        for _ in range(patience_ms // 10):
            status = _exit_status(worker)
            if status is not None:
                return status
            select.poll().poll(10)
        return None

    def _end_orphans(self) -> None:
        """Kill what the worker has started and left: it belongs to this process now."""
        for _ in range(_REAP_MS // 10):
            for child in _children():
                with suppress(OSError):
                    os.kill(child, signal.SIGKILL)
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return
            select.poll().poll(10)


def _exit_status(worker: int) -> int | None:
    """Return how a process ended (negative: by which signal), or None while it runs."""
    try:
        ended, status = os.waitpid(worker, os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if ended else None


def _children() -> list[int]:
    """Return the processes whose parent this one is; empty where the system does not tell."""
    try:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in listed.split()]


def _end_with_parent(parent: int, number: int) -> None:
    """Get a signal when the parent ends; end now when it has ended already."""
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)


def main(label: str, parent: str, guard: str, control: str, status: str, *path: str) -> None:
    """Start the worker of the provider `label` and watch over it.

    Args:
        label: shown by `ps`.
        parent: process id of the assistant.
        guard: descriptor that is at its end when the assistant is done.
        control: descriptor of the socket that the worker is told by.
        status: descriptor that the worker's signs of life and its end are written to.
        path: `sys.path` of the assistant.
    """
    _end_with_parent(int(parent), signal.SIGTERM)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    warden = Warden(int(guard), int(status))
    worker = warden.fork()
    if worker:
        os.close(int(control))
        warden.watch(worker)
        return
    sys.path[:] = path
    from irene.components.isolation.worker import serve

    serve(int(control), int(status))


if __name__ == "__main__":
    main(*sys.argv[1:])
