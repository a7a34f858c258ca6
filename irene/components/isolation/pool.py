"""The workers of one provider: all are loaded together, and the least loaded one is asked."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any

from irene.components.isolation.boot import Boot
from irene.components.isolation.lane import Lane
from irene.components.isolation.reports import WorkerReports
from irene.components.isolation.restarts import RestartPolicy
from irene.components.isolation.settings import WorkerSettings
from irene.components.isolation.shelf import Catalogue, OnShelf
from irene.components.isolation.supervised import Crew, State, SupervisedWorker
from irene.components.isolation.worker import Facts
from irene.domain.audio import Samples
from irene.domain.clock import Clock
from irene.domain.grammar import Grammar
from irene.errors import IreneError, ProviderFailedError


class Talk:
    """Exclusive use of one lane to one worker, until it is closed."""

    def __init__(self, worker: SupervisedWorker, lane: Lane, limit_s: float) -> None:
        self._worker = worker
        self._lane = lane
        self._limit_s = limit_s
        self._catalogue: Catalogue = worker.catalogue
        lane.owner = self

    def provider(self, method: str, *arguments: object, audio: Sequence[Samples] = ()) -> Any:
        """Ask the provider: a method with its arguments, or a property."""
        return self._lane.ask(self, ("provider", method, arguments), audio, self._limit_s)

    def open(self, method: str, *arguments: object) -> Any:
        """Ask the provider for what this lane goes on with; it is given back if that fails."""
        try:
            return self.provider(method, *arguments)
        except BaseException:
            self.close()
            raise

    def stream(self, method: str, *arguments: object, audio: Sequence[Samples] = ()) -> Any:
        """Ask what `open_stream` or `synthesize` of the provider returned on this lane."""
        return self._lane.ask(self, ("stream", method, arguments), audio, self._limit_s)

    def aside(self, method: str, number: int) -> None:
        """Ask a stream that was given a number, also while this talk waits for its answer."""
        self._worker.aside(method, number, self._limit_s)

    @property
    def is_sound(self) -> bool:
        """Whether the worker can still be asked."""
        return self._lane.is_sound

    def within(self, limit_s: float) -> Talk:
        """Give every call that long."""
        self._limit_s = limit_s
        return self

    def grant(self, seconds: float) -> None:
        """Let every call from now on take that much longer."""
        self._limit_s += seconds

    @contextmanager
    def grammar(self, grammar: Grammar | None) -> Iterator[OnShelf | None]:
        """Give what stands for a grammar in a call within the `with` block."""
        if grammar is None:
            yield None
            return
        entry = self._catalogue.entry(grammar)
        yield entry
        self._catalogue.arrived(entry)

    def end_stream(self) -> None:
        """Close the stream in the worker, if that can still be asked, and give the lane back.

        When a call still runs, because whoever made it was given up, that happens at its end.
        """
        self._lane.when_idle(self._end_stream)

    def _end_stream(self) -> None:
        with self:
            if not self._lane.is_sound:
                return
            try:
                self.stream("close")
            except IreneError:
                if self._lane.is_sound:
                    raise  # otherwise the worker died, and its streams with it, as others tell

    def close(self) -> None:
        """Give the lane back; a second call does nothing."""
        if self._lane.owner is self:
            self._lane.owner = None
            self._worker.give_back(self._lane)

    def __enter__(self) -> Talk:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class WorkerPool:
    """Starts, asks and ends the workers of one provider; any thread may use it."""

    def __init__(
        self, boot: Boot, settings: WorkerSettings, reports: WorkerReports, clock: Clock
    ) -> None:
        self._boot = boot
        self.settings = settings
        self._reports = reports
        self._clock = clock
        self._changed = threading.Condition()
        self._workers: list[SupervisedWorker] = []
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """Return a number that no stream has had, for `Talk.aside`."""
        return next(self._numbers)

    def start(self) -> Facts:
        """Start every worker and wait until all of them have loaded the provider.

        Raises:
            IreneError: what the provider raised; every worker is ended then.
            ProviderFailedError: a worker died while it loaded, or took too long.
        """
        policy = RestartPolicy(self.settings.restarts)
        crew = Crew(self.settings, policy, self._reports, self._clock, self._changed)
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

    def talk(self) -> Talk:
        """Return a lane to the worker with the fewest.

        Blocks for a while when every worker is being started again.

        Raises:
            ProviderFailedError: none of them can be asked; the message says for how long.
        """
        with self._changed:
            deadline_s = self._clock.monotonic() + self.settings.wait_s
            while (worker := self._least_loaded()) is None:
                left_s = deadline_s - self._clock.monotonic()
                if left_s <= 0 or not self.may_serve:
                    raise ProviderFailedError(self._why_not())
                self._clock.wait(self._changed, left_s)
            return Talk(worker, worker.lane(), self.settings.call_s)

    def open_stream(self, *arguments: object) -> Talk:
        """Return a lane on which the provider has opened a stream.

        Raises:
            IreneError: what the provider raised.
            ProviderFailedError: no worker can be asked.
        """
        talk = self.talk()
        talk.open("open_stream", *arguments)
        return talk

    def each(self) -> Iterator[Talk]:
        """Yield a lane to each worker that is up, one after the other."""
        for worker in list(self._workers):
            with self._changed:
                if worker.state is not State.UP:
                    continue
                talk = Talk(worker, worker.lane(), self.settings.call_s)
            with talk:
                yield talk

    def warm(self) -> None:
        """Warm up every worker, and from now on those that are started again.

        Raises:
            IreneError: what the provider raised.
        """
        for talk in self.each():
            talk.within(self.settings.start_s).provider("warm_up")
        self._boot_from_now_on(lambda boot: replace(boot, warm=True))

    def prepare(self, grammar: Grammar) -> None:
        """Have every recogniser compile a grammar, and those that are started again.

        Raises:
            IreneError: what the provider raised.
        """
        for talk in self.each():
            with talk.within(self.settings.start_s).grammar(grammar) as entry:
                talk.provider("prepare", entry)
        whole = OnShelf.whole(grammar)
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

    def _least_loaded(self) -> SupervisedWorker | None:
        up = [one for one in self._workers if one.state is State.UP]
        return min(up, key=lambda one: one.n_used, default=None)

    def _why_not(self) -> str:
        now_s = self._clock.monotonic()
        waits = [one.again_s - now_s for one in self._workers if one.state is State.QUARANTINED]
        if waits:
            return (
                f"{self._reports.subject}: its processes died too often; the next one is started "
                f"in {max(0.0, min(waits)):.0f} s"
            )
        return f"{self._reports.subject}: none of its processes could be asked"
