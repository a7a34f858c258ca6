"""A fleet to which everything happens, for as many requests as one likes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from irene.performance.publishing.markdown import table
from irene.studies.routing_simulation.axes import Axis
from irene.studies.routing_simulation.drawing import Chart, Series
from irene.studies.routing_simulation.ledger import Figures
from irene.studies.routing_simulation.scenarios import everything
from irene.studies.routing_simulation.simulation import Plan, simulate
from irene.studies.routing_simulation.studies import STRATEGY_NAMES, Runner, strategies

N_REQUESTS = 1_000_000
"""of each strategy, unless somebody wants fewer"""
_TIMES_S = np.arange(0.0, 3.0, 0.05)
_FIRST_DRAWN = 1e-3
_LONGEST_QUANTILES = (0.5, 0.95, 0.99, 0.999)


class LongRun(NamedTuple):
    """What came of one strategy."""

    figures: Figures
    quantiles_s: tuple[float, ...]
    """time within which 50, 95, 99 and 99.9 % are answered; 3 s where there was no answer"""
    longer: list[tuple[float, float]]
    """(s, share of the requests in % that takes longer)"""
    excused: int
    refused: int


def long_run(plan: Plan) -> LongRun:
    """Run one strategy."""
    run = simulate(plan)
    answers = np.sort(np.array(run.ledger.answer_s))
    longer = 100 * (1 - np.searchsorted(answers, _TIMES_S, side="right") / len(answers))
    return LongRun(
        run.figures,
        tuple(float(one) for one in np.quantile(answers, _LONGEST_QUANTILES)),
        [(float(x), max(float(y), _FIRST_DRAWN)) for x, y in zip(_TIMES_S, longer, strict=True)],
        run.stats.excused,
        run.stats.refused_retries,
    )


def run_all(runner: Runner) -> list[LongRun]:
    """Run every strategy, each over the same requests and the same faults."""
    scenario = everything()
    plans = [one.plan(scenario, runner.n_requests, runner.seed) for one in strategies()]
    return runner.map(long_run, plans)


def long_report(runs: Sequence[LongRun]) -> str:
    """Return the table of a long run."""
    rows = [
        (
            name,
            f"{100 * run.figures.success:.3f}",
            *(f"{one_s:.2f}" for one_s in run.quantiles_s),
            f"{100 * run.figures.extra_work:.2f}",
            run.figures.n_openings,
            run.excused,
            run.refused,
        )
        for name, run in zip(STRATEGY_NAMES, runs, strict=True)
    ]
    quantiles = ("p50, s", "p95, s", "p99, s", "p99.9, s")
    counts = ("extra calls, %", "openings", "excused failures", "refused retries")
    hours = runs[0].figures.seconds / 3600
    return (
        f"{runs[0].figures.n_requests:,} requests for each strategy, {hours:.0f} hours of its "
        "fleet:\n\n" + table(("strategy", "answered, %", *quantiles, *counts), rows)
    )


def long_drawing(runs: Sequence[LongRun]) -> str:
    """Draw what share of the requests takes longer than a time, for each strategy."""
    series = [
        Series(name, run.longer, number)
        for number, (name, run) in enumerate(zip(STRATEGY_NAMES, runs, strict=True))
    ]
    return Chart(
        f"{runs[0].figures.n_requests:,} requests, and everything that can go wrong",
        "Share of the requests that take longer than a time; a line for each strategy.",
        Axis("s", 0.0, 3.0),
        Axis("% that takes longer", 0.01, 100.0, is_log=True),
        series,
        is_marked=False,
    ).svg()
