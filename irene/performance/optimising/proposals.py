"""An assistant that looks now and then for better settings of its own, and proposes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Protocol

from irene.components.threads import in_thread
from irene.config.sections import Config
from irene.domain.events import Event, SettingsProposed, Warned
from irene.errors import IreneError
from irene.performance.optimising.outcome import Outcome
from irene.performance.optimising.proposing import propose, recommendations
from irene.performance.optimising.quiet_trials import QuietTrials

Search = Callable[[Config], "Outcome | None"]
"""Returns what was found; None when it was ended before it began."""
Sleep = Callable[[float], Awaitable[object]]


class Configured(Protocol):
    """Whose settings they are: an assistant."""

    config: Config
    """the configuration in force"""


class Proposals:
    """Searches once in every `optimization_interval`, and tells what is proven to be better.

    Nothing is written. The same proposals are told once. A search that is not possible is one
    warning, and the last.
    """

    def __init__(
        self,
        assistant: Configured,
        report: Callable[[Event], None],
        *,
        search: Search = propose,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`report` takes the events; `search` blocks, for minutes, on a thread of its own."""
        self._assistant = assistant
        self._report = report
        self._search = search
        self._sleep = sleep
        self._told: tuple[str, ...] = ()

    async def run(self) -> None:
        """Go on until it is cancelled, or no search is possible."""
        while True:
            await self._sleep(self._assistant.config.performance.optimization_interval)
            try:
                work = partial(self._search, self._assistant.config)
                outcome = await in_thread("optimise", work)
            except IreneError as error:
                message = f"performance.enable_auto_optimization: nothing is proposed: {error}"
                self._report(Warned(message=message))
                return
            if outcome is not None:
                self._tell(tuple(recommendations(outcome)))

    def _tell(self, lines: tuple[str, ...]) -> None:
        if lines and lines != self._told:
            self._report(SettingsProposed(proposals=lines))
        self._told = lines


@asynccontextmanager
async def proposing(
    assistant: Configured, report: Callable[[Event], None]
) -> AsyncIterator[Callable[[Event], None]]:
    """Look for better settings now and then while a block runs, and nobody speaks.

    Yields what takes every event of the run. A search that goes on at the end of the block is
    ended, and the trial that runs is killed.
    """
    trials = QuietTrials()

    search = partial(searched, trials)
    task = asyncio.ensure_future(Proposals(assistant, report, search=search).run())
    try:
        yield trials.note
    finally:
        trials.end()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def searched(trials: QuietTrials, config: Config) -> Outcome | None:
    """Search when nobody speaks; return None when that was ended before it began."""
    trials.begin()
    with suppress(KeyboardInterrupt):
        trials.wait_for_quiet()  # what is made ready for the trials takes its time as well
        return propose(config, run=trials, clock=trials.clock)
    return None
