"""Profiling an assistant that answers recordings, again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from irene.components.threads import in_thread
from irene.config.sections import Config
from irene.domain.events import Event, SessionEnded
from irene.errors import CheckFailedError
from irene.performance.profiling.allocations import FEWEST_LAPS, AllocationWatch
from irene.performance.profiling.ownership import Ownership
from irene.performance.profiling.profile import Level, Memory, Profile, Subject
from irene.performance.profiling.watch import Watch
from irene.pipeline.assistant import Assistant
from irene.plugin.registry import ComponentRegistry

LAPS = 3
"""how often recordings are heard where no time is given"""
_MEMORY_LAPS = max(4, FEWEST_LAPS + 1)

OnLap = Callable[[int], None]
"""takes the number of the lap that begins; 0 is the warm-up"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to know."""

    level: Level = Level.DETAILED
    seconds: float | None = None
    """how long it is looked at; None: for a number of laps"""
    memory: bool = False
    """whether allocations are traced"""
    realtime: bool = False
    """whether a recording is read at the speed at which it was spoken"""

    @property
    def traces(self) -> bool:
        """Whether allocations are traced, by the level or because somebody wants it."""
        return self.memory or self.level.has_memory


class RecordedProfile:
    """One profile; a first lap warms everything up and is not looked at.

    `stop`, from any thread, ends it early: what was seen until then is returned.
    """

    def __init__(
        self,
        configs: Sequence[Config],
        registry: ComponentRegistry,
        subject: Subject,
        wanted: Wanted,
        on_lap: OnLap = lambda number: None,
    ) -> None:
        """Get ready.

        Args:
            configs: one for each recording, the same but for the input.
            registry: the providers.
            subject: what the profile is of.
            wanted: how closely, and how long.
            on_lap: is told how far it is.
        """
        self.outcomes: list[str] = []
        """how the commands ended, those of the warm-up left out"""
        self._configs = configs
        self._ownership = Ownership(registry)
        self._subject = subject
        self._wanted = wanted
        self._on_lap = on_lap
        self._assistant = Assistant(configs[0], registry)
        self._watch: Watch | None = None
        self._memory = AllocationWatch(self._ownership) if wanted.traces else None
        self._is_stopped = self._is_over = False

    async def run(self) -> Profile:
        """Load the assistant, warm it up, and look.

        Raises:
            IreneError: the assistant cannot start, or cannot read a recording.
            CheckFailedError: it was stopped before there was anything to see.
        """
        try:
            async with self._assistant:
                await self._warmed_up()
                return await self._looked()
        finally:
            if self._memory is not None:
                self._memory.abandon()
            if self._watch is not None:
                self._watch.abandon()

    def stop(self) -> None:
        """End it early."""
        self._is_stopped = True
        self._assistant.stop()

    async def _warmed_up(self) -> None:
        if self._memory is not None:
            self._memory.begin()
        await self._lap(0)
        if self._is_stopped:
            raise CheckFailedError("profile: ended during the warm-up: nothing was profiled")
        if self._memory is not None:
            await in_thread("profile", self._memory.warm_up_is_over)

    async def _looked(self) -> Profile:
        loop = asyncio.get_running_loop()
        watch = self._watch = Watch(
            self._subject, self._wanted.level, ownership=self._ownership, loop=loop
        )
        timer = None
        if self._wanted.seconds is not None:
            timer = loop.call_later(self._wanted.seconds, self._time_is_over)
        watch.begin()
        laps = 0
        try:
            while not self._is_enough(laps):
                await self._lap(laps + 1)
                laps += not (self._is_stopped or self._is_over)
        finally:
            if timer is not None:
                timer.cancel()
        return await in_thread("profile", lambda: self._ended(watch, laps))

    def _ended(self, watch: Watch, laps: int) -> Profile:
        memory: Memory | None = None if self._memory is None else self._memory.end()
        return watch.end(laps=laps, is_partial=self._is_stopped, memory=memory)

    def _time_is_over(self) -> None:
        self._is_over = True
        self._assistant.stop()

    def _is_enough(self, laps: int) -> bool:
        if self._is_stopped or self._is_over:
            return True
        wanted = _MEMORY_LAPS if self._memory is not None else LAPS
        return self._wanted.seconds is None and laps >= wanted

    async def _lap(self, number: int) -> None:
        """Hear every recording once."""
        self._on_lap(number)
        for at, config in enumerate(self._configs):
            if self._is_stopped or self._is_over:
                return
            if len(self._configs) > 1 and (number or at):
                await self._assistant.reload(config)
            async for event in self._assistant.run(self._wanted.realtime):
                self._note(event)
        if self._memory is not None and number and not (self._is_stopped or self._is_over):
            await in_thread("profile", self._memory.lap)

    def _note(self, event: Event) -> None:
        if isinstance(event, SessionEnded) and self._watch is not None:
            self.outcomes.append(event.reason)
            self._watch.note_utterance(event.spans)
