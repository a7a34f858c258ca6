"""The workers of one provider: all are loaded together, and the least loaded one is asked."""

from __future__ import annotations

import itertools
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from irene.components.isolation.boot import Boot
from irene.components.isolation.grammar_store import GrammarReference
from irene.components.isolation.lane_lease import LaneLease
from irene.components.isolation.reports import WorkerReports
from irene.components.isolation.restarts import RestartPolicy
from irene.components.isolation.settings import WorkerSettings
from irene.components.isolation.supervised import Crew, State, SupervisedWorker
from irene.components.isolation.worker import Facts
from irene.domain.clock import Clock
from irene.domain.grammar import Grammar
from irene.errors import ProviderFailedError


class WorkerPool:
    """Starts, asks and ends the workers of one provider; any thread may use it."""

    def __init__(
        self, boot: Boot, settings: WorkerSettings, reports: WorkerReports, clock: Clock
    ) -> None:
        self._boot = boot
        self.settings = settings
        self._reports = reports
        self.clock = clock
        self._changed = threading.Condition()
        self._workers: list[SupervisedWorker] = []
        self._numbers = itertools.count(1)
        self.standard_input: Callable[[], int] = _nothing
        """returns what the next process gets as its standard input, as `Popen` takes it"""

    def start(self) -> Facts:
        """Start every worker and wait until all of them have loaded the provider.

        Raises:
            IreneError: what the provider raised; every worker is ended then.
            ProviderFailedError: a worker died while it loaded, or took too long.
        """
        policy = RestartPolicy(self.settings.restarts)
        crew = Crew(
            self.settings, policy, self._reports, self.clock, self.standard_input, self._changed
        )
        with self._changed:
            self._workers = [
                SupervisedWorker(number, self._boot, crew)
                for number in range(1, self.settings.workers + 1)
            ]
            for worker in self._workers:
                worker.start()
            self._changed.wait_for(self._have_begun)
            workers = list(self._workers)
        refusal = next((one.refusal for one in workers if one.refusal is not None), None)
        facts = next((one.facts for one in workers if one.facts is not None), None)
        if facts is not None and all(one.facts is not None for one in workers):
            return facts
        self._end(workers)
        raise refusal or ProviderFailedError("it was closed")

    def _have_begun(self) -> bool:
        """Whether all workers have loaded, or one could not be."""
        states = [one.state for one in self._workers]
        return State.OVER in states or all(one.facts is not None for one in self._workers)

    def lease(self) -> LaneLease:
        """Return a lane to the worker with the fewest.

        Blocks for a while when every worker is being started again.

        Raises:
            ProviderFailedError: none of them can be asked; the message says for how long.
        """
        with self._changed:
            deadline_s = self.clock.monotonic() + self.settings.wait_s
            while (worker := self._least_loaded()) is None:
                left_s = deadline_s - self.clock.monotonic()
                if left_s <= 0 or not self.may_serve:
                    raise ProviderFailedError(self._why_not())
                self.clock.wait(self._changed, left_s)
            return self._lease_of(worker)

    def open_stream(self, *arguments: object) -> LaneLease:
        """Return a lane on which the provider has opened a stream.

        Raises:
            IreneError: what the provider raised.
            ProviderFailedError: no worker can be asked.
        """
        lease = self.lease()
        lease.open("open_stream", *arguments)
        return lease

    def each(self) -> Iterator[LaneLease]:
        """Yield a lane to each worker that is up, one after the other."""
        for worker in list(self._workers):
            with self._changed:
                if worker.state is not State.UP:
                    continue
                lease = self._lease_of(worker)
            with lease:
                yield lease

    def warm(self) -> None:
        """Warm up every worker, and from now on those that are started again.

        Raises:
            IreneError: what the provider raised.
        """
        for lease in self.each():
            lease.within(self.settings.start_s).provider("warm_up")
        self._boot_from_now_on(lambda boot: replace(boot, warm=True))

    def prepare(self, grammar: Grammar) -> None:
        """Have every recogniser compile a grammar, and those that are started again.

        Raises:
            IreneError: what the provider raised.
        """
        for lease in self.each():
            with lease.within(self.settings.start_s).grammar(grammar) as entry:
                lease.provider("prepare", entry)
        whole = GrammarReference.whole(grammar)
        self._boot_from_now_on(lambda boot: boot.preparing(whole))

    def _boot_from_now_on(self, change: Callable[[Boot], Boot]) -> None:
        """Change what the next process of each worker is told."""
        with self._changed:
            for worker in self._workers:
                worker.boot = change(worker.boot)

    @property
    def may_serve(self) -> bool:
        """Whether a worker is up, or is being started."""
        with self._changed:
            return any(
                one.state in (State.UP, State.STARTING, State.WAITING) for one in self._workers
            )

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that run."""
        return tuple(one.pid for one in self._workers if one.pid is not None)

    def close(self) -> None:
        """End every worker, also one that is being started. From any thread."""
        with self._changed:
            workers = list(self._workers)
        self._end(workers)

    @staticmethod
    def _end(workers: Sequence[SupervisedWorker]) -> None:
        for worker in workers:
            worker.begin_to_close()
        for worker in workers:
            worker.close()

    def _lease_of(self, worker: SupervisedWorker) -> LaneLease:
        return LaneLease(worker, worker.lane(), self.settings.call_s, next(self._numbers))

    def _least_loaded(self) -> SupervisedWorker | None:
        up = [one for one in self._workers if one.state is State.UP]
        return min(up, key=lambda one: one.n_used, default=None)

    def _why_not(self) -> str:
        now_s = self.clock.monotonic()
        waits = [one.again_s - now_s for one in self._workers if one.state is State.QUARANTINED]
        if waits:
            return (
                f"{self._reports.subject}: its processes died too often; the next one is started "
                f"in {max(0.0, min(waits)):.0f} s"
            )
        return f"{self._reports.subject}: none of its processes could be asked"


def _nothing() -> int:
    return subprocess.DEVNULL
