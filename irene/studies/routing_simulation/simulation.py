"""Requests that go through the real router to simulated engines."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from irene.components.routing.breaker import Transition
from irene.components.routing.lease import Lease
from irene.components.routing.outcome import Outcome
from irene.components.routing.request_failures import RequestFailures
from irene.components.routing.router import Router
from irene.components.routing.router_stats import RouterStats
from irene.components.routing.settings import Member, RoutingSettings
from irene.components.routing.snapshot import Circuit
from irene.components.routing.waiting import Ticket
from irene.errors import IreneError
from irene.studies.routing_simulation.agenda import Agenda
from irene.studies.routing_simulation.engines import ALWAYS, Ending, Engine, Work
from irene.studies.routing_simulation.ledger import End, Figures, Ledger
from irene.studies.routing_simulation.scenarios import Scenario
from irene.studies.routing_simulation.trials import SimulatedProber

SETTINGS = RoutingSettings(deadline_s=1.5)
"""the router's own defaults, and half of the time that users wait for each call"""


@dataclass(frozen=True)
class Plan:
    """A run that can be repeated exactly."""

    scenario: Scenario
    settings: RoutingSettings = SETTINGS
    n_requests: int = 20_000
    seed: int = 1
    patience_s: float = 1.0
    """longest wait for a place; somebody who could begin only later would be late anyway"""
    is_probed: bool = True
    """whether trials of engines that were down are made in the background, as the chain does"""
    is_judged: bool = True
    """whether a request that fails everywhere counts against nobody, as the chain has it"""


@dataclass(frozen=True)
class Run:
    """What came of a plan."""

    plan: Plan
    figures: Figures
    stats: RouterStats
    """what the router counted"""
    changes: Sequence[tuple[float, str, Transition]]
    """virtual time, engine and change of each circuit"""
    ledger: Ledger
    wall_s: float
    """time that the computation took"""


def simulate(plan: Plan) -> Run:
    """Let all requests of a plan arrive, and run until each has ended and all engines are idle."""
    began = time.perf_counter()
    world = _World(plan)
    world.agenda.run()
    n_openings = sum(change.after is Circuit.OPEN for _, _, change in world.changes)
    return Run(
        plan,
        replace(world.ledger.figures(), n_openings=n_openings),
        world.router.stats(),
        world.changes,
        world.ledger,
        time.perf_counter() - began,
    )


class _World:
    """The parts of one run."""

    def __init__(self, plan: Plan) -> None:
        scenario = plan.scenario
        self.plan = plan
        self.agenda = Agenda()
        self.ledger = Ledger(scenario.engines, scenario.deadline_s)
        self.changes: list[tuple[float, str, Transition]] = []
        members = [
            Member(one.name, one, weight=one.weight, max_concurrency=one.places)
            for one in scenario.engines
        ]
        settings = replace(plan.settings, seed=plan.seed)
        self.router = Router("asr", members, settings, self.agenda, self._note_change)
        self._prober: SimulatedProber | None = None
        if plan.is_probed:
            chance = self._random("trials")
            self._prober = SimulatedProber(self.router, self.agenda, chance)
        self.chance = {one.name: self._random(one.name) for one in scenario.engines}
        self.poison = self._random("poison")
        times = scenario.arrivals.times(self._random("arrivals"))
        self._arrivals = islice(times, plan.n_requests)
        self._enter_next()

    def _random(self, purpose: str) -> Random:
        """Return chance of its own for each purpose: another strategy changes no other draw."""
        return Random(f"{self.plan.seed} {self.plan.scenario.name} {purpose}")

    def _note_change(self, name: str, change: Transition) -> None:
        self.changes.append((self.agenda.monotonic(), name, change))
        if self._prober is not None:
            self.agenda.after(0.0, self._prober.look)

    def _enter_next(self) -> None:
        time_s = next(self._arrivals, None)
        if time_s is not None:
            self.agenda.at(time_s, self._arrive)
        elif self._prober is not None:
            self._prober.close()

    def _arrive(self) -> None:
        self._enter_next()
        _Request(self).ask()


