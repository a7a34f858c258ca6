"""Leaving a call that takes too long: its thread goes on, and nobody waits for it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTimeError
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from irene.components.routing.lease import Lease
from irene.components.routing.outcome import Outcome
from irene.components.threads import start_daemon
from irene.errors import ProviderFailedError

T = TypeVar("T")

_AHEAD = 4
"""blocks that are made before they are taken"""
_LOOK_S = 1.0
"""time after which a thread with a block that nobody takes looks whether anybody is still there"""


Progress = Callable[[], object]
"""Returns something that changes as long as a call gets on"""

HANG_KEY = "assistant.hang_timeout_ms"
"""key of the time after which an engine hangs that has no deadline"""
LOAD_KEY = "assistant.load_timeout_ms"
"""key of the time in which a provider has to load"""
CLOSE_S = 10.0
"""longest wait for what a provider holds to be freed"""

OnReturn = Callable[[Callable[[], object]], object]
"""Takes what is to be done when a call comes back that nobody waits for any more."""


class LateError(ProviderFailedError):
    """A call missed its deadline; the thread that made it is still in the engine."""

    allowed_s = 0.0
    """how long it was waited for, seconds"""
    call = ""
    """name of the method that does not return; empty where another one tells of it"""
    on_return: OnReturn = staticmethod(lambda work: None)
    """has its thread do something when it comes back"""

    def told_of(self, who: str) -> str:
        """Return the message of a call that hangs, with the name of whose it is."""
        return f"{who} hangs in `{self.call}`: {self}"

    def of(self, who: str) -> LateError:
        """Return the same with the name of who did not answer."""
        return self.saying(f"{who}: {self}")

    def saying(self, text: str) -> LateError:
        """Return the same in other words."""
        error = LateError(text)
        error.allowed_s, error.call, error.on_return = self.allowed_s, self.call, self.on_return
        return error


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a call may take that has no deadline."""

    seconds: float | None = None
    """None: as long as it likes"""
    key: str = HANG_KEY
    """what says so in the configuration, or which part of it this is"""
    granted_s: float = 0.0
    """time on top, for how much there is to do"""

    @property
    def total_s(self) -> float | None:
        """All of it, seconds."""
        return None if self.seconds is None else self.seconds + self.granted_s

    def error(self, late: LateError) -> LateError:
        """Return the error of a call that took longer."""
        seconds = late.allowed_s if self.seconds is None else self.seconds
        error = late_error(seconds, self.key, self.granted_s)
        error.on_return = late.on_return
        return error


NO_LIMIT = Limit()


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
    left_s, allowed_s = lease.left_s, lease.seat.deadline_s
    end = partial(lease.end, Outcome.CANCELLED)
    try:
        if left_s is None:
            return within(limit.total_s, work, end, progress)
        return within(left_s, work, end)
    except LateError as error:
        late = limit.error(error) if allowed_s is None else late_error(allowed_s)
        late.on_return, late.call = error.on_return, call
        raise late from None


def timed(
    work: Callable[[], T], call: str, limit: Limit = NO_LIMIT, deadline_s: float | None = None
) -> T:
    """Return what the work returns, if that comes before a deadline (seconds from now).

    Without a deadline, the limit holds; without both it is done on the calling thread.

    Raises:
        LateError: it did not come in time; `call` is the name of what does not return.
        Exception: what the work raised.
    """
    try:
        return within(limit.total_s if deadline_s is None else deadline_s, work)
    except LateError as error:
        late = limit.error(error) if deadline_s is None else error
        late.call = call
        raise late from None


def within(
    seconds: float | None,
    work: Callable[[], T],
    on_return: Callable[[], object] = lambda: None,
    progress: Progress | None = None,
) -> T:
    """Return what the work returns, if that comes within so many seconds; None is for ever.

    With a limit, it runs on a thread of its own. `on_return` is called when a late one comes back.
    As long as there is `progress`, it is not late.

    Raises:
        LateError: it did not come in time.
        Exception: what the work raised.
    """
    if seconds is None:
        return work()
    done = start_daemon("call", work)
    is_late = False
    while not is_late:
        before = None if progress is None else progress()
        try:
            return done.result(seconds)
        except NotInTimeError:
            if done.done():  # it raised such an error itself, or has come back just now
                return done.result()
        is_late = progress is None or progress() == before
    done.add_done_callback(lambda _: on_return())
    late = late_error(seconds)
    late.on_return = lambda work: done.add_done_callback(lambda _: work())
    raise late


def late_error(allowed_s: float, key: str = "deadline_ms", granted_s: float = 0.0) -> LateError:
    """Return the error of a call that was allowed so many seconds, by a key of the file.

    Those that were `granted_s` come on top.
    """
    more = f", and {granted_s:.3g} s more for so much work" if granted_s else ""
    error = LateError(f"no answer within {key} = {allowed_s * 1000:g}{more}")
    error.allowed_s = allowed_s + granted_s
    return error


def hung_error(late: LateError) -> LateError:
    """Return the error of a call that was late because its engine hangs."""
    return Limit(late.allowed_s).error(late)


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
        allowed_s = self._lease.seat.deadline_s
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
