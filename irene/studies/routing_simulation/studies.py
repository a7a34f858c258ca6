"""What is tried: every strategy in every scenario, and one setting after another."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, TypeVar, get_args

import numpy as np

from irene.components.routing.settings import RoutingSettings
from irene.components.routing.strategies import StrategyName
from irene.studies.routing_simulation.arrivals import Poisson
from irene.studies.routing_simulation.ledger import Figures
from irene.studies.routing_simulation.scenarios import Scenario
from irene.studies.routing_simulation.simulation import SETTINGS, Plan, simulate

T = TypeVar("T")

_N_BATCHES = 20

STRATEGY_NAMES: tuple[StrategyName, ...] = get_args(StrategyName)
N_SEEDS = 3
"""runs of each case, with arrivals and engines of their own"""


@dataclass(frozen=True)
class Variant:
    """A value of a setting that is tried."""

    label: str
    settings: RoutingSettings = SETTINGS
    patience_s: float = Plan.patience_s
    is_probed: bool = True
    is_judged: bool = True

    def plan(self, scenario: Scenario, n_requests: int, seed: int) -> Plan:
        """Return a run with it."""
        return Plan(
            scenario,
            self.settings,
            n_requests,
            seed,
            patience_s=self.patience_s,
            is_probed=self.is_probed,
            is_judged=self.is_judged,
        )


@dataclass(frozen=True)
class Cell:
    """One case: the runs of all seeds."""

    runs: Sequence[Figures]

    def median(self, figure: Callable[[Figures], float | None]) -> float | None:
        """Return the middle one of a figure, None where no run has it."""
        values = [value for one in self.runs if (value := figure(one)) is not None]
        return median(values) if values else None

    def spread(self, figure: Callable[[Figures], float]) -> float:
        """Return the distance of the largest from the smallest, as a share of the middle one."""
        values = [figure(one) for one in self.runs]
        return (max(values) - min(values)) / median(values)


Grid = Mapping[tuple[str, str], Cell]
"""by names of scenario and label of variant"""


class Runner:
    """Runs plans on a few processes; the same plans give the same figures on any number."""

    def __init__(self, n_requests: int, seed: int, n_processes: int) -> None:
        self.n_requests = n_requests
        self.seed = seed
        self.n_processes = n_processes
        self.n_simulated = 0
        """requests so far"""

    def grid(self, scenarios: Iterable[Scenario], variants: Iterable[Variant]) -> Grid:
        """Return the figures of all variants in all scenarios."""
        cases = [(one, other) for one in scenarios for other in variants]
        seeds = range(self.seed, self.seed + N_SEEDS)
        plans = [
            variant.plan(scenario, self.n_requests, seed)
            for scenario, variant in cases
            for seed in seeds
        ]
        figures = self.map(figures_of, plans)
        return {
            (scenario.name, variant.label): Cell(figures[at * N_SEEDS : (at + 1) * N_SEEDS])
            for at, (scenario, variant) in enumerate(cases)
        }

    def map(self, work: Callable[[Plan], T], plans: Sequence[Plan]) -> list[T]:
        """Return what a module-level function makes of each plan, in turn."""
        self.n_simulated += sum(plan.n_requests for plan in plans)
        if self.n_processes == 1:
            return [work(plan) for plan in plans]
        with ProcessPoolExecutor(self.n_processes) as pool:
            return list(pool.map(work, plans))


def figures_of(plan: Plan) -> Figures:
    """Return the figures of a plan."""
    return simulate(plan).figures


def mean_and_error(plan: Plan) -> tuple[float, float]:
    """Return the mean time to the answer and its standard error, seconds.

    Times of neighbours are alike, so the error is that of the means of large batches (Law and
    Kelton, "Simulation Modeling and Analysis").
    """
    answers = np.array(simulate(plan).ledger.answer_s)
    means = np.array([batch.mean() for batch in np.array_split(answers, _N_BATCHES)])
    return float(answers.mean()), float(means.std(ddof=1) / math.sqrt(_N_BATCHES))


def strategies() -> tuple[Variant, ...]:
    """Return all strategies, with the defaults for everything else."""
    return tuple(Variant(name, replace(SETTINGS, strategy=name)) for name in STRATEGY_NAMES)


def with_breaker(label: str, **changes: Any) -> Variant:
    """Return `least_loaded`, which shows the breaker best, with other settings of it."""
    breaker = replace(SETTINGS.breaker, **changes)
    return Variant(label, replace(SETTINGS, strategy="least_loaded", breaker=breaker))


def breakers() -> tuple[Variant, ...]:
    """Return breakers that differ from the default in one respect each."""
    never = {"min_calls": 10**9, "failures_in_row": 10**9}
    unprobed = replace(with_breaker("trials by users' calls"), is_probed=False)
    return (
        with_breaker("default"),
        with_breaker("none", **never),
        unprobed,
        with_breaker("open_ms 500", open_s=0.5),
        with_breaker("open_ms 5000", open_s=5.0),
        with_breaker("max_open_ms 10000", max_open_s=10.0),
        with_breaker("max_open_ms 300000", max_open_s=300.0),
        with_breaker("failures_in_row 2", failures_in_row=2),
        with_breaker("failures_in_row 5, min_calls 5", failures_in_row=5, min_calls=5),
        with_breaker("failure_rate 0.25", failure_rate=0.25),
        with_breaker("trials 3", trials=3),
    )


def judgements() -> tuple[Variant, ...]:
    """Return routers that count what fails everywhere against every engine, and against none."""
    usual = replace(SETTINGS, strategy="least_loaded")
    return Variant("counted", usual, is_judged=False), Variant("excused", usual)


def deadlines() -> tuple[Variant, ...]:
    """Return limits for each call; nobody waits longer than 3 s in all."""
    usual = replace(SETTINGS, strategy="least_loaded")
    return tuple(
        Variant("none" if limit_s is None else f"{limit_s:g} s", replace(usual, deadline_s=limit_s))
        for limit_s in (None, 0.75, 1.0, 1.5, 2.0)
    )


def patiences() -> tuple[Variant, ...]:
    """Return waits for a place."""
    usual = replace(SETTINGS, strategy="least_loaded")
    return tuple(
        Variant(f"{patience_s:g} s", usual, patience_s) for patience_s in (0.0, 0.25, 0.5, 1, 2, 3)
    )


def spills() -> tuple[Variant, ...]:
    """Return waits for the primary."""
    return tuple(
        Variant(f"{1000 * spill_s:g} ms", replace(SETTINGS, spill_s=spill_s))
        for spill_s in (0.0, 0.1, 0.25, 0.5, 1.0)
    )


def hedges() -> tuple[Variant, ...]:
    """Return caps on second calls."""
    usual = replace(SETTINGS, strategy="hedged")
    return tuple(
        Variant(f"{share:g}", replace(usual, hedge_share=share))
        for share in (0.0, 0.02, 0.05, 0.1, 0.2)
    )


def retries() -> tuple[Variant, ...]:
    """Return budgets of retries."""
    usual = replace(SETTINGS, strategy="least_loaded")
    return tuple(
        Variant(f"{share:g}", replace(usual, retry_share=share)) for share in (0.0, 0.2, 1.0)
    )


def at_load(scenario: Scenario, load: float) -> Scenario:
    """Return a scenario with so many requests, as a share of what the fleet can answer."""
    capacity_hz = sum(engine.capacity_hz for engine in scenario.engines)
    return replace(scenario, arrivals=Poisson(load * capacity_hz))
