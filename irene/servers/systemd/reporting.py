"""A run, as its service manager sees it: starting, ready, reloading, stopping, alive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from irene.domain.clock import SystemClock
from irene.domain.events import Event, RunEnded, RunStarted, Warned
from irene.errors import IreneError
from irene.pipeline.state import RunState
from irene.servers.systemd.liveness import Liveness
from irene.servers.systemd.notifying import Notifier

_LOADING_S = 60.0
"""how much longer than until now a start may take, said at each beat while engines load"""
_ENDING_S = 30.0
"""how much longer than its own limit an end may take: engines that hang are waited for"""
_BEAT_S = 5.0
"""time between beats where there is no watchdog"""


class ServiceReport:
    """Tells a service manager about one run; the event loop drives it.

    Beats come from the event loop, so a loop that hangs gives no sign of life, and neither does a
    listening thread that hangs.
    """

    def __init__(
        self, notifier: Notifier, liveness: Liveness, warn: Callable[[Event], None]
    ) -> None:
        self._notifier = notifier
        self._liveness = liveness
        self._warn = warn
        self._state = RunState(SystemClock())
        self._told = ""
        self._is_ready = False
        self._is_starved = False

    def take(self, event: Event) -> None:
        """Take the next event of the run."""
        self._state.note(event)
        if isinstance(event, RunStarted):
            self._is_ready = True
            self._notifier.send(READY=1)
        elif isinstance(event, RunEnded):
            self.stopping(0)
        if self._state.doing != self._told:
            self._told = self._state.doing
            self._notifier.send(STATUS=self._told)

    def stopping(self, limit_s: float) -> None:
        """Tell that the run ends, and within which time at the latest."""
        self._notifier.send(STOPPING=1, EXTEND_TIMEOUT_USEC=_microseconds(limit_s + _ENDING_S))

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """Tell that the configuration is read anew while a block runs."""
        self._notifier.send(RELOADING=1, MONOTONIC_USEC=_microseconds(SystemClock().monotonic()))
        try:
            yield
        finally:
            self._notifier.send(READY=1)

    def failed(self, error: IreneError) -> None:
        """Tell why the run ends."""
        self._notifier.send(STATUS=f"failed: {error}")

    def beat(self) -> None:
        """Give a sign of life, unless nothing is heard any more; called on the event loop."""
        if not self._is_ready:
            self._notifier.send(WATCHDOG=1, EXTEND_TIMEOUT_USEC=_microseconds(_LOADING_S))
        elif self._liveness.is_alive():
            self._is_starved = False
            self._notifier.send(WATCHDOG=1)
        elif not self._is_starved:
            self._is_starved = True
            message = "no audio comes through any more: the watchdog gets no sign of life"
            self._warn(Warned(message=message))

    async def keep_beating(self) -> None:
        """Beat twice in the time that the watchdog allows; without one, while engines load."""
        limit_s = self._notifier.watchdog_s
        while limit_s is not None or not self._is_ready:
            self.beat()
            await asyncio.sleep(_BEAT_S if limit_s is None else limit_s / 2)


@asynccontextmanager
async def reported(
    notifier: Notifier, pulse: Callable[[], int | None], warn: Callable[[Event], None]
) -> AsyncIterator[ServiceReport]:
    """Tell a service manager about the run in a block; nothing is done where there is none.

    Args:
        notifier: what reaches it.
        pulse: see `Liveness`.
        warn: takes the warning that no sign of life is given any more.
    """
    patience_s = (notifier.watchdog_s or 0.0) / 2
    report = ServiceReport(notifier, Liveness(pulse, SystemClock(), patience_s), warn)
    if not notifier.is_heard:
        yield report
        return
    notifier.send(STATUS="starting")
    beating = asyncio.ensure_future(report.keep_beating())
    try:
        yield report
    except IreneError as error:
        report.failed(error)
        raise
    finally:
        beating.cancel()


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)
