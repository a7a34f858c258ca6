"""One run of a program: started, given its input, read within its time, and never left behind."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from irene import Availability, ProviderFailedError

_MOST_SHOWN = 200
"""characters of a complaint that are told"""
_BLOCK = 65536
_END_S = 0.2
"""how long a program whose output is over may take to be gone"""


@dataclass(frozen=True)
class ProgramOptions:
    """Which program is run, and how long it may take."""

    command: tuple[str, ...] = ()
    """program and its arguments, as the system takes them: no shell reads them; words in braces
    stand for what the page of this provider lists, such as `{language}`"""
    timeout_ms: int = field(default=10_000, metadata={"range": (1, 3_600_000)})
    """longest time that one run may take; then it is killed with all that it started"""

    def availability(self, where: str) -> Availability:
        """Say whether the program is there; `where` is the table of the configuration."""
        if not self.command or not self.command[0]:
            return Availability(False, "no program is named", f"set command in {where}")
        program = os.path.expanduser(self.command[0])  # noqa: PTH111 - Path raises without a home
        if shutil.which(program) is None:
            return Availability(
                False,
                f"program {self.command[0]!r} is not there, or may not be executed",
                f"install it, or set command in {where}",
            )
        return Availability(True)

    def words(self, values: Mapping[str, str]) -> list[str]:
        """Return program and arguments with values in the place of the words in braces.

        Braces around anything else stay as they are. A value never becomes a word of its own, so
        that nothing that is said can be taken for an option.
        """
        first = os.path.expanduser(self.command[0])  # noqa: PTH111 - Path raises without a home
        return [first, *(_filled(word, values) for word in self.command[1:])]


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(f"{{{name}}}", value)
    return word


class Program:
    """A program that runs; whoever starts it calls `close` in the end.

    What it reads lies in a file and not in a pipe, so that one that reads nothing, or answers
    before it has read, holds nobody up. It has a session of its own: Ctrl-C reaches irene only.
    """

    def __init__(self, words: list[str], data: bytes, timeout_s: float) -> None:
        """Start it.

        Raises:
            ProviderFailedError: it cannot be started.
        """
        self._name = os.path.basename(words[0])  # noqa: PTH119 - a command, not a path
        self._timeout_s = timeout_s
        self._deadline_s = time.monotonic() + timeout_s
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - until `close`
        try:
            with tempfile.TemporaryFile() as given:
                given.write(data)
                given.seek(0)
                self._process = subprocess.Popen(
                    words,
                    stdin=given,
                    stdout=subprocess.PIPE,
                    stderr=self._complaints,
                    start_new_session=True,
                    bufsize=0,
                )
        except (OSError, ValueError) as error:
            self._complaints.close()
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise ProviderFailedError(f"{self._name} does not start: {reason}") from None

    def read(self, size: int, /) -> bytes:
        """Return `size` bytes of what it prints; fewer only at the end.

        Raises:
            ProviderFailedError: it takes longer than it may.
        """
        pieces: list[bytes] = []
        while size > 0 and (piece := self._piece(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def read_all(self) -> bytes:
        """Return everything that it prints, once it has ended well.

        Raises:
            ProviderFailedError: it takes longer than it may, or failed.
        """
        pieces = []
        while piece := self._piece(_BLOCK):
            pieces.append(piece)
        self.require_success()
        return b"".join(pieces)

    def require_success(self) -> None:
        """Wait for its end.

        Raises:
            ProviderFailedError: it takes longer than it may, or its exit status is not 0.
        """
        left_s = max(_END_S, self._deadline_s - time.monotonic())
        try:
            status = self._process.wait(left_s)
        except subprocess.TimeoutExpired:
            raise self._late() from None
        if status:
            raise ProviderFailedError(f"{self._name} failed: {self._reason(status)}")

    def kill(self) -> None:
        """End it, if it still runs, with all that it started; whoever reads it sees its end."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it, and free what it held; for the one that reads it."""
        self.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._complaints.close()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *ignored: object) -> None:
        self.close()

    def _piece(self, size: int) -> bytes:
        pipe = self._process.stdout
        assert pipe is not None
        left_s = self._deadline_s - time.monotonic()
        poll = select.poll()
        poll.register(pipe.fileno(), select.POLLIN)
        if left_s <= 0 or not poll.poll(1000 * left_s):
            raise self._late()
        return os.read(pipe.fileno(), min(size, _BLOCK))

    def _late(self) -> ProviderFailedError:
        return ProviderFailedError(
            f"{self._name} took longer than timeout_ms = {1000 * self._timeout_s:g}"
        )

    def _reason(self, status: int) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        said = f": {lines[-1][:_MOST_SHOWN]}" if lines else ""
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return f"{how}{said}"
