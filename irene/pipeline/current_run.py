"""The run in progress: the input that is open, and the thread that listens to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future
from functools import partial

from irene.components.threads import in_thread, start_daemon
from irene.domain.audio import AudioFormat
from irene.domain.deadlines import drop
from irene.domain.events import Event
from irene.pipeline.event_queue import EventQueue
from irene.pipeline.listening.capture import Capture
from irene.pipeline.run import Run
from irene.telemetry.costs import StageCosts

_GRACE_S = 5.0
"""longest wait at the end of a run for an engine that does not return"""
_STOP_POLL_S = 0.05
"""how often `stop()` is looked for while an input opens"""
_PATIENT_LOOKS = 20
"""looks after which it is told that the input has not opened yet"""


class CurrentRun:
    """One run at a time, from the opening of its input to the end of its thread; or none."""

    def __init__(self, queue: EventQueue) -> None:
        """`queue` is read while an input opens, and gets None at the end of a run."""
        self.run: Run | None = None
        """what listens and answers; None before the engines' streams are open, and afterwards"""
        self._queue = queue
        self._capture: Capture | None = None
        self._worker: Future[None] | None = None
        self._stopping = threading.Event()

    @property
    def is_stopping(self) -> bool:
        """Whether `stop` was called for this run or, between two runs, for the next one."""
        return self._stopping.is_set()

    @property
    def is_over(self) -> bool:
        """Whether no thread is listening: the last one has ended, or none has begun."""
        return self._worker is None or self._worker.done()

    @property
    def source(self) -> AudioFormat | None:
        """What the input brings, while it is open."""
        return None if self.run is None else self.run.source

    @property
    def pulse(self) -> int | None:
        """A count that grows with the audio that a device brings; None while none need to come."""
        return None if self._capture is None or self.is_over else self._capture.pulse

    async def opening(
        self, capture: Capture, tell_waiting: Callable[[], None]
    ) -> AsyncGenerator[Event, None]:
        """Open the input, until `stop()` is called; yield what happens if that takes long.

        `tell_waiting` is called once if nothing comes for a second.

        Raises:
            AudioFormatError: a file is missing or no audio.
            DeviceError: there is no such device.
        """
        self._capture = capture
        opening = asyncio.ensure_future(in_thread("open", capture.open))
        n_looks = 0
        try:
            while not opening.done() and not self.is_stopping:
                await asyncio.wait({opening}, timeout=_STOP_POLL_S)
                n_looks += 1
                if n_looks == _PATIENT_LOOKS:
                    tell_waiting()
                while n_looks > _PATIENT_LOOKS and self._queue.n_waiting:
                    if (event := await self._queue.get()) is not None:
                        yield event
            if not self.is_stopping:
                await opening
        finally:
            drop(opening)  # who was cancelled meanwhile no longer waits for the outcome

    def take(self, run: Run) -> None:
        """Make this the current run; it is stopped at once if `stop` was called meanwhile."""
        self.run = run
        if self.is_stopping:
            run.stop()

    def listen(self, run: Run, costs: StageCosts) -> None:
        """Begin to read the input, on a thread of its own; whatever happens, the events end."""
        self._worker = start_daemon("run", partial(self._listen, run, costs))

    def _listen(self, run: Run, costs: StageCosts) -> None:
        try:
            run.listen(costs)
        finally:
            self._queue.put(None)

    def stop(self) -> None:
        """Read and answer nothing more; from any thread. Before a run, the next one is stopped."""
        self._stopping.set()
        # An engine that hangs on the capture thread does not hold up whoever reads the events.
        self._queue.end_after(_GRACE_S)
        if self._capture is not None:
            self._capture.stop()
        if self.run is not None:
            self.run.stop()

    async def ended(self) -> None:
        """Wait for the thread that listens, but not for an engine that hangs in it."""
        if self._worker is None or self._worker.done():
            return
        ended = asyncio.wrap_future(self._worker)
        ended.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait({ended}, timeout=_GRACE_S)

    def check(self) -> None:
        """Raise what the thread that listened raised, if it is done."""
        if self._worker is not None and self._worker.done():
            self._worker.result()

    def begin_again(self) -> None:
        """Be ready for another run."""
        self._capture = self.run = None
        self._stopping.clear()
