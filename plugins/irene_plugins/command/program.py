"""One run of a program: started, given its input, read within its time, and never left behind."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, ClassVar

from irene import Availability, ProviderFailedError
from irene_plugins.placeholders import require_spelt

_MOST_SHOWN = 200
"""characters of a complaint that are told"""
_COMPLAINT = 4096
"""bytes at the end of standard error that are looked at"""
_BLOCK = 65536
_MOST_TEXT = 4_000_000
"""bytes: what is longer is no answer, and would fill the memory"""
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

    placeholders: ClassVar[tuple[str, ...]] = ()
    """words that stand for a value in the command, between braces"""

    def __post_init__(self) -> None:
        """Refuse a misspelt word in braces."""
        require_spelt("command", self.command, self.placeholders)

    def availability(self) -> Availability:
        """Say whether the program is there."""
        if not self.command or not self.command[0]:
            return Availability(False, "no program is named", "set command in its table")
        given = self.command[0]
        program = os.path.expanduser(given)  # noqa: PTH111 - Path raises without a home
        if shutil.which(program) is not None:
            return Availability(True)
        if os.path.isfile(program):  # noqa: PTH113 - a command, not a path
            return Availability(False, f"{given!r} may not be executed", f"chmod +x {given}")
        return Availability(
            False, f"program {given!r} is not there", "install it, or set command in its table"
        )

    def words(self, values: Mapping[str, str]) -> list[str]:
        """Return program and arguments with values in the place of the words in braces.

        Braces around anything else stay as they are, also those in a value. A value never becomes
        a word of its own, so that nothing that is said can be taken for an option.
        """
        first = os.path.expanduser(self.command[0])  # noqa: PTH111 - Path raises without a home
        return [first, *(_filled(word, values) for word in self.command[1:])]


def _filled(word: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), word)


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
        self.is_over = False
        """whether everything that it prints has been read"""
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
            raise ProviderFailedError(
                f"{self._name} does not start: {reason}; a script names its interpreter in its "
                "first line, such as #!/bin/sh"
            ) from None

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
            ProviderFailedError: it takes longer than it may, prints without end, or failed.
        """
        data = self.read(_MOST_TEXT)
        if not self.is_over and self._piece(1):
            raise ProviderFailedError(f"{self._name} printed more than {_MOST_TEXT} bytes")
        self.require_success()
        return data

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
        """End it with all that it started, unless it has ended well; its reader sees the end.

        Nobody may have asked for its exit status before: until then its number is its own, also
        when only what it started is left.
        """
        if self._process.returncode is None:
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

    def __exit__(self, *error: object) -> None:
        self.close()

    def _piece(self, size: int) -> bytes:
        pipe = self._process.stdout
        assert pipe is not None
        left_s = self._deadline_s - time.monotonic()
        poll = select.poll()
        poll.register(pipe.fileno(), select.POLLIN)
        if left_s <= 0 or not poll.poll(1000 * left_s):
            raise self._late()
        piece = os.read(pipe.fileno(), min(size, _BLOCK))
        self.is_over = not piece
        return piece

    def _late(self) -> ProviderFailedError:
        self.kill()
        allowed = f"timeout_ms = {1000 * self._timeout_s:g}"
        if self._process.wait() == -signal.SIGKILL:
            return ProviderFailedError(f"{self._name} took longer than {allowed}")
        return ProviderFailedError(
            f"{self._name} has ended, but what it started held its output longer than {allowed}; "
            "start that with >/dev/null"
        )

    def _reason(self, status: int) -> str:
        self._complaints.seek(max(0, self._complaints.seek(0, os.SEEK_END) - _COMPLAINT))
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        said = f": {lines[-1][:_MOST_SHOWN]}" if lines else ""
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return f"{how}{said}"
