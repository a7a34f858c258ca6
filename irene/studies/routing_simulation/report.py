"""The studies as tables and drawings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from irene.performance.publishing.markdown import table
from irene.studies.routing_simulation import studies
from irene.studies.routing_simulation.arrivals import Poisson
from irene.studies.routing_simulation.engines import ALWAYS, Engine
from irene.studies.routing_simulation.ledger import Figures
from irene.studies.routing_simulation.queueing import md1_mean_s, mmc_mean_s
from irene.studies.routing_simulation.scenarios import Scenario, all_scenarios
from irene.studies.routing_simulation.service_times import Constant, Exponential
from irene.studies.routing_simulation.simulation import SETTINGS, Plan
from irene.studies.routing_simulation.studies import STRATEGY_NAMES, Grid, Runner, Variant

Figure = Callable[[Figures], float | None]
"""takes one number out of a run"""


def seconds(value: float | None) -> str:
    """Return seconds for a table."""
    if value is None:
        return ""
    return "never" if value == ALWAYS else f"{value:.2f}"


def percent(value: float | None) -> str:
    """Return a share for a table."""
    return "" if value is None else f"{100 * value:.1f}"


def count(value: float | None) -> str:
    """Return a number for a table."""
    return "" if value is None else f"{value:.0f}"


def by_scenario(
    grid: Grid,
    labels: Sequence[str],
    names: Sequence[str],
    figure: Figure,
    form: Callable[..., str],
) -> str:
    """Return a table with a row for each scenario and a column for each variant."""
    rows = [(name, *(form(grid[name, label].median(figure)) for label in labels)) for name in names]
    return table(("scenario", *labels), rows)


def legend(scenarios: Sequence[Scenario]) -> str:
    """Return a table of what happens in each scenario."""
    rows = [(one.name, one.story, f"{100 * one.load:.0f} %") for one in scenarios]
    return table(("scenario", "what happens", "load"), rows)


def noise(grid: Grid) -> str:
    """Return by how much figures differ when nothing but chance does."""
    cells = [cell for cell in grid.values() if (cell.median(lambda f: f.p99_s) or 0) < 3.0]
    p50 = median(cell.spread(lambda f: f.p50_s) for cell in cells)
    p99 = median(cell.spread(lambda f: f.p99_s) for cell in cells)
    success = median(
        max(f.success for f in cell.runs) - min(f.success for f in cell.runs) for cell in cells
    )
    return (
        f"From seed to seed the median differs by {100 * p50:.0f} %, p99 by {100 * p99:.0f} % and "
        f"the share of answers by {100 * success:.2f} points, in the middle over all cases."
    )


def strategies_report(grid: Grid, scenarios: Sequence[Scenario]) -> str:
    """Return the tables that compare strategies."""
    names = [one.name for one in scenarios]
    tables: list[tuple[str, Figure, Callable[..., str]]] = [
        ("Answered in time, %", success, percent),
        ("Time to the answer, median, s", lambda f: f.p50_s, seconds),
        ("p95, s", lambda f: f.p95_s, seconds),
        ("p99, s", p99, seconds),
        ("Extra calls, % of the requests", lambda f: f.extra_work, percent),
        ("Share of the calls that the first engine got, %", first_share, percent),
    ]
    parts = [
        f"{title}:\n\n{by_scenario(grid, STRATEGY_NAMES, names, figure, form)}"
        for title, figure, form in tables
    ]
    return "\n\n".join([legend(scenarios), *parts, noise(grid)])


def faults_report(grid: Grid, scenarios: Sequence[Scenario]) -> str:
    """Return how long a sick engine is asked, and when a recovered one is asked again."""
    label = "least_loaded"
    rows = []
    for name in (one.name for one in scenarios):
        cell = grid[name, label]
        back_s = cell.median(lambda f: f.back_s)
        if back_s is not None:
            calls = count(cell.median(lambda f: f.sick_attempts))
            rows.append((name, calls, count(cell.median(lambda f: f.n_openings)), seconds(back_s)))
    header = ("scenario", "calls into each fault", "openings", "back after, s")
    return table(header, rows)


def first_share(figures: Figures) -> float:
    """Return the share of all calls that the first engine got."""
    return next(iter(figures.shares().values()))


def by_variant(
    grid: Grid,
    variants: Sequence[Variant],
    columns: Sequence[tuple[str, str, Figure, Callable[..., str]]],
    first: str,
) -> str:
    """Return a table with a row for each variant; columns are (title, scenario, figure, form)."""
    rows = [
        (
            one.label,
            *(form(grid[name, one.label].median(figure)) for _, name, figure, form in columns),
        )
        for one in variants
    ]
    return table((first, *(title for title, *_ in columns)), rows)


def p99(figures: Figures) -> float:
    """Return the 99th percentile of the time to the answer."""
    return figures.p99_s


def success(figures: Figures) -> float:
    """Return the share of requests that were answered in time."""
    return figures.success


def breaker_report(runner: Runner, scenarios: Mapping[str, Scenario]) -> str:
    """Return the table of breakers."""
    names = ("flaky", "brown-out", "outage", "two-out", "tight", "storm")
    variants = studies.breakers()
    grid = runner.grid([scenarios[name] for name in names], variants)
    columns: list[tuple[str, str, Figure, Callable[..., str]]] = [
        ("flaky: openings", "flaky", lambda f: f.n_openings, count),
        ("brown-out: calls into it", "brown-out", lambda f: f.sick_attempts, count),
        ("p99, s", "brown-out", p99, seconds),
        ("outage: calls into it", "outage", lambda f: f.sick_attempts, count),
        ("back after, s", "outage", lambda f: f.back_s, seconds),
        ("two-out: answered, %", "two-out", success, percent),
        ("tight: answered, %", "tight", success, percent),
        ("storm: answered, %", "storm", success, percent),
    ]
    return by_variant(grid, variants, columns, "breaker")


def waiting_report(runner: Runner, scenarios: Mapping[str, Scenario]) -> str:
    """Return the tables of deadlines, patience and spilling."""
    names = ("hang", "brown-out", "cold-start", "tail", "equal")
    variants = studies.deadlines()
    grid = runner.grid([scenarios[name] for name in names], variants)
    columns: list[tuple[str, str, Figure, Callable[..., str]]] = []
    for name in names:
        columns.append((f"{name}: answered, %", name, success, percent))
        columns.append(("p99, s", name, p99, seconds))
    parts = [by_variant(grid, variants, columns, "deadline of a call")]
    variants = studies.patiences()
    full = ("equal", "tight", "rush", "overload")
    grid = runner.grid([scenarios[name] for name in full], variants)
    columns = [(f"{name}: answered, %", name, success, percent) for name in full]
    parts.append(by_variant(grid, variants, columns, "patience"))
    variants = studies.spills()
    loads = [replace(studies.at_load(scenarios["equal"], load), name=f"{load}") for load in _LOADS]
    grid = runner.grid(loads, variants)
    columns = []
    for load in _LOADS:
        columns.append(
            (f"load {300 * load:.0f} %: of the first, %", f"{load}", first_share, percent)
        )
        columns.append(("p95, s", f"{load}", lambda f: f.p95_s, seconds))
    parts.append(by_variant(grid, variants, columns, "spill_ms"))
    return "\n\n".join(parts)


_LOADS = (0.1, 0.2, 0.3, 0.4)
"""of the whole fleet; three times as much of the first engine"""


def budgets_report(runner: Runner, scenarios: Mapping[str, Scenario]) -> str:
    """Return the tables of hedges and retries."""
    names = ("tail", "bimodal", "equal", "overload")
    variants = studies.hedges()
    grid = runner.grid([scenarios[name] for name in names], variants)
    columns: list[tuple[str, str, Figure, Callable[..., str]]] = []
    for name in names[:3]:
        columns.append((f"{name}: p99, s", name, p99, seconds))
        columns.append(("extra calls, %", name, lambda f: f.extra_work, percent))
    columns.append(("overload: answered, %", "overload", success, percent))
    parts = [by_variant(grid, variants, columns, "hedge_share")]
    retries = studies.retries()
    names = ("flaky", "outage", "storm", "poison")
    grid = runner.grid([scenarios[name] for name in names], retries)
    columns = []
    for name in names:
        columns.append((f"{name}: answered, %", name, success, percent))
        columns.append(("extra calls, %", name, lambda f: f.extra_work, percent))
    parts.append(by_variant(grid, retries, columns, "retry_share"))
    return "\n\n".join(parts)


_POISON = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)
"""shares of requests that no engine can answer"""


def poison_report(runner: Runner, scenario: Scenario) -> str:
    """Return what requests that nobody can answer do to circuits, blamed on engines and not."""
    cases = [replace(scenario, name=f"{share}", poison_share=share) for share in _POISON]
    variants = studies.judgements()
    grid = runner.grid(cases, variants)

    def cells(case: str) -> list[str]:
        both = [grid[case, one.label] for one in variants]
        openings = [count(cell.median(lambda f: f.n_openings)) for cell in both]
        return [*openings, *(percent(cell.median(success)) for cell in both)]

    rows = [(percent(one.poison_share), *cells(one.name)) for one in cases]
    what = ("openings, each failure counted", "as it is", "answered, %, each counted", "as it is")
    return table(("bad requests, %", *what), rows)


@dataclass(frozen=True)
class _Queue:
    """A system whose mean time theory knows."""

    name: str
    engines: Sequence[Engine]
    rate_hz: float
    mean_s: float

    def row(self, simulated_s: float, error_s: float) -> tuple[str, ...]:
        return self.name, f"{self.mean_s:.3f}", f"{simulated_s:.3f}", f"{1.96 * error_s:.3f}"


def _queues() -> tuple[_Queue, ...]:
    one, constant = [Engine("a", Exponential(0.2))], [Engine("a", Constant(0.2))]
    three = [Engine(name, Exponential(0.4), 2) for name in "abc"]
    return (
        _Queue("M/M/1, load 0.5", one, 2.5, mmc_mean_s(1, 2.5, 0.2)),
        _Queue("M/M/1, load 0.8", one, 4.0, mmc_mean_s(1, 4.0, 0.2)),
        _Queue("M/D/1, load 0.8", constant, 4.0, md1_mean_s(4.0, 0.2)),
        _Queue("M/M/6, load 0.8, three engines", three, 12.0, mmc_mean_s(6, 12.0, 0.4)),
    )


def theory_report(runner: Runner) -> str:
    """Return simulated against computed times."""
    patient = replace(SETTINGS, strategy="least_loaded", deadline_s=None)
    n_requests = 20 * runner.n_requests
    plans = [
        Plan(
            Scenario(one.name, "", one.engines, Poisson(one.rate_hz), ALWAYS),
            patient,
            n_requests,
            runner.seed,
            patience_s=ALWAYS,
        )
        for one in _queues()
    ]
    found = runner.map(studies.mean_and_error, plans)
    rows = [one.row(*mean) for one, mean in zip(_queues(), found, strict=True)]
    return table(("queue", "mean time by formula, s", "simulated, s", "± (95 %)"), rows)


def scenarios_by_name() -> dict[str, Scenario]:
    """Return all scenarios."""
    return {one.name: one for one in all_scenarios()}


def write_drawings(folder: Path, drawings: Mapping[str, str]) -> None:
    """Write drawings by their file names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in drawings.items():
        (folder / name).write_text(svg, encoding="utf-8")
