"""What measures one stage: a class for each name, so that to begin costs one bare object."""

from __future__ import annotations

import functools
import inspect
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, ClassVar, Protocol, TypeVar, cast

from irene.telemetry.histogram import SETTLE_AT, Histogram

F = TypeVar("F", bound=Callable[..., Any])


class _Now(Protocol):
    def __call__(self) -> float: ...


class _Bring(Protocol):
    def __call__(self, took_s: float, /) -> None: ...


class _Look(Protocol):
    def __call__(self, now_s: float, /) -> None: ...


class Timer:
    """Adds the time of a `with` block to a stage, or of every call of what it decorates.

    An object measures one block at a time; `PerformanceMetrics.measure` gives another one to
    whoever asks, so that threads, tasks and nested blocks never share one.
    """

    __slots__ = ("began_s",)

    now: ClassVar[_Now]
    """the time of the clock, seconds"""
    histogram: ClassVar[Histogram]
    """takes the times of the stage"""
    inbox: ClassVar[deque[float]]
    """that of the histogram"""
    bring: ClassVar[_Bring]
    """appends to the inbox"""

    def __enter__(self) -> None:
        self.began_s = self.now()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        took_s = self.now() - self.began_s
        if kind is None:
            self.bring(took_s)
            if len(self.inbox) >= SETTLE_AT:
                self.histogram.settle()
        else:
            self._failed(kind)

    def __call__(self, function: F) -> F:
        """Return a function whose calls are measured, each with a timer of its own.

        Raises:
            TypeError: it is a generator function, of whose work the caller decides how long it
                takes; measure inside of it.
        """
        return measured(function, type(self))

    def _failed(self, kind: type[BaseException]) -> None:
        if issubclass(kind, Exception):
            self.histogram.failed()
        else:  # a task that is cancelled, a generator that is closed, a program that is ended
            self.histogram.given_up()


class WatchfulTimer(Timer):
    """Does the same, and calls somebody at the first block that ends after a time."""

    __slots__ = ()

    look: ClassVar[_Look]
    """takes the time of the clock, seconds"""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        Timer.__exit__(self, kind, error, trace)
        self.look(self.now())


def timer_class(
    name: str,
    now: Callable[[], float],
    histogram: Histogram,
    look: Callable[[float], None] | None = None,
) -> type[Timer]:
    """Return the class whose objects measure one stage."""
    bound: dict[str, Any] = {
        "__slots__": (),
        "now": staticmethod(now),
        "histogram": histogram,
        "inbox": histogram.inbox,
        "bring": histogram.inbox.append,
    }
    if look is not None:
        return type(name, (WatchfulTimer,), {**bound, "look": staticmethod(look)})
    return type(name, (Timer,), bound)


def measured(function: F, begin: Callable[[], Any]) -> F:
    """Return a function whose calls, or awaited calls, are measured by what `begin` returns."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{function.__qualname__} is a generator: measure inside of it")
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **keywords: Any) -> Any:
            with begin():
                return await function(*args, **keywords)

        return cast("F", awaited)

    @functools.wraps(function)
    def called(*args: Any, **keywords: Any) -> Any:
        with begin():
            return function(*args, **keywords)

    return cast("F", called)
