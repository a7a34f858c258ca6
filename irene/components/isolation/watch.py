"""Watching over one process of a worker, from its start to its end."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from irene.components.isolation.boot import Boot
from irene.components.isolation.lane import Lane
from irene.components.isolation.messages import (
    ErrorFacts,
    error_of,
    from_worker,
    receive_bytes,
    send,
)
from irene.components.isolation.output_lines import OutputLines
from irene.components.isolation.process import WorkerProcess, ending
from irene.components.isolation.settings import WorkerSettings
from irene.components.isolation.worker import END, Facts
from irene.domain.clock import Clock
from irene.errors import IreneError
from irene.providers.border import ForeignCode

if TYPE_CHECKING:
    import psutil

_TICK_S = 0.25
"""how often deadlines and memory are looked at"""
_OWN_PAUSE_S = 2.0
"""time between two looks after which this process itself was suspended, or starved"""
_LAST_READS = 32
"""how much is read of what a worker has printed before its end, in pieces of 64 KiB"""


class Watch:
    """Follows a process until it has ended or has to be; all on the thread that calls `run`.

    It reads whatever the worker prints, so that this never blocks on a full pipe, also while the
    engine loads.
    """

    def __init__(
        self,
        process: WorkerProcess,
        settings: WorkerSettings,
        output: OutputLines,
        clock: Clock,
        lanes: Callable[[], Iterable[Lane]],
    ) -> None:
        """`lanes` returns what the worker is being asked over."""
        self._process = process
        self._settings = settings
        self._output = output
        self._clock = clock
        self._lanes = lanes
        self._woken, self._wake = os.pipe()
        self._ending_s: float | None = None
        self._looked_s = self._alive_s = self._started_s = clock.monotonic()
        self._is_up = False
        self._usage: psutil.Process | None = None
        self._selector = selectors.DefaultSelector()
        for fd in (process.status, process.output, process.control, self._woken):
            self._selector.register(fd, selectors.EVENT_READ)
        self.on_up: Callable[[Facts], None] = lambda facts: None
        """called once, when the provider is loaded"""
        self.refusal: IreneError | None = None
        """why the provider could not be loaded, where it said so itself"""

    def ask_to_end(self) -> None:
        """Have the provider closed, and the process ended; from any thread."""
        with suppress(OSError):
            os.write(self._wake, b"E")

    def run(self, boot: Boot) -> str:
        """Start the provider; return why the process is to be ended, or how it has ended."""
        self._process.control.settimeout(self._settings.start_s)
        with suppress(OSError):
            send(self._process.control, boot)
        reason = ""
        while not reason:
            for key, _ in self._selector.select(_TICK_S):
                self._read(key.fd)
            reason = self._ending()
        return reason

    def close(self) -> None:
        """Read what the worker has printed last, and free what this has opened."""
        for _ in range(_LAST_READS):
            self._output.take(self._process.read_output())
        self._output.finish()
        self._selector.close()
        for fd in (self._woken, self._wake):
            os.close(fd)

    def _read(self, fd: int) -> None:
        if fd == self._process.output:
            self._read_output()
        elif fd == self._process.status:
            self._alive_s = self._clock.monotonic()
            if not self._process.read_status():
                self._selector.unregister(fd)
        elif fd == self._woken:
            os.read(fd, 1)
            self._begin_to_end()
        else:
            self._read_answer()

    def _read_output(self) -> None:
        data = self._process.read_output()
        if not data:
            self._selector.unregister(self._process.output)
        self._output.take(data)

    def _read_answer(self) -> None:
        """Read how loading went; nothing else comes on this socket."""
        self._selector.unregister(self._process.control)
        try:
            with ForeignCode():
                works, told = from_worker(receive_bytes(self._process.control))
                self.refusal = None if works else error_of(ErrorFacts(*told))
        except IreneError:
            return  # its end is told by the warden; one that says nonsense has not loaded
        if works:
            self._is_up = True
            self._alive_s = self._clock.monotonic()
            self.on_up(told)

    def _begin_to_end(self) -> None:
        self._ending_s = self._clock.monotonic() + self._settings.close_s
        with suppress(OSError):
            self._process.control.send(END)

    def _ending(self) -> str:
        """Return why the process must be ended now, or has; empty when it may go on."""
        now_s = self._clock.monotonic()
        self._process.look()
        if self._process.exit_status is not None:
            return ending(self._process.exit_status)
        if self.refusal is not None:
            return str(self.refusal)
        if self._ending_s is not None:
            return "it was closed" if now_s > self._ending_s or not self._is_up else ""
        if not self._is_up:
            late = now_s > self._started_s + self._settings.start_s
            return f"it has not loaded within {self._settings.start_s:g} s" if late else ""
        return self._hang(now_s) or self._excess()

    def _hang(self, now_s: float) -> str:
        for lane in self._lanes():
            if lane.is_late(now_s):
                return f"it has not answered within {lane.limit_s:g} s"
        return self._silence(now_s)

    def _silence(self, now_s: float) -> str:
        """Judge the time without a sign of life, unless this process was not there to see one.

        Calls that may take longer than others, such as compiling a grammar, may hold the
        interpreter for longer, too.
        """
        looked_s, self._looked_s = self._looked_s, now_s
        if now_s - looked_s > _OWN_PAUSE_S:
            self._alive_s = now_s
        limits = [lane.limit_s for lane in self._lanes() if lane.due_s is not None]
        longer_s = max([self._settings.call_s, *limits]) - self._settings.call_s
        silence_s = now_s - self._alive_s
        if silence_s <= self._settings.silence_s + longer_s:
            return ""
        return f"it has given no sign of life for {silence_s:.0f} s"

    def _excess(self) -> str:
        limit_mb, pid = self._settings.memory_limit_mb, self._process.pid
        if limit_mb is None or pid is None:
            return ""
        import psutil  # takes long to import, and few workers have a limit

        try:
            self._usage = self._usage or psutil.Process(pid)
            used_mb = self._usage.memory_info().rss / 1e6
        except psutil.Error:
            return ""
        if used_mb <= limit_mb:
            return ""
        return f"it took {used_mb:.0f} MB; memory_limit_mb = {limit_mb:g}"
