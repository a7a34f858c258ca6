"""The work of a lease within its deadline: one answer, or one block after another."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from functools import partial
from typing import Any, Generic, TypeVar

from irene.components.calls.deadline import NO_LIMIT, LateError, Limit, Progress, late_error, within
from irene.components.routing.lease import Lease
from irene.components.routing.outcome import Outcome
from irene.components.threads import start_daemon

T = TypeVar("T")

_AHEAD = 4
"""blocks that are made before they are taken"""
_LOOK_S = 1.0
"""time after which a thread with a block that nobody takes looks whether anybody is still there"""


def in_time(
    lease: Lease[Any],
    work: Callable[[], T],
    call: str,
    limit: Limit = NO_LIMIT,
    progress: Progress | None = None,
) -> T:
    """Return what the work of a lease returns, if that comes before its deadline.

    Without a deadline, the `limit` holds, from the last `progress` on; without both it is done on
    the calling thread. The thread of a late call ends the lease when it comes back; otherwise
    ending it is the caller's.

    Raises:
        LateError: it did not come in time; `call` is the name of what does not return.
        Exception: what the work raised.
    """
    allowed_s = lease.record.deadline_s
    if allowed_s is None and limit is NO_LIMIT:
        return work()
    end = partial(lease.end, Outcome.CANCELLED)
    try:
        if allowed_s is None:
            return within(limit.total_s, work, end, progress)
        return within(lease.left_s, work, end)
    except LateError as error:
        late = limit.error(error) if allowed_s is None else late_error(allowed_s)
        late.on_return, late.call = error.on_return, call
        raise late from None


class TimedBlocks(Generic[T]):
    """Iterates over blocks of a lease, each of which must come within the lease's deadline.

    Without a deadline, the limit holds. The blocks are made on a thread of its own. Whoever leaves
    early, or is left waiting, need not end the lease: the thread does when it has come back from
    the engine.
    """

    def __init__(
        self, lease: Lease[Any], blocks: Callable[[], Iterator[T]], limit: Limit = NO_LIMIT
    ) -> None:
        self._lease = lease
        self._limit = limit
        self._blocks = blocks
        self._afterwards: list[Callable[[], object]] = []
        self._made: queue.Queue[Future[T] | None] = queue.Queue(_AHEAD)
        self._lock = threading.Lock()
        self._is_back = False
        self._is_left = False

    def __iter__(self) -> Generator[T, None, None]:
        """Yield the blocks.

        Raises:
            LateError: one did not come in time.
            Exception: what making them raised.
        """
        start_daemon("blocks", self._work)
        is_over = False
        try:
            while (made := self._next()) is not None:
                is_over = made.exception() is not None
                yield made.result()
            is_over = True
        finally:
            if not is_over:
                self._leave()

    def _next(self) -> Future[T] | None:
        allowed_s = self._lease.record.deadline_s
        try:
            return self._made.get(timeout=self._limit.total_s if allowed_s is None else allowed_s)
        except queue.Empty:
            late = late_error(allowed_s or 0.0)
            if allowed_s is None:
                late = self._limit.error(late)
            late.call, late.on_return = "synthesize", self._when_back
            raise late from None

    def _when_back(self, work: Callable[[], object]) -> None:
        """Do something when the thread has come back from the engine; at once if it has."""
        with self._lock:
            is_back = self._is_back
            if not is_back:
                self._afterwards.append(work)
        if is_back:
            work()

    def _leave(self) -> None:
        with self._lock:
            self._is_left = True
            is_back = self._is_back
        while not self._made.empty():  # make room, so that the thread looks
            self._made.get_nowait()
        if is_back:
            self._lease.end(Outcome.CANCELLED)

    def _work(self) -> None:
        try:
            self._make()
        finally:
            with self._lock:
                self._is_back = True
                is_left = self._is_left
            if is_left:
                self._lease.end(Outcome.CANCELLED)
            for work in self._afterwards:
                work()

    def _make(self) -> None:
        failed: Future[T] = Future()
        try:
            for block in self._blocks():
                done: Future[T] = Future()
                done.set_result(block)
                if not self._put(done):
                    return
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the block
            failed.set_exception(error)
            self._put(failed)
        else:
            self._put(None)

    def _put(self, made: Future[T] | None) -> bool:
        """Hand a block over; return False when nobody wants it any more."""
        while not self._is_left:
            try:
                self._made.put(made, timeout=_LOOK_S)
            except queue.Full:
                continue
            return True
        return False
