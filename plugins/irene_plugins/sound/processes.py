"""Programs that record or play: started, fed, watched and stopped, with every wait bounded."""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from typing import IO

from irene import DeviceError, OutputStream, Samples

QUERY_TIMEOUT_S = 3.0
"""Seconds that a program may take to list its devices."""
_PIPE_BYTES = 4096
"""Room in the pipe to a playing program: what is in there cannot be taken back."""
_SILENT_SAMPLE = memoryview(bytes(2))


def output_of(command: list[str]) -> str:
    """Return what a program prints; empty when it is missing, fails or takes too long."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=QUERY_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


class Program:
    """A running program and what it complains about.

    It has a session of its own, so that Ctrl-C reaches irene only, which then stops it.
    """

    def __init__(self, command: list[str], stdin: int | None, stdout: int | None) -> None:
        self._name = os.path.basename(command[0])  # noqa: PTH119 - a command, not a path
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=subprocess.DEVNULL if stdout is None else stdout,
                stderr=self._complaints,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            raise DeviceError(f"{self._name} does not start: {error}") from error

    def reason(self) -> str:
        """Return the last complaint that the program wrote to standard error."""
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        lines = [line for line in lines if "error" in line.lower()] or lines
        complaint = lines[-1] if lines else f"ended with status {self.process.poll()}"
        return f"{self._name}: {complaint.removeprefix(f'{self._name}: ')}"

    def kill(self) -> None:
        """End the program at once; a second call does nothing."""
        self.process.kill()
        self.process.wait(timeout=QUERY_TIMEOUT_S)


class PlaybackProcess(OutputStream):
    """A playing program that is fed int16 mono samples at the pace at which it takes them.

    Raises:
        DeviceError: the program ends, or takes nothing, before a single sample.
    """

    def __init__(self, command: list[str], timeout_s: float) -> None:
        self._program = Program(command, subprocess.PIPE, None)
        pipe = self._program.process.stdin
        assert pipe is not None
        self._pipe = pipe
        self._timeout_s = timeout_s
        self._aborted = threading.Event()
        self._lock = threading.Lock()
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        os.set_blocking(pipe.fileno(), False)
        try:
            self._await_device()
        except BaseException:
            self.abort()
            raise

    def write(self, samples: Samples) -> None:
        """Feed samples to the program.

        Raises:
            DeviceError: the program has ended, or takes nothing any more.
        """
        data = memoryview(samples.astype("<i2").tobytes())
        while data:
            with self._lock:
                if self._aborted.is_set():
                    return
                data = data[self._feed(data) :]
            if data:
                self._await_room()

    def finish(self) -> None:
        """End the program's input and wait until it has played everything.

        Raises:
            DeviceError: the program failed, or does not end.
        """
        with self._lock:
            if self._aborted.is_set():
                return
            self._pipe.close()
        try:
            status = self._program.process.wait(self._timeout_s)
        except subprocess.TimeoutExpired as error:
            self._program.kill()
            raise DeviceError(self._lost("it does not come to an end")) from error
        if status != 0 and not self._aborted.is_set():
            raise DeviceError(self._lost(self._program.reason()))

    def abort(self) -> None:
        """Kill the program; a blocked writer returns."""
        self._aborted.set()
        self._program.kill()
        with self._lock:
            if not self._pipe.closed:
                self._pipe.close()

    def _await_device(self) -> None:
        """Wait until a silent sample is taken: programs open their device before they read."""
        self._feed(_SILENT_SAMPLE)
        self._await_room()
        self._feed(_SILENT_SAMPLE)  # there is room in the pipe of a dead program, too

    def _feed(self, data: memoryview) -> int:
        try:
            return os.write(self._pipe.fileno(), data[:_PIPE_BYTES])
        except BlockingIOError:
            return 0
        except BrokenPipeError as error:
            with suppress(subprocess.TimeoutExpired):
                self._program.process.wait(self._timeout_s)
            raise DeviceError(self._lost(self._program.reason())) from error

    def _await_room(self) -> None:
        """Wait until the pipe takes more; in short steps, so that `abort` is noticed."""
        deadline = time.monotonic() + self._timeout_s
        while not self._aborted.is_set():
            with self._lock:
                if self._pipe.closed:
                    return
                poll = select.poll()
                poll.register(self._pipe.fileno(), select.POLLOUT)
            if poll.poll(20):
                return
            if time.monotonic() > deadline:
                raise DeviceError(self._lost(f"it took no sound for {self._timeout_s:g} s"))

    def _lost(self, reason: str) -> str:
        return f"the loudspeaker is gone or busy: {reason}"
