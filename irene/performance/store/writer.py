"""Writing measurements on a thread of its own, so that nobody who measures waits for a disk."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from pathlib import Path

from irene.components.threads import start_daemon
from irene.domain.clock import Clock
from irene.errors import IreneError
from irene.performance.store.inserting import Inserter
from irene.performance.store.layout import is_passing, open_to_write, refusal
from irene.performance.store.retention import Retention, prune
from irene.performance.store.rows import Row, RunFacts

MOST_WAITING = 4096
"""rows that may wait to be written"""
_REST_S = 0.5
"""time in which rows are gathered for one transaction: what a crash may lose, and half as much"""
_PRUNE_EVERY_S = 600.0
_LAST_WORDS_S = 3.0
"""longest wait at the end for the disk"""


class StoreWriter:
    """Takes rows from any thread at once, and writes them together, twice a second at most.

    `put` never waits and never fails: when more rows wait than there is room for, the oldest are
    dropped and counted in the file. A file that is locked, or a disk that is full, is tried again;
    one that cannot be used at all is given up. Either is reported in one line, once.
    """

    def __init__(
        self,
        path: Path,
        facts: RunFacts,
        retention: Retention,
        clock: Clock,
        *,
        report: Callable[[str], None] = lambda line: None,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """Write the run of these facts; `report` is called on the writer's thread."""
        self.path = path
        """the file"""
        self.written = 0
        """rows that are in the file"""
        self.dropped = 0
        """rows that are lost"""
        self.facts = facts
        """the run that is written"""
        self._retention = retention
        self._clock = clock
        self._report = report
        self._waiting: deque[Row] = deque()
        self._most = most_waiting
        self._changed = threading.Condition()
        self._ended: str | None = None
        self._is_over = False
        self._told = ""
        self._thread: Future[None] | None = None

    @property
    def waiting(self) -> int:
        """How many rows wait to be written."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to write."""
        self._thread = start_daemon("store", self._work)

    def put(self, row: Row) -> None:
        """Have a row written soon; from any thread."""
        with self._changed:
            if self._is_over:
                self.dropped += 1
                return
            self._waiting.append(row)
            self._trim()
            self._changed.notify()

    def close(self, reason: str = "stopped") -> None:
        """Write what waits and how the run ended; waits for the disk, but not for long."""
        with self._changed:
            self._ended = reason
            self._changed.notify()
        if self._thread is not None:
            with suppress(NotInTime):
                self._thread.result(_LAST_WORDS_S)

    def _trim(self) -> None:
        while len(self._waiting) > self._most:
            self._waiting.popleft()
            self.dropped += 1

    def _work(self) -> None:
        try:
            connection = open_to_write(self.path)
        except IreneError as error:
            self._give_up(str(error))
            return
        try:
            _Writing(self, connection, self.facts, self._retention, self._clock).run()
        except sqlite3.Error as error:
            self._give_up(str(refusal(self.path, error)))
        finally:
            connection.close()
            with self._changed:
                self._is_over = True

    def _give_up(self, line: str) -> None:
        with self._changed:
            self._is_over = True
            self.dropped += len(self._waiting)
            self._waiting.clear()
        self.tell(f"nothing of this run is kept: {line}")

    def tell(self, line: str) -> None:
        """Report a line, unless it was the last one."""
        if line != self._told:
            self._told = line
            self._report(line)

    def take(self) -> tuple[list[Row], str | None]:
        """Wait for rows; return all of them, and the reason when the run has ended."""
        with self._changed:
            while not self._waiting and self._ended is None:
                self._changed.wait()
            rows = list(self._waiting)
            self._waiting.clear()
            return rows, self._ended

    def give_back(self, rows: list[Row]) -> None:
        """Take rows back that could not be written; they come first the next time."""
        with self._changed:
            self._waiting.extendleft(reversed(rows))
            self._trim()

    def rest(self) -> None:
        """Let rows gather for a while; not after the end."""
        with self._changed:
            if self._ended is None:
                self._changed.wait_for(lambda: self._ended is not None, _REST_S)


class _Writing:
    """The work of the thread, with an open file."""

    def __init__(
        self,
        writer: StoreWriter,
        connection: sqlite3.Connection,
        facts: RunFacts,
        retention: Retention,
        clock: Clock,
    ) -> None:
        self._writer = writer
        self._connection = connection
        self._inserter = Inserter(connection, facts)
        self._retention = retention
        self._clock = clock
        self._has_begun = False
        self._counted = 0
        self._next_prune_s = clock.monotonic()

    def run(self) -> None:
        """Write until the end; raises `sqlite3.Error` when the file cannot be used any more."""
        tries_left = 3
        while True:
            self._prune()
            rows, ended = self._writer.take()
            if not self._is_written(rows, ended):
                self._writer.give_back(rows)
                tries_left -= ended is not None
                ended = ended if tries_left == 0 else None
            if ended is not None:
                return
            self._writer.rest()

    def _is_written(self, rows: list[Row], ended: str | None) -> bool:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            dropped = self._writer.dropped
            self._write(rows, ended, dropped)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            if not is_passing(error):
                raise
            self._writer.tell(f"{refusal(self._writer.path, error)}; measurements wait until then")
            return False
        self._has_begun, self._counted = True, dropped
        self._writer.written += len(rows)
        return True

    def _write(self, rows: list[Row], ended: str | None, dropped: int) -> None:
        if not self._has_begun:
            self._inserter.begin()
        self._inserter.insert(rows)
        if dropped != self._counted or ended is not None:
            now = self._clock.now().timestamp()
            self._inserter.note(now, dropped - self._counted, ended)

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._inserter.forget_series()

    def _prune(self) -> None:
        if self._clock.monotonic() < self._next_prune_s:
            return
        self._next_prune_s = self._clock.monotonic() + _PRUNE_EVERY_S
        try:
            if prune(self._connection, self._retention, self._clock.now().timestamp()):
                self._inserter.forget_series()
        except sqlite3.Error as error:
            if not is_passing(error):
                raise
