"""Profiling an assistant while it serves, from inside of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from irene.components.threads import in_thread
from irene.config.sections import Config
from irene.domain.events import Event, SessionEnded
from irene.errors import RequestError
from irene.performance.profiling.allocations import AllocationWatch
from irene.performance.profiling.ownership import Ownership
from irene.performance.profiling.packing import to_text
from irene.performance.profiling.profile import Level, Subject
from irene.performance.profiling.watch import Watch
from irene.plugin.registry import ComponentRegistry

SLICES = 5
"""parts of the time that are compared for leaks; the first one is the warm-up"""


class Profiled(Protocol):
    """What is profiled: an assistant, spoken to or written to."""

    config: Config
    """the configuration in force"""

    @property
    def registry(self) -> ComponentRegistry:
        """Whose modules belong to which provider."""
        ...


class LiveProfiles:
    """Profiles one assistant, one time after the other; the loop goes on meanwhile.

    All looking, and all that is made of it, is done on threads of its own. With allocations, a
    thread reads them five times, which holds the interpreter's lock for some milliseconds.
    """

    def __init__(self, assistant: Profiled) -> None:
        self._assistant = assistant
        self._watch: Watch | None = None
        self._stop: Callable[[], None] | None = None

    @property
    def is_at_work(self) -> bool:
        """Whether somebody is looking."""
        return self._stop is not None

    def note(self, event: Event) -> None:
        """Take the next event of the run; returns at once."""
        if isinstance(event, SessionEnded) and self._watch is not None:
            self._watch.note_utterance(event.spans)

    def stop(self) -> bool:
        """End it early; return whether there was anything to end."""
        stop = self._stop
        if stop is not None:
            stop()
        return stop is not None

    async def profile(self, level: Level, seconds: float, memory: bool) -> str:
        """Look for that long, and return the profile as `packing.to_text` writes it.

        Raises:
            RequestError: somebody is looking already.
        """
        if self._stop is not None:
            raise RequestError("profile: a profile is being made already; wait, or stop it")
        stopped = asyncio.Event()
        self._stop = stopped.set
        ownership = Ownership(self._assistant.registry)
        traces = memory or level.has_memory
        allocations = AllocationWatch(ownership, "slice", n_frames=2, collects=False)
        watch = self._watch = Watch(
            self._subject(), level, ownership=ownership, loop=asyncio.get_running_loop()
        )
        try:
            await in_thread("profile", watch.begin)
            if traces:
                await self._in_slices(allocations, stopped, seconds)
            else:
                await _passed(stopped, seconds)
            is_partial = stopped.is_set()

            def text() -> str:
                memory = allocations.end() if traces else None
                return to_text(watch.end(is_partial=is_partial, memory=memory))

            return await in_thread("profile", text)
        finally:
            watch.abandon()
            allocations.abandon()
            self._stop = self._watch = None

    async def _in_slices(
        self, allocations: AllocationWatch, stopped: asyncio.Event, seconds: float
    ) -> None:
        allocations.begin()
        for number in range(SLICES):
            await _passed(stopped, seconds / SLICES)
            if stopped.is_set():
                return
            await in_thread("profile", allocations.lap if number else allocations.warm_up_is_over)

    def _subject(self) -> Subject:
        config = self._assistant.config
        return Subject("live", config.assistant.name, config.name)


async def _passed(stopped: asyncio.Event, seconds: float) -> None:
    """Return after that time, or when it is stopped."""
    waiting = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait({waiting}, timeout=seconds)
    finally:
        waiting.cancel()
