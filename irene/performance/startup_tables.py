"""The tables of the start-up page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from irene.performance.import_costs import ImportCost
from irene.performance.machine import Machine
from irene.performance.markdown import table
from irene.performance.spread import Spread


@dataclass(frozen=True)
class Goal:
    """A figure that was asked for, and what was measured."""

    what: str
    limit: float
    """in `unit`"""
    unit: str
    measured: Spread

    @property
    def is_met(self) -> bool:
        """Whether the median keeps the limit."""
        return self.measured.median <= self.limit


@dataclass(frozen=True)
class StartUp:
    """Everything that was measured."""

    machine: Machine
    rounds: int
    times: dict[str, Spread]
    """wall milliseconds from the start of a new process to its end; `irene run`: till it listens"""
    goals: tuple[Goal, ...]
    loading_ms: dict[str, float]
    """wall milliseconds to load and warm up each part, one after another"""
    imports: tuple[ImportCost, ...]
    """the dearest packages of `from irene import Assistant`"""

    @property
    def noise(self) -> tuple[str, ...]:
        """Reasons not to trust the times; empty for a quiet machine."""
        busy = (f"load {self.machine.load:g} before the run",) if self.machine.is_busy else ()
        scattered = (
            f"{name} scatters by {100 * spread.relative:.0f} %"
            for name, spread in self.times.items()
            if spread.is_noisy
        )
        return (*busy, *scattered)


def describe(result: StartUp) -> str:
    """Return the measured part of the page."""
    return "\n\n".join(_parts(result))


def _parts(result: StartUp) -> Iterator[str]:
    command = f"python -m irene.performance.startup --rounds {result.rounds}"
    yield f"Measured on {date.today().isoformat()} with `{command}` on: {result.machine}."
    if result.noise:
        yield f"The machine was too noisy for these times to be trusted: {'; '.join(result.noise)}."
    yield "## Goals"
    yield table(
        ("figure", "goal", "measured (median)", "spread", "result"),
        [_goal_row(goal) for goal in result.goals],
    )
    yield "## Times"
    yield table(
        ("new process", "median, ms", "least, ms", "most, ms", "spread"),
        [_time_row(name, spread) for name, spread in result.times.items()],
    )
    yield "## Loading, one part after another"
    yield table(
        ("part of `irene run`", "ms"),
        [(part, f"{value:.0f}") for part, value in result.loading_ms.items()],
    )
    yield "## Imports of `from irene import Assistant`"
    yield table(
        ("package", "modules", "own time, ms"),
        [(one.package, one.n_modules, f"{one.own_ms:.1f}") for one in result.imports],
    )


def _goal_row(goal: Goal) -> tuple[object, ...]:
    return (
        goal.what,
        f"at most {goal.limit:g} {goal.unit}",
        f"{_figure(goal.measured.median)} {goal.unit}",
        _percent(goal.measured),
        "pass" if goal.is_met else "FAIL",
    )


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _time_row(name: str, spread: Spread) -> tuple[object, ...]:
    ends = (min(spread.values), max(spread.values))
    return (f"`{name}`", *(f"{value:.0f}" for value in (spread.median, *ends)), _percent(spread))


def _percent(spread: Spread) -> str:
    return f"± {100 * spread.relative:.0f} %"
