"""The thread that listens calls engines itself; when a call hangs, another thread goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTimeError
from functools import partial
from typing import Protocol

from irene.components.calls.deadline import LateError, hung_error, late_error
from irene.components.threads import start_daemon
from irene.config.sections import Config

_LOOKS = 4
"""how often a call is looked at within its limit"""
_PAUSE_S = 2.5
"""time after which it is looked whether there is a limit now"""


class Watched(Protocol):
    """What calls an engine."""

    def left(self, error: LateError, time_s: float) -> None:
        """Give up the call that it is in, at this audio time; the next one is another engine's.

        `error.on_return` takes what is to be done should the call ever come back.
        """
        ...


Call = tuple[Watched, float]
"""Who calls, and at which audio time; each call is another object."""


def hung_s(config: Config) -> float | None:
    """Return the time after which a call counts as hung, seconds; None: never."""
    return config.assistant.hang_timeout_ms / 1000 or None


class ThreadLeftError(BaseException):
    """Ends a thread that came back from an engine too late: another one has gone on."""


class CallWatch:
    """Knows which call the listening thread is in, at the price of two operations on a list.

    A thread of its own for each call would cost some 10 µs, more than all the rest of listening.
    Whoever calls takes the list `running`, appends the call, and takes it out again afterwards;
    finding nothing there it asks `came_back`. `list.append` and `list.pop` cannot be interrupted:
    either the thread takes the call out, or the one that leaves it does.
    """

    __slots__ = ("_lock", "limit_s", "running")

    def __init__(self, limit_s: float | None = None) -> None:
        self.limit_s = limit_s
        """time after which a call counts as hung, seconds; None: never"""
        self.running: list[Call] = []
        """the call that the listening thread is in, if any"""
        self._lock = threading.Lock()

    @property
    def call(self) -> Call | None:
        """The call that the listening thread is in now."""
        running = self.running[:]
        return running[0] if running else None

    def returned(self, running: list[Call]) -> None:
        """Take the call out of its list: the engine has returned to the thread that called it.

        Raises:
            ThreadLeftError: the thread was left meanwhile; it must touch nothing any more.
        """
        try:
            running.pop()
        except IndexError:
            self.came_back(running)

    def came_back(self, running: list[Call]) -> None:
        """Say that a call has returned which somebody else has taken out of its list.

        Raises:
            ThreadLeftError: the thread was left meanwhile; it must touch nothing any more.
        """
        with self._lock:  # whoever is about to leave it decides first
            if running is not self.running:
                raise ThreadLeftError
            running.clear()

    def leave(self, call: Call, error: LateError) -> Callable[[], None] | None:
        """Take the work away from the thread that is in a call; None: it has just come back.

        Returns what that thread has to do, should it ever come back.
        """
        with self._lock:
            running = self.running
            try:
                taken = running.pop()
            except IndexError:
                return None
            if taken is not call:
                running.append(taken)
                return None
            self.running = []
            then: list[Callable[[], object]] = []
            error.on_return = then.append
            caller, time_s = call
            caller.left(error, time_s)
            return partial(_do, then)


class Relay:
    """Does a piece of work on a thread, and goes on with it on another when an engine hangs.

    Time is counted in looks, each of which follows a pause of its own: a machine that was asleep,
    or a process that got no turn, makes no call look long. A call that holds the interpreter stops
    the looks as well, and can only be ended in a process of its own.
    """

    def __init__(
        self, name: str, watch: CallWatch, on_look: Callable[[], None] = lambda: None
    ) -> None:
        """`name` is that of the threads; `on_look` is called four times within the limit."""
        self._name = name
        self._watch = watch
        self._on_look = on_look

    def run(self, work: Callable[[], None], go_on: Callable[[Watched], None]) -> None:
        """Do the work; blocks. `go_on` is told whose call hangs, and does the rest.

        Raises:
            BaseException: what the work raised.
        """
        following: Callable[[], None] | None = work
        while following is not None:
            runner = _Runner(self._name, following)
            hung = self._followed(runner)
            following = None if hung is None else partial(go_on, hung)

    def _followed(self, runner: _Runner) -> Watched | None:
        """Wait until a thread is done, or return whose call it hangs in; it is left then."""
        seen: Call | None = None
        n_seen = 0
        while True:
            limit_s = self._watch.limit_s
            if runner.is_done_in(_PAUSE_S if limit_s is None else limit_s / _LOOKS):
                return None
            if limit_s is not None:
                self._on_look()
            call = None if limit_s is None else self._watch.call
            n_seen = n_seen + 1 if call is seen else 0
            seen = call
            if limit_s is None or call is None or n_seen < _LOOKS:
                continue
            if self._is_left(runner, call, limit_s):
                return call[0]

    def _is_left(self, runner: _Runner, call: Call, limit_s: float) -> bool:
        with runner.lock:
            on_return = self._watch.leave(call, hung_error(late_error(limit_s)))
            if on_return is None:
                return False
            runner.on_return = on_return
            return True


class _Runner:
    """A thread that may be left."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self.lock = threading.Lock()
        """held while it is decided whether it is left"""
        self.on_return: Callable[[], None] = lambda: None
        """done by the thread when it comes back after it was left"""
        self._work = work
        self._done: Future[None] = start_daemon(name, self._run)

    def is_done_in(self, seconds: float) -> bool:
        """Wait for its end; raise what it raised."""
        try:
            self._done.result(seconds)
        except NotInTimeError:
            if not self._done.done():
                return False
            self._done.result()  # it raised such an error itself, or has come back just now
        return True

    def _run(self) -> None:
        try:
            self._work()
        except ThreadLeftError:
            with self.lock:
                on_return = self.on_return
            on_return()


def _do(works: list[Callable[[], object]]) -> None:
    for work in works:
        work()
