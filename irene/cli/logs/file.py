"""The file of the log: for its owner only, begun anew when it is large, never in the way."""

from __future__ import annotations

import io
import logging
import os
import sys
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

_MB = 1_000_000


class LogFile(RotatingFileHandler):
    """Writes records to a file, `FILE.1` and so on being the former ones.

    What cannot be written is lost, and counted: a full disk neither stops nor slows whoever logs.
    A file that somebody else moved or removed, as logrotate does, is made anew.
    """

    def __init__(self, path: str, max_mb: float, keep: int) -> None:
        max_bytes = round(max_mb * _MB)
        super().__init__(path, "a", max_bytes, keep, encoding="utf-8", delay=True)
        self._n_lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        if self.stream is not None and not self._is_in_place(self.stream):
            self._drop_stream()
        n_lost = self._n_lost
        super().emit(record)
        if n_lost and self._n_lost == n_lost:
            self._n_lost = 0
            _tell(f"the log {self.baseFilename} is written again; {n_lost} records are missing")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Count a record that could not be written; the first one is told."""
        error = sys.exc_info()[1]
        self._drop_stream()
        self._n_lost += 1
        if self._n_lost == 1:
            reason = getattr(error, "strerror", None) or str(error)
            _tell(f"warning: the log {self.baseFilename} cannot be written: {reason}")

    def _open(self) -> io.TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        number = os.open(self.baseFilename, flags, 0o600)
        return os.fdopen(number, "a", encoding=self.encoding, errors="backslashreplace")

    def _is_in_place(self, stream: io.TextIOWrapper) -> bool:
        with suppress(OSError):
            return os.path.samestat(Path(self.baseFilename).stat(), os.fstat(stream.fileno()))
        return False

    def _drop_stream(self) -> None:
        """Let the file go, and what could not be written to it."""
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.close()


def _tell(line: str) -> None:
    with suppress(OSError, ValueError):  # standard error may lie on the same disk
        sys.stderr.write(f"irene: {line}\n")
        sys.stderr.flush()
