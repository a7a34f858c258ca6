"""What a worker prints, as lines of the log: all of it is read, not all of it is written."""

from __future__ import annotations

import logging

from irene.domain.clock import Clock

_LOG = logging.getLogger("irene.worker")
_LONGEST = 500
"""characters of a line that are written"""
_BURST = 100
"""lines that are written however fast they come"""
_PER_S = 10.0
"""lines per second that are written in the long run"""


class OutputLines:
    """Turns the bytes of standard output and error into log lines of `irene.worker`.

    A worker that prints without end costs no more than the reading (token bucket).
    """

    def __init__(self, label: str, clock: Clock) -> None:
        """`label` goes in front of each line."""
        self._label = label
        self._clock = clock
        self._rest = b""
        self._tokens = float(_BURST)
        self._filled_s = clock.monotonic()
        self._n_left_out = 0

    def take(self, data: bytes) -> None:
        """Take what was printed."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[:_LONGEST]
        now_s = self._clock.monotonic()
        self._tokens = min(float(_BURST), self._tokens + _PER_S * (now_s - self._filled_s))
        self._filled_s = now_s
        n_written = min(len(lines), int(self._tokens))
        if self._n_left_out and n_written:
            self._tell_left_out()
        for line in lines[:n_written]:
            self._write(line)
        self._tokens -= n_written
        self._n_left_out += len(lines) - n_written

    def finish(self) -> None:
        """Write what is left: a last line without its end, and how many were left out."""
        if self._n_left_out:
            self._tell_left_out()
        if self._rest.strip():
            self._write(self._rest)
        self._rest = b""

    def _write(self, line: bytes) -> None:
        text = line[:_LONGEST].decode("utf-8", "replace").rstrip()
        if text:
            _LOG.warning("%s: %s", self._label, text)

    def _tell_left_out(self) -> None:
        _LOG.warning("%s: ... %d lines left out", self._label, self._n_left_out)
        self._n_left_out = 0
