"""Reading the configuration again while the assistant runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from irene.audio.plan import AudioPlan
from irene.components.chain.news import Report
from irene.components.threads import in_thread
from irene.config.changes import applicable, changes_between
from irene.config.included import ITSELF, digests
from irene.config.sections import Config
from irene.domain.audio import AudioFormat
from irene.domain.events import ConfigurationRefused, ConfigurationReloaded
from irene.errors import IreneError, ProviderFailedError
from irene.pipeline.parts import Parts
from irene.pipeline.reloading.report import ReloadReport
from irene.pipeline.reloading.successor import BuildContext, Successor, successor_of
from irene.pipeline.reloading.trial import HeldReport, Trial
from irene.providers.border import ForeignCode

ReadConfig = Callable[[], Config]
"""Reads the configuration as it stands now; blocks, and raises `ConfigurationError`."""


@dataclass(frozen=True)
class Running:
    """The configuration, parts and input of an assistant at this moment."""

    config: Config
    """what it goes by"""
    parts: Parts
    """what it is put together from"""
    source: AudioFormat | None
    """what its input brings, while it is open"""


TakeOver = Callable[[Successor, "AudioPlan | None"], Awaitable[None]]
"""Lets the assistant go on with other components, which are loaded."""


class Reloader:
    """Lets one assistant follow its configuration; reloads wait for each other."""

    def __init__(
        self,
        running: Callable[[], Running],
        take_over: TakeOver,
        context: BuildContext,
        read: ReadConfig,
        report: Report,
    ) -> None:
        self._running = running
        self._take_over = take_over
        self._context = context
        self._read = read
        self._report = report
        self._one_at_a_time = asyncio.Lock()
        self._included: Mapping[str, bytes] = {}
        self._problems: tuple[str, ...] = ()
        """why the configuration was refused, as it was told last"""
        self._is_over = False

    def note_files(self) -> None:
        """Take the files that the configuration names as those that it runs on; blocks."""
        self._included = digests(self._running().config)

    def end(self) -> None:
        """Reload nothing any more: the assistant ends."""
        self._is_over = True

    @asynccontextmanager
    async def still(self) -> AsyncIterator[None]:
        """Reload nothing inside of the `async with` block; a reload in progress is waited for."""
        async with self._one_at_a_time:
            yield

    async def reload(self, config: Config | None = None) -> ReloadReport:
        """Go by another configuration, or by the one that is read now; tell what came of it.

        Nothing that is wrong with it is raised: the assistant goes on as it was, and the report
        and an event say why.
        """
        report = await self._tried(config)
        self._tell(report)
        return report

    async def follow(self) -> None:
        """Go by the configuration that is read now; what was told of it already is not repeated."""
        report = await self._tried(None)
        if not report.refused or report.problems != self._problems:
            self._tell(report)

    async def _tried(self, config: Config | None) -> ReloadReport:
        async with self._one_at_a_time:
            try:
                return await self._reload(config)
            except IreneError as error:
                return ReloadReport(problems=_lines(error))

    async def _reload(self, given: Config | None) -> ReloadReport:
        new = await in_thread("reload", self._read) if given is None else given
        running = self._running()
        wanted = changes_between(running.config, new)
        config = applicable(running.config, new)
        included = await in_thread("reload", partial(digests, config))
        changes = wanted.and_keys(self._other_files(included))
        if changes.applied:
            report = HeldReport(self._report)
            with ForeignCode():
                successor = successor_of(running.parts, config, self._context, report, changes)
            trial = Trial(successor, self._context.registry, report)
            plan = await trial.passed(running.source)
            if self._is_over:
                await trial.discard()
                raise ProviderFailedError("the assistant has ended")
            await self._take_over(successor, plan)
            report.release()
        self._included = included
        return ReloadReport(changes.applied, changes.restart)

    def _other_files(self, included: Mapping[str, bytes]) -> list[str]:
        """Return the keys that name the same files as before, which hold something else."""
        return [
            key
            for key, digest in included.items()
            if key != ITSELF and self._included.get(key, digest) != digest
        ]

    def _tell(self, report: ReloadReport) -> None:
        self._problems = report.problems
        if report.refused:
            self._report(ConfigurationRefused(problems=report.problems))
        else:
            self._report(ConfigurationReloaded(changed=report.changed, restart=report.restart))


def _lines(error: IreneError) -> tuple[str, ...]:
    return tuple(str(error).splitlines()) or (type(error).__name__,)
