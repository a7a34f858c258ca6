"""Handing records to a thread that writes them: nobody who logs waits for a disk."""

from __future__ import annotations

import copy
import logging
import queue
from logging.handlers import QueueHandler

from irene.cli.logs.formats import exception_text

LONGEST_QUEUE = 10_000
"""records that wait to be written; what comes beyond is lost, and counted"""


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
