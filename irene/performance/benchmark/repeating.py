"""Repeating a function of whoever asks: one that blocks on a thread, a coroutine on its loop."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from irene.components.threads import in_thread
from irene.errors import IreneError
from irene.performance.benchmark.measurement import Round
from irene.performance.benchmark.probe import Sample
from irene.performance.benchmark.timer import SystemTimer, Timer
from irene.performance.benchmark.yardstick import Yardstick
from irene.providers.border import ForeignCode, one_line

Function = Callable[[], Awaitable[object] | object]
"""Takes nothing; what it returns is left, or awaited."""

_MOST_ROUNDS = 25


@dataclass
class Repeated:
    """What became of all calls."""

    rounds: list[Round] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    """wall seconds of every call that succeeded"""
    first_s: float | None = None
    """of the call before all others; None where it failed"""
    failures: Counter[str] = field(default_factory=Counter)
    """why calls failed, and how often"""
    is_late: bool = False
    """whether there was no time for all of them"""


class Repeater:
    """Calls a function once for itself, then as often as is wanted, in rounds.

    The event loop is not held up by what blocks. A call that takes longer than there is time is
    left: a coroutine is cancelled, a thread goes on by itself.
    """

    def __init__(
        self, function: Function, iterations: int, limit_s: float, timer: Timer | None = None
    ) -> None:
        """`limit_s` is the time for all of it, seconds."""
        self._function = function
        self._iterations = iterations
        self._timer = timer or SystemTimer()
        self._until_s = self._timer.wall_s() + limit_s
        self._yardstick = Yardstick(self._timer)
        self._found = Repeated()
        self._is_async = inspect.iscoroutinefunction(function)

    async def run(self) -> Repeated:
        """Do all of it, or what there is time for."""
        found = self._found
        first = await self._calls(1)
        found.first_s = first[0].wall_s if first else None
        found.failures.clear()
        for count in _shares(self._iterations):
            if found.is_late:
                break
            before_s = await self._measured_s()
            done = await self._calls(count)
            if done:
                after_s = await self._measured_s()
                found.times_s += [one.wall_s for one in done]
                found.rounds.append(Round.of(done, before_s, after_s))
        return found

    async def _calls(self, count: int) -> list[Sample]:
        """Return the times of those of some calls that succeeded before there was no time left."""
        if self._is_async:
            return [
                one
                for _ in range(count)
                if (one := await self._awaited(self._function)) is not None
            ]
        done: list[Sample] = []
        with suppress(asyncio.TimeoutError):
            returned = await in_thread("benchmark", partial(self._block, count, done), self._left_s)
            if returned is not None:  # no coroutine function, and yet something to be awaited
                self._is_async = True
                one = await self._awaited(lambda: returned)
                return [one] if one is not None else []
            return done
        self._found.is_late = True
        return list(done)

    def _block(self, count: int, done: list[Sample]) -> Awaitable[object] | None:
        """Call on this thread; return what has to be awaited, if it is of that kind."""
        for _ in range(count):
            if self._left_s <= 0:
                self._found.is_late = True
                break
            cpu_s, wall_s = self._timer.cpu_s(), self._timer.wall_s()
            try:
                with ForeignCode():
                    returned = self._function()
            except IreneError as error:
                self._found.failures[one_line(error)] += 1
                continue
            passed_s = self._timer.wall_s() - wall_s
            if inspect.isawaitable(returned):
                return returned
            done.append(Sample(passed_s, self._timer.cpu_s() - cpu_s))
        return None

    async def _awaited(self, function: Function) -> Sample | None:
        """Call and await; return its times, or None when it failed or had no time."""
        if self._left_s <= 0:
            self._found.is_late = True
            return None
        task = asyncio.ensure_future(self._timed(function))
        try:
            await asyncio.wait({task}, timeout=self._left_s)
            if not task.done():
                self._found.is_late = True
                return None
        finally:
            task.cancel()
        try:
            with ForeignCode():
                return task.result()
        except IreneError as error:
            self._found.failures[one_line(error)] += 1
        return None

    async def _timed(self, function: Function) -> Sample:
        cpu_s, wall_s = self._timer.cpu_s(), self._timer.wall_s()
        returned = function()
        if inspect.isawaitable(returned):
            await returned
        passed_s = self._timer.wall_s() - wall_s
        return Sample(passed_s, self._timer.cpu_s() - cpu_s)

    async def _measured_s(self) -> float:
        return await in_thread("benchmark", partial(self._yardstick.measured_s, "wall"))

    @property
    def _left_s(self) -> float:
        return max(0.0, self._until_s - self._timer.wall_s())


def _shares(iterations: int) -> list[int]:
    """Return how many calls each round has; as evenly as that goes."""
    n = min(_MOST_ROUNDS, iterations)
    return [iterations * (at + 1) // n - iterations * at // n for at in range(n)]
