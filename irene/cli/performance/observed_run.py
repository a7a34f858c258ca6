"""The measurements of a run in the foreground, spoken or in writing."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from irene.components.threads import in_thread
from irene.config.sections import Config
from irene.domain.clock import SystemClock
from irene.domain.events import Event
from irene.performance.watching.observer import Observer
from irene.telemetry.recorder import Snapshot

if TYPE_CHECKING:
    from irene.pipeline.assistant import Assistant
    from irene.pipeline.typed import TypedAssistant


@asynccontextmanager
async def observed(
    assistant: Assistant | TypedAssistant, is_over: bool = False
) -> AsyncIterator[Observer]:
    """Look at an assistant while a block runs; what takes every event of its run is yielded.

    What `is_over` is only looked at: there is nothing left to be profiled.
    """
    interval_s = assistant.config.performance.monitoring_interval
    looked = _Looked(assistant)
    observer = Observer(looked, SystemClock(), interval_s)
    observer.follow(looked.hear)
    observer.start()
    try:
        async with AsyncExitStack() as further:
            if assistant.config.performance.enable_profiling and not is_over:
                from irene.performance.profiling.periodic import profiled

                observer.follow(
                    await further.enter_async_context(profiled(assistant, assistant.report))
                )
            if assistant.config.performance.enable_auto_optimization and not is_over:
                from irene.performance.optimising.proposals import proposing

                observer.follow(
                    await further.enter_async_context(proposing(assistant, assistant.report))
                )
            yield observer
    finally:
        await in_thread("observer", observer.close)
        looked.tell_early()


class _Looked:
    """An assistant, as an observer sees it.

    What is to be told before the run begins waits for its first event: nobody would hear it.
    """

    def __init__(self, assistant: Assistant | TypedAssistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._early: list[Event] | None = []
        """None once the run has begun"""

    @property
    def config(self) -> Config:
        return self._assistant.config

    def snapshot(self) -> Snapshot:
        return self._assistant.recorder.snapshot()

    def provider_reports(self) -> list[dict[str, Any]]:
        return [report.to_dict() for report in self._assistant.providers()]

    def report(self, event: Event) -> None:
        with self._lock:
            if self._early is not None:
                self._early.append(event)
                return
        self._assistant.report(event)

    def hear(self, _event: Event) -> None:
        if self._early is not None:
            self.tell_early()

    def tell_early(self) -> None:
        with self._lock:
            early, self._early = self._early or [], None
        for event in early:
            self._assistant.report(event)