class _Request:
    """Somebody who waits for an answer: does what a caller of the router does, in virtual time."""

    __slots__ = (
        *("_arrived_s", "_is_over", "_n_running", "_ticket", "_tried", "_failures", "_world"),
        "is_poison",
    )

    def __init__(self, world: _World) -> None:
        self._world = world
        self._tried: list[str] = []
        self._failures = RequestFailures() if world.plan.is_judged else None
        self._n_running = 0
        self._is_over = False
        self._ticket: Ticket[Engine] | None = None
        self._arrived_s = world.agenda.monotonic()
        self.is_poison = world.poison.random() < world.plan.scenario.poison_share
        """whether no engine can answer it"""
        world.ledger.arrived(self._arrived_s)
        if world.plan.scenario.deadline_s < ALWAYS:
            world.agenda.after(world.plan.scenario.deadline_s, self._give_up)

    def ask(self) -> None:
        """Ask the router for somebody who was not tried yet."""
        world = self._world
        try:
            found = world.router.ask(self._tried, self._be_served, failures=self._failures)
        except IreneError:
            self._end(End.FAILED)
            return
        if isinstance(found, Lease):
            self._begin(found)
            return
        self._ticket = found
        patience_s = min(world.plan.patience_s, self._left_s)
        spill_s = world.plan.settings.spill_s
        if world.plan.settings.strategy == "primary_fallback" and spill_s < patience_s:
            world.agenda.after(spill_s, lambda: self._widen(found))
        if patience_s < ALWAYS:
            world.agenda.after(patience_s, lambda: self._lose_patience(found))

    def _widen(self, ticket: Ticket[Engine]) -> None:
        """Let anybody do, as the router does for those who block."""
        if self._ticket is ticket and not self._is_over:
            self._world.router.widen(ticket)

    def _lose_patience(self, ticket: Ticket[Engine]) -> None:
        """Take whoever has a place, well or not."""
        if self._ticket is not ticket or self._is_over:
            return
        self._ticket = None
        try:
            lease = self._world.router.give_up(ticket)
        except IreneError:
            self._end(End.FAILED)
            return
        self._begin(lease)

    def _be_served(self) -> None:
        """Note that the ticket has got its lease; the router holds its lock meanwhile."""
        self._world.agenda.after(0.0, self._take_lease)

    def _take_lease(self) -> None:
        ticket, self._ticket = self._ticket, None
        if ticket is not None and ticket.lease is not None:
            self._begin(ticket.lease)

    def _begin(self, lease: Lease[Engine]) -> None:
        """Let an engine work on it, unless nobody waits for that any more."""
        if self._is_over:
            lease.end(Outcome.CANCELLED)
            return
        is_first = not self._tried
        self._tried.append(lease.name)
        self._n_running += 1
        waited_s = lease.started_s - self._arrived_s if is_first else None
        self._world.ledger.began(lease.started_s, lease.name, waited_s)
        _Attempt(self, self._world, lease).begin()

    def hedge(self, first: Lease[Engine]) -> None:
        """Ask a second engine, if the first still works and the router agrees."""
        if not self._is_over and self._n_running == 1:
            second = first.hedge()
            if second is not None:
                self._begin(second)

    def answered(self) -> None:
        """Take an engine's answer; a second one changes nothing."""
        self._n_running -= 1
        self._end(End.ANSWERED)

    def failed(self) -> None:
        """Go on to the next engine, unless another one still works."""
        self._n_running -= 1
        if not self._is_over and self._n_running == 0:
            self.ask()

    @property
    def _left_s(self) -> float:
        """Time until nobody waits any more."""
        world = self._world
        left_s = self._arrived_s + world.plan.scenario.deadline_s - world.agenda.monotonic()
        return max(0.0, left_s)

    def _give_up(self) -> None:
        self._end(End.LATE)

    def _end(self, end: End) -> None:
        if not self._is_over:
            self._is_over = True
            if self._ticket is not None:
                self._world.router.leave(self._ticket)
            self._world.ledger.ended(self._world.agenda.monotonic(), self._arrived_s, end)


class _Attempt:
    """One request at one engine, which comes back in its own time, wanted or not."""

    __slots__ = ("_lease", "_request", "_work", "_world")

    def __init__(self, request: _Request, world: _World, lease: Lease[Engine]) -> None:
        self._request = request
        self._world = world
        self._lease = lease
        engine = lease.candidate
        self._work = engine.work(lease.started_s, world.chance[engine.name])
        if request.is_poison:
            self._work = Work(self._work.seconds, Ending.ERROR)

    def begin(self) -> None:
        """Enter what happens: the deadline of the call, the second call, the engine's return."""
        world, lease, seconds = self._world, self._lease, self._work.seconds
        left_s, hedge_s = lease.left_s, lease.hedge_after_s
        if left_s is not None and left_s < seconds:
            world.agenda.after(left_s, self._be_late)
        if hedge_s is not None and hedge_s < seconds:
            world.agenda.after(hedge_s, lambda: self._request.hedge(lease))
        if seconds < ALWAYS:
            world.agenda.after(seconds, self._return)

    def _be_late(self) -> None:
        if self._lease.late():
            self._request.failed()

    def _return(self) -> None:
        lease, is_answer = self._lease, self._work.ending is Ending.ANSWER
        self._world.ledger.returned(
            self._world.agenda.monotonic(), lease.name, lease.started_s, is_answer
        )
        is_wanted = lease.end(Outcome.SUCCESS if is_answer else Outcome.FAILED)
        if is_wanted and is_answer:
            self._request.answered()
        elif is_wanted:
            self._request.failed()
