"""Handing records to a thread that writes them: nobody who logs waits for a disk."""

from __future__ import annotations

import copy
import logging
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress
from logging.handlers import QueueHandler

from irene.cli.logs.formats import exception_text

LONGEST_QUEUE = 10_000
"""records that wait to be written; what comes beyond is lost, and counted"""
_PATIENCE_S = 2.0
"""how long the end waits for a disk that does not answer"""


class HandOver(QueueHandler):
    """Puts records into a queue, each as it is now; loses them when the queue is full."""

    def __init__(self, into: queue.Queue[logging.LogRecord]) -> None:
        super().__init__(into)
        self._into = into
        self._n_lost = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Return a record that refers to nothing that may change: its text is made now."""
        prepared = copy.copy(record)
        prepared.msg, prepared.args = record.getMessage(), None
        prepared.exc_text = exception_text(record)
        prepared.exc_info = prepared.stack_info = None
        return prepared

    def enqueue(self, record: logging.LogRecord) -> None:
        """Hand a record over, after a word about those that were lost before it."""
        try:
            if self._n_lost:
                self._into.put_nowait(_lost(self._n_lost))
                self._n_lost = 0
            self._into.put_nowait(record)
        except queue.Full:
            self._n_lost += 1


def _lost(n_lost: int) -> logging.LogRecord:
    text = f"{n_lost} records were lost: they came faster than they could be written"
    return logging.LogRecord("irene.log", logging.WARNING, __file__, 0, text, None, None)


class Writer:
    """Writes what is handed over, on a thread of its own, until it is closed."""

    def __init__(
        self,
        waiting: queue.Queue[logging.LogRecord],
        handlers: Sequence[logging.Handler],
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._waiting = waiting
        self._handlers = handlers
        self._patience_s = patience_s
        self._end = logging.makeLogRecord({})
        self._thread = threading.Thread(target=self._write, name="irene-log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what waits, and end; a disk that does not answer is left alone."""
        with suppress(queue.Full):
            self._waiting.put(self._end, timeout=self._patience_s)
            self._thread.join(self._patience_s)
        if not self._thread.is_alive():
            for handler in self._handlers:
                handler.close()

    def _write(self) -> None:
        while (record := self._waiting.get()) is not self._end:
            for handler in self._handlers:
                handler.handle(record)
