"""How the stream of a session is asked, so that no call of it can take for ever."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from irene.components.calls.deadline import LateError, hung_error, within
from irene.components.calls.thread import CallThread
from irene.components.calls.watch import CallWatch, Watched
from irene.errors import IreneError, ProviderFailedError
from irene.providers.border import ForeignCode

S = TypeVar("S")
T = TypeVar("T")


class StreamCalls:
    """Makes the calls of one session, one after the other; used by one thread.

    With a deadline they are made on a thread of their own, which is left when one is late. Without
    one they are made on the thread that asks, where the `watch` sees them. Rare work is done on a
    thread of its own each time.
    """

    def __init__(
        self,
        caller: Watched,
        watch: CallWatch | None,
        limit_s: float | None,
        thread: str,
        now_s: Callable[[], float],
    ) -> None:
        """Make calls without a deadline, until `follow` says otherwise.

        Args:
            caller: is told when the watch leaves a call.
            watch: sees the calls of the thread that asks, if a `Relay` looks at them.
            limit_s: deadline of calls that have no other, where nobody looks, and of rare work.
            thread: name of the thread of calls with a deadline.
            now_s: gives the time of the clock.
        """
        self._caller = caller
        self.watch = watch or CallWatch()
        """sees the calls that have no deadline"""
        self._is_watched = watch is not None
        self._limit_s = limit_s
        self._name = thread
        self._now_s = now_s
        self._foreign = ForeignCode()
        self._thread: CallThread | None = None
        self._has_own = False
        self.deadline_s: float | None = None
        """how long a call may take that is made on a thread of its own; None: it is not"""

    def follow(self, own_s: float | None) -> None:
        """Go by the deadline of the provider that serves from now on; None: it has none."""
        self._has_own = own_s is not None
        self.deadline_s = self._limit_s if own_s is None and not self._is_watched else own_s

    def ask(self, stream: S, work: Callable[[S], T], time_s: float) -> T:
        """Return what work with a stream returns, on this thread where no deadline forbids it.

        Raises:
            LateError: it did not return before its deadline; `forget` the thread then.
            IreneError: what the engine raised.
            ThreadLeftError: this thread was left; another one goes on.
        """
        if self.deadline_s is not None:
            return self._ask_in_time(stream, work, self.deadline_s)
        running = self.watch.running
        running.append((self._caller, time_s))
        try:
            with self._foreign:
                answer = work(stream)
        except IreneError:
            self.watch.returned(running)
            raise
        self.watch.returned(running)
        return answer

    def ask_apart(self, stream: S, work: Callable[[S], T], time_s: float) -> T:
        """As `ask`, on another thread: what comes after that cannot be done again by another."""
        if self.deadline_s is not None:
            return self._ask_in_time(stream, work, self.deadline_s)
        return self.in_limit(partial(work, stream))

    def in_limit(self, work: Callable[[], T]) -> T:
        """Return what rare work of an engine returns.

        Raises:
            LateError: it hangs in it.
            IreneError: what the engine raised.
        """
        with self._foreign:
            try:
                return within(self._limit_s, work)
            except LateError as error:
                raise hung_error(error) from None

    def forget(self) -> None:
        """Leave the thread to the call that hangs in it; the next call gets another one."""
        self._thread = None

    def end(self) -> None:
        """End the thread of calls with a deadline, if there is one."""
        if self._thread is not None:
            self._thread.leave()
            self._thread = None

    def _ask_in_time(self, stream: S, work: Callable[[S], T], deadline_s: float) -> T:
        """Return an answer that took no longer than it may."""
        started_s = self._now_s()
        if self._thread is None:
            self._thread = CallThread(self._name)
        try:
            with self._foreign:
                answer = self._thread.call(lambda: work(stream), deadline_s)
        except LateError as error:
            raise error if self._has_own else hung_error(error) from None
        took_s = self._now_s() - started_s
        if took_s > deadline_s:
            raise ProviderFailedError(
                f"it took {took_s * 1000:.0f} ms; deadline_ms is {deadline_s * 1000:g}"
            )
        return answer
