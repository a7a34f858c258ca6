"""A command that runs on a terminal of a given size, in a home of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from irene.config.sources import checkout

_CHUNK = 1 << 16


@dataclass(frozen=True)
class Home:
    """A home without a history: what is printed depends on this checkout and machine alone."""

    path: Path

    @property
    def env(self) -> Mapping[str, str]:
        """The variables that a program in this home has."""
        kept = {name: text for name, text in os.environ.items() if name in ("PATH", "LANG")}
        own = {"HOME": str(self.path), "XDG_RUNTIME_DIR": str(self.path / "run")}
        return {"LANG": "C.UTF-8", **kept, **own, "TERM": "xterm-256color", "OMP_NUM_THREADS": "1"}

    def named(self, text: str) -> str:
        """Return a text in which home and checkout are called as people call theirs."""
        return text.replace(str(self.path), "~").replace(str(checkout()), "~/irene")

    def shown(
        self, words: Sequence[str], columns: int, rows: int = 24, for_s: float | None = None
    ) -> str:
        """Return what `irene WORDS` writes to a terminal of that size.

        Args:
            words: the command line.
            columns: width of the terminal.
            rows: its height.
            for_s: seconds after which Ctrl-C is pressed; None waits for its end.
        """
        master, slave = pty.openpty()
        try:
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            with self.started(words, stdin=slave, stdout=slave) as process:
                os.close(slave)
                if for_s is not None:
                    written = _read(master, for_s)
                    process.send_signal(signal.SIGINT)
                    return self.named(written + _read(master))
                return self.named(_read(master))
        finally:
            os.close(master)

    @contextmanager
    def started(
        self, words: Sequence[str], stdin: int = subprocess.PIPE, stdout: int = subprocess.DEVNULL
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Have `irene WORDS` run, and end it with the block."""
        with subprocess.Popen(
            [sys.executable, "-m", "irene", *words],
            cwd=self.path,
            env=self.env,
            stdin=stdin,
            stdout=stdout,
            stderr=stdout,
            start_new_session=True,
        ) as one:
            try:
                yield one
            finally:
                one.send_signal(signal.SIGINT)


@contextmanager
def new_home() -> Iterator[Home]:
    """Lend an empty home."""
    with tempfile.TemporaryDirectory(prefix="irene-home-") as folder:
        home = Home(Path(folder))
        home.path.joinpath("run").mkdir(mode=0o700)
        yield home


def _read(terminal: int, for_s: float | None = None) -> str:
    """Return what arrives until the other side is closed, or for so long."""
    parts: list[bytes] = []
    until = None if for_s is None else time.monotonic() + for_s
    while until is None or time.monotonic() < until:
        left = None if until is None else max(0.0, until - time.monotonic())
        if not select.select([terminal], [], [], left)[0]:
            break
        try:
            part = os.read(terminal, _CHUNK)
        except OSError:  # Linux: no process has the terminal open any more
            break
        parts.append(part)
    return b"".join(parts).decode()
