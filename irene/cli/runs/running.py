"""Running the assistant in the foreground, until its input ends or somebody stops it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from typing import TYPE_CHECKING

from irene.cli.error_border import BROKEN_PIPE, exit_code_of, tell
from irene.cli.runs.event_printers import EventPrinter
from irene.cli.runs.outcome import Outcome
from irene.cli.runs.reload_signal import on_hang_up
from irene.cli.runs.stop_signals import on_stop_signal
from irene.domain.events import Event, RunEnded, RunStarted
from irene.pipeline.assistant import Assistant
from irene.servers.systemd.notifying import Notifier
from irene.servers.systemd.reporting import ServiceReport, reported

if TYPE_CHECKING:
    from irene.servers.control.commands import Observed


class ForegroundRun:
    """One run whose events are shown as they come.

    SIGINT (Ctrl-C) and SIGTERM end it cleanly, also while engines are still loading: what is in
    progress is finished, a second signal breaks it off, and one more kills. A reader of standard
    output that goes away ends it, too. SIGHUP has the configuration read again.
    """

    def __init__(
        self,
        assistant: Assistant,
        printer: EventPrinter,
        realtime: bool = False,
        has_control: bool = False,
    ) -> None:
        """`has_control` lets other programs reach the assistant while it runs."""
        self._assistant = assistant
        self._show: Callable[[Event], None] = printer.show
        self._realtime = realtime
        self._has_control = has_control
        self._publish: Callable[[Event], None] = lambda event: None
        self._note: Callable[[Event], None] = lambda event: None
        self._service: ServiceReport | None = None
        self._task: asyncio.Task[None] | None = None
        self._begun = False
        self._pipe_broke = False
        self._is_ending = False
        self._reloads: set[asyncio.Task[object]] = set()
        self.outcome = Outcome()
        """how its commands went"""
        self.stopped = False
        """whether somebody stopped the run before its input was over"""

    @property
    def exit_code(self) -> int:
        """Status of a run that is over: that of its last error if no command was served.

        What happened before somebody stopped the run does not count.
        """
        if self._pipe_broke:
            return BROKEN_PIPE
        failed = self.outcome.error_code and not self.outcome.is_served and not self.stopped
        return exit_code_of(self.outcome.error_code) if failed else 0

    async def run(self) -> None:
        """Load, run to the end, and close.

        Raises:
            IreneError: the run could not start, or failed.
        """
        self._task = asyncio.current_task()
        on_stop_signal(lambda number: self._end())
        notifier, assistant = Notifier.of(os.environ), self._assistant
        async with reported(notifier, assistant.pulse, assistant.report) as self._service:
            with self._until_stopped():
                async with self._observed() as measured, self._control(measured) as self._publish:
                    with self._until_stopped():
                        await self._show_all()

    async def _show_all(self) -> None:
        on_hang_up(self._reload, self._stop)
        async with self._assistant as assistant:
            async for event in assistant.run(self._realtime):
                self._begun |= isinstance(event, RunStarted)
                self.outcome.note(event)
                self._tell(event)

    @contextmanager
    def _until_stopped(self) -> Iterator[None]:
        """Take it for the end of the run when somebody stops it before it has begun."""
        try:
            yield
        except asyncio.CancelledError:
            if not self.stopped:
                raise
            self._tell(RunEnded(reason="stopped"))

    @asynccontextmanager
    async def _observed(self) -> AsyncIterator[Observed]:
        """Measure the run; yields what tells of that."""
        if not self._assistant.config.performance.enable_monitoring:
            yield dict
            return
        from irene.cli.performance.observed_run import observed

        async with observed(self._assistant) as observer:
            self._note = observer.note
            yield observer.state

    def _control(self, measured: Observed) -> AbstractAsyncContextManager[Callable[[Event], None]]:
        if not self._has_control:
            return nullcontext(lambda event: None)
        from irene.cli.runs.controlled_run import controlled

        return controlled(self._assistant, self._end, self._try_to_show, measured)

    def _reload(self) -> None:
        """Read the configuration again; an event of the run tells what came of it."""
        task: asyncio.Task[object] = asyncio.ensure_future(self._reloaded())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def _reloaded(self) -> None:
        with self._service.reloading() if self._service is not None else nullcontext():
            await self._assistant.reload()

    def _end(self) -> bool:
        """End the run when what it is about is done, or at once when it is told so again.

        Returns whether it may be told again.
        """
        if self._service is not None:
            self._service.stopping(self._assistant.config.assistant.drain_ms / 1000)
        if self._is_ending or not self._begun or not self._assistant.drain():
            self._stop()
            return False
        self._is_ending = self.stopped = True
        if sys.stderr.isatty():
            tell("finishing what it is about; Ctrl-C again ends it at once")
        return True

    def _stop(self) -> None:
        if self.stopped and not self._is_ending:
            return
        self.stopped, self._is_ending = True, False
        self._assistant.stop()
        if self._task is not None and not self._begun:
            self._task.cancel()  # engines that load, and pipes that say nothing, do not hear `stop`

    def _tell(self, event: Event) -> None:
        self._note(event)
        if self._service is not None:
            self._service.take(event)
        self._publish(event)
        self._try_to_show(event)

    def _try_to_show(self, event: Event) -> None:
        """Show an event; when nobody reads any more, end the run and show no further one."""
        if self._pipe_broke:
            return
        try:
            self._show(event)
        except BrokenPipeError:
            self._pipe_broke = True
            self._stop()
