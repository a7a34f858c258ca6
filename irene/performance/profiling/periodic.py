"""Periodic profiling of an assistant that runs: a share of each period, kept in its file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from irene.components.threads import in_thread
from irene.domain.events import Event, Warned
from irene.errors import IreneError
from irene.performance.profiling.kept_profiles import keep_for
from irene.performance.profiling.live import LiveProfiles, Profiled
from irene.performance.profiling.packing import from_text
from irene.performance.profiling.profile import Level

PERIOD_S = 300.0
"""time from the beginning of one profile to that of the next"""

Sleep = Callable[[float], Awaitable[object]]


class PeriodicProfiling:
    """Profiles an assistant again and again, each time for a share of the period.

    The basic level is taken, which costs least; with `enable_memory_profiling` allocations are
    followed, too. Each profile goes into the assistant's file, where `irene profile --list`
    finds it. What cannot be kept is told once, and ends it.
    """

    def __init__(
        self,
        assistant: Profiled,
        warn: Callable[[Event], None],
        *,
        period_s: float = PERIOD_S,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`warn` takes the event that tells why nothing can be kept."""
        self._assistant = assistant
        self._warn = warn
        self._period_s = period_s
        self._sleep = sleep
        self._is_over = False
        self.profiles = LiveProfiles(assistant)
        """what looks; takes the events of the run"""

    async def run(self) -> None:
        """Profile until `end` is called, or nothing can be kept."""
        while not self._is_over:
            section = self._assistant.config.performance
            seconds = self._period_s * section.profiling_sample_rate
            text = await self.profiles.profile(
                Level.BASIC, seconds, section.enable_memory_profiling
            )
            try:
                await in_thread("profile", partial(self._keep, text))
            except IreneError as error:
                self._warn(Warned(message=f"profiles are not kept: {error}"))
                return
            if not self._is_over:
                await self._sleep(self._period_s - seconds)

    def _keep(self, text: str) -> None:
        keep_for(self._assistant.config, from_text(text))

    def end(self) -> None:
        """End it; what was seen until now is kept."""
        self._is_over = True
        self.profiles.stop()


@asynccontextmanager
async def profiled(
    assistant: Profiled, warn: Callable[[Event], None]
) -> AsyncIterator[Callable[[Event], None]]:
    """Profile an assistant now and then while a block runs, if `enable_profiling` wants that.

    Yields what takes every event of the run.
    """
    section = assistant.config.performance
    if not (section.enable_profiling and section.store):
        yield lambda event: None
        return
    work = PeriodicProfiling(assistant, warn)
    task = asyncio.ensure_future(work.run())
    try:
        yield work.profiles.note
    finally:
        is_looking = work.profiles.is_at_work
        work.end()
        if not is_looking:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task
