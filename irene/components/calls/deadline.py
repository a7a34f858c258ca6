"""Leaving a call that takes too long: its thread goes on, and nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import TimeoutError as NotInTimeError
from dataclasses import dataclass
from typing import TypeVar

from irene.components.threads import start_daemon
from irene.errors import ProviderFailedError

T = TypeVar("T")

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
