"""A thread for the calls of one stream, which can be left when one of them does not return."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any, TypeVar

from irene.components.calls.deadline import late_error
from irene.components.threads import start_daemon

T = TypeVar("T")


class CallThread:
    """Makes one call after the other; whoever asks waits for each, up to its limit."""

    def __init__(self, name: str) -> None:
        """`name` is that of the thread."""
        self._asked: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._told: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        self._end = start_daemon(name, self._run)

    def call(self, work: Callable[[], T], limit_s: float) -> T:
        """Return what the work returns.

        Raises:
            LateError: it does not return in time; `leave` the thread then, it takes no other call.
            BaseException: what the work raised.
        """
        self._asked.put(work)
        try:
            works, told = self._told.get(timeout=limit_s)
        except queue.Empty:
            late = late_error(limit_s)
            late.on_return = self.leave
            raise late from None
        if works:
            answer: T = told
            return answer
        raise told

    def leave(self, on_return: Callable[[], object] = lambda: None) -> None:
        """Let the thread end after its call, and do what is to be done then."""
        self._asked.put(None)
        self._end.add_done_callback(lambda _: on_return())

    def _run(self) -> None:
        while self._made_one():
            pass

    def _made_one(self) -> bool:
        """Make a call, and keep nothing of it: an idle thread would keep whoever asked alive."""
        work = self._asked.get()
        if work is None:
            return False
        try:
            told: tuple[bool, Any] = True, work()
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the call
            told = False, error
        self._told.put(told)
        return True
