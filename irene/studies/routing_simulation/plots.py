"""The drawings of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from irene.studies.routing_simulation import studies
from irene.studies.routing_simulation.axes import Axis
from irene.studies.routing_simulation.drawing import Band, Chart, DotPlot, Series
from irene.studies.routing_simulation.engines import Fault
from irene.studies.routing_simulation.ledger import Figures
from irene.studies.routing_simulation.scenarios import DEADLINE_S, Scenario
from irene.studies.routing_simulation.simulation import SETTINGS, Plan, simulate
from irene.studies.routing_simulation.studies import STRATEGY_NAMES, Grid, Runner, Variant

_LOADS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_BEFORE_S, _AFTER_S, _STEP_S = 20.0, 120.0, 2.0
"""around a fault, and width of a bin"""


def p99_by_scenario(grid: Grid, scenarios: Sequence[Scenario]) -> str:
    """Draw the p99 of every strategy in those scenarios in which it is below the deadline."""
    names = [
        one.name
        for one in scenarios
        if min(_p99(grid, one.name, label) for label in STRATEGY_NAMES) < DEADLINE_S
    ]
    series = [
        Series(label, [(_p99(grid, name, label), row) for row, name in enumerate(names)], number)
        for number, label in enumerate(STRATEGY_NAMES)
    ]
    values = [value for one in series for value, _ in one.points]
    drawing = DotPlot(
        "Time within which 99 of 100 requests are answered",
        "A row for each scenario, a mark for each strategy; the table above has the figures.",
        Axis.around("p99, s", values, is_log=True),
        names,
        series,
    )
    return drawing.svg()


def _p99(grid: Grid, name: str, label: str) -> float:
    return grid[name, label].median(lambda figures: figures.p99_s) or 0.0


def p95_over_load(runner: Runner, scenario: Scenario) -> str:
    """Draw the p95 of every strategy over the load of a fleet."""
    variants = studies.strategies()
    loads = [replace(studies.at_load(scenario, load), name=f"{load}") for load in _LOADS]
    grid = runner.grid(loads, variants)
    series = [
        Series(label, [(100 * load, _p95(grid, load, label)) for load in _LOADS], number)
        for number, label in enumerate(STRATEGY_NAMES)
    ]
    values = [value for one in series for _, value in one.points]
    drawing = Chart(
        f"The more requests, the longer they take ({scenario.name})",
        "A line for each strategy: p95 over the load of the fleet.",
        Axis("load, % of what the fleet can answer", 0.0, 100.0),
        Axis.around("p95, s", values, is_log=True),
        series,
    )
    return drawing.svg()


def _p95(grid: Grid, load: float, label: str) -> float:
    return grid[f"{load}", label].median(_p95_of) or 0.0


def _p95_of(figures: Figures) -> float:
    return figures.p95_s


def around_outage(runner: Runner, scenario: Scenario) -> str:
    """Draw the share of the calls that an engine gets before, in and after its outages."""
    variants = (
        studies.with_breaker("no breaker", min_calls=10**9, failures_in_row=10**9),
        studies.with_breaker("up to 5 min", open_s=5.0, max_open_s=300.0),
        studies.with_breaker("default"),
    )
    seeds = range(runner.seed, runner.seed + studies.N_SEEDS)
    plans = [one.plan(scenario, 3 * runner.n_requests, seed) for one in variants for seed in seeds]
    shares = runner.map(shares_around_faults, plans)
    n = studies.N_SEEDS
    series = [
        Series(one.label, _averaged(shares[at * n : (at + 1) * n]), number)
        for number, (at, one) in enumerate(zip(range(len(variants)), variants, strict=True))
    ]
    lasts_s = scenario.engines[0].faults[0].lasts_s
    drawing = Chart(
        "What a breaker does: calls to an engine that refuses everything for a minute",
        "Share of all calls that the first engine gets, in bins of 2 s; with the breaker it gets "
        "next to nothing until it is well.",
        Axis("s from the beginning of the outage", -_BEFORE_S, _AFTER_S),
        Axis("calls to it, %", 0.0, 60.0),
        series,
        [Band(0.0, lasts_s, "outage")],
        is_marked=False,
    )
    return drawing.svg()


def shares_around_faults(plan: Plan) -> list[tuple[float, float]]:
    """Return (s from the beginning of a fault, share of calls to the first engine in %)."""
    ledger = simulate(plan).ledger
    first = plan.scenario.engines[0]
    fault: Fault = first.faults[0]
    edges = np.arange(-_BEFORE_S, _AFTER_S + _STEP_S / 2, _STEP_S)
    own, all_ = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1)
    for begin_s in fault.begins(max(ledger.arrivals) - _AFTER_S):
        for name, begins in ledger.begins.items():
            found = np.histogram(np.array(begins) - begin_s, edges)[0]
            all_ += found
            own += found if name == first.name else 0
    shares = 100 * own / np.maximum(1, all_)
    return [(float(x) + _STEP_S / 2, float(y)) for x, y in zip(edges, shares, strict=False)]


def _averaged(curves: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[float, float]]:
    return [
        (points[0][0], float(np.mean([y for _, y in points])))
        for points in zip(*curves, strict=True)
    ]


def tails(runner: Runner, scenario: Scenario) -> str:
    """Draw what share of the requests takes longer than a time, with and without hedges."""
    hedged = replace(SETTINGS, strategy="hedged")
    variants = (
        Variant("no second call", replace(hedged, hedge_share=0.0)),
        Variant("at most 2 %", replace(hedged, hedge_share=0.02)),
        Variant("at most 10 %", replace(hedged, hedge_share=0.1)),
    )
    plans = [one.plan(scenario, 10 * runner.n_requests, runner.seed) for one in variants]
    curves = runner.map(survival, plans)
    series = [
        Series(one.label, points, number)
        for number, (one, points) in enumerate(zip(variants, curves, strict=True))
    ]
    drawing = Chart(
        "What a second call does to a heavy tail",
        "Share of the requests that take longer than a time; from a second on, second calls "
        "bring it down several times.",
        Axis("s", 0.0, 2.5),
        Axis("% that takes longer", 0.05, 100.0, is_log=True),
        series,
        is_marked=False,
    )
    return drawing.svg()


def survival(plan: Plan) -> list[tuple[float, float]]:
    """Return (s, share of the requests in % that takes longer)."""
    answers = np.sort(np.array(simulate(plan).ledger.answer_s))
    times = np.arange(0.0, 2.51, 0.05)
    longer = 100 * (1 - np.searchsorted(answers, times, side="right") / len(answers))
    return [(float(x), float(y)) for x, y in zip(times, longer, strict=True)]
