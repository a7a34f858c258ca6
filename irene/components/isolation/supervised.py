"""One worker: a process that is started again when it dies, and the lanes to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import partial

from irene.components.isolation.boot import Boot
from irene.components.isolation.grammar_store import SentGrammars
from irene.components.isolation.lane import Lane
from irene.components.isolation.lanes import Lanes
from irene.components.isolation.output_lines import OutputLines
from irene.components.isolation.process import WorkerProcess
from irene.components.isolation.reports import WorkerReports
from irene.components.isolation.restarts import RestartPolicy
from irene.components.isolation.settings import WorkerSettings
from irene.components.isolation.watch import Watch
from irene.components.isolation.worker import Facts
from irene.domain.clock import Clock
from irene.errors import IreneError, ProviderFailedError

_REASON_S = 10.0
"""longest wait for the reason of a death, by whoever noticed it first"""
_THREAD_S = 10.0
"""longest wait for the thread at the end: as long as a process may take to be ended"""


class State(Enum):
    """What a worker is doing."""

    STARTING = "starting"
    """its engine is being loaded"""
    UP = "up"
    """it can be asked"""
    WAITING = "waiting"
    """it died, and is started again shortly"""
    QUARANTINED = "quarantined"
    """it died too often, and is started again after a long while"""
    OVER = "over"
    """it was closed, or could not be loaded the first time"""


@dataclass(frozen=True)
class Crew:
    """What the workers of one provider have in common."""

    settings: WorkerSettings
    policy: RestartPolicy
    """counts the deaths of all of them"""
    reports: WorkerReports
    clock: Clock
    standard_input: Callable[[], int]
    """returns what the next process gets as its standard input, as `Popen` takes it"""
    changed: threading.Condition = field(default_factory=threading.Condition)
    """guards their state, and tells of every change: one waits for whichever comes up first"""


class SupervisedWorker:
    """Keeps one worker process running, on a thread that lives as long as that is wanted.

    Any thread may ask for lanes.
    """

    def __init__(self, number: int, boot: Boot, crew: Crew) -> None:
        self.number = number
        """from 1"""
        self.boot = boot
        """what the next process is told"""
        self._crew = crew
        self._reports = crew.reports
        self._clock = crew.clock
        self._changed = crew.changed
        self.state = State.STARTING
        self.facts: Facts | None = None
        """what is known of the provider; None until it was loaded once"""
        self.refusal: IreneError | None = None
        """why it could not be loaded the first time"""
        self.again_s = 0.0
        """time of the clock at which it is started again, while it waits or is quarantined"""
        self.sent_grammars = SentGrammars()
        """grammars that the process has"""
        self._process: WorkerProcess | None = None
        self._watch: Watch | None = None
        self._lanes = Lanes(crew.clock, crew.reports.measured)
        self._reason = ""
        self._closing = False
        name = f"irene-worker-{crew.reports.kind}-{crew.reports.provider}-{number}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to start the process; `state` tells how it goes."""
        self._thread.start()

    def begin_to_close(self) -> None:
        """Have the provider closed and the process ended, without waiting for it."""
        with self._changed:
            self._closing = True
            if self._watch is not None:
                self._watch.ask_to_end()
            self._changed.notify_all()

    def close(self) -> None:
        """Wait for the end of what `begin_to_close` began."""
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_THREAD_S)

    @property
    def pid(self) -> int | None:
        """Process id of the worker; None while there is none."""
        process = self._process
        return process.pid if process is not None else None

    def lane(self) -> Lane:
        """Return a lane, which is the caller's until `give_back`; `changed` is held.

        Raises:
            ProviderFailedError: no further lane can be opened.
        """
        process = self._process
        if process is None:
            raise ProviderFailedError(self._lost(process))
        return self._lanes.take(process.control, partial(self._lost, process))

    def aside(self, method: str, number: int, limit_s: float) -> None:
        """Ask a stream of this worker over a lane of its own.

        Raises:
            IreneError: it cannot be asked, or raised.
        """
        with self._changed:
            lane = self.lane()
        lane.owner = self
        try:
            lane.ask(self, ("aside", method, (number,)), (), limit_s)
        finally:
            lane.owner = None
            self.give_back(lane)

    def give_back(self, lane: Lane) -> None:
        """Take a lane back."""
        with self._changed:
            is_kept = self._lanes.give_back(lane)
            self._changed.notify_all()
        if not is_kept:
            lane.close()

    @property
    def n_used(self) -> int:
        """Lanes that are in use."""
        return self._lanes.n_used

    def _lost(self, process: WorkerProcess | None) -> str:
        """Return why a process does not answer any more; waits until that is known."""
        with self._changed:
            self._changed.wait_for(lambda: self._process is not process, _REASON_S)
            return f"{self._reports.subject}: {self._reason or 'its worker does not answer'}"

    def _run(self) -> None:
        """Start the process, and start it again whenever it has died."""
        began_s: float | None = None
        while not self._closing:
            reason, refusal = self._live(began_s)
            if self._closing:
                break
            if self.facts is None:
                self.refusal = refusal or ProviderFailedError(reason)
                break
            began_s = self._clock.monotonic()
            self._wait_after(reason)
        self._become(State.OVER)

    def _live(self, died_s: float | None) -> tuple[str, IreneError | None]:
        """Run one process to its end; return why it ended, and what it refused to load for."""
        self._become(State.STARTING)
        try:
            label = f"{self._reports.table} worker {self.number}"
            process = WorkerProcess(label, self._crew.standard_input())
        except OSError as error:
            self._reason = f"no process can be started: {error}"
            return self._reason, None
        output = OutputLines(self._reports.table, self._clock)
        watch = Watch(process, self._crew.settings, output, self._clock, self._watched)
        watch.on_up = partial(self._up, died_s)
        with self._changed:
            self._process, self._watch = process, watch
            self.sent_grammars = SentGrammars()
            if self._closing:
                watch.ask_to_end()
        reason = watch.run(self.boot)
        self._become(State.WAITING)  # nobody opens a lane any more
        process.end()
        self._forget(reason)
        watch.close()
        process.close()
        return reason, watch.refusal

    def _up(self, died_s: float | None, facts: Facts) -> None:
        self.facts = facts
        self._become(State.UP)
        if died_s is not None:
            self._reports.restarted(self.number, self._clock.monotonic() - died_s)

    def _forget(self, reason: str) -> None:
        """Part from a process that has ended, and from every lane to it."""
        with self._changed:
            self._reason = reason
            self._process = self._watch = None
            lanes = self._lanes.part()
            self._changed.notify_all()
        for lane in lanes:
            lane.cut()
            lane.close()

    def _wait_after(self, reason: str) -> None:
        restart = self._crew.policy.died(self._clock.monotonic())
        self.again_s = self._clock.monotonic() + restart.delay_s
        self._become(State.QUARANTINED if restart.is_quarantine else State.WAITING)
        self._reports.died(self.number, reason, restart)
        with self._changed:
            while not self._closing and (left_s := self.again_s - self._clock.monotonic()) > 0:
                self._clock.wait(self._changed, left_s)

    def _watched(self) -> list[Lane]:
        with self._changed:
            return self._lanes.all()

    def _become(self, state: State) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()
