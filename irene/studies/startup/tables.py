"""The tables of the start-up page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from irene.performance.measuring.machine import Machine
from irene.performance.measuring.spread import Spread
from irene.performance.publishing.markdown import table
from irene.studies.startup.answer_times import AnswerTimes, percentile_95
from irene.studies.startup.first_calls import FirstCall
from irene.studies.startup.import_costs import ImportCost
from irene.studies.startup.session_memory import SessionMemory


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
    answers: tuple[AnswerTimes, ...]
    sessions: tuple[SessionMemory, ...]
    """at least one; each from a new process"""
    loading_ms: dict[str, float]
    """wall milliseconds to load and warm up each part, one after another"""
    first_calls: tuple[FirstCall, ...]
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
    command = f"python -m irene.studies.startup --rounds {result.rounds}"
    yield f"Measured on {date.today().isoformat()} with `{command}` on: {result.machine}."
    if result.noise:
        yield f"The machine was too noisy for these times to be trusted: {'; '.join(result.noise)}."
    yield "## Goals"
    yield table(
        ("figure", "goal", "measured (median)", "spread", "result"),
        [_goal_row(goal) for goal in result.goals],
    )
    yield "## From the end of speech to the transcript"
    yield table(
        ("recogniser", "input", "its last step, ms", "`latency_ms`", "beyond the end silence, ms"),
        [_answer_row(answer) for answer in result.answers],
    )
    yield "## Memory of one more"
    yield table(
        ("on engines that are loaded", "MB", "least", "most"), _memory_rows(result.sessions)
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
    yield "## The first call"
    yield table(
        ("engine", "not warmed up, ms", "warmed up, ms", "later calls, ms", "first / later"),
        [_first_call_row(one) for one in result.first_calls],
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


def _answer_row(answer: AnswerTimes) -> tuple[object, ...]:
    pace = f"real time, blocks of {answer.scene.block_ms} ms"
    columns = (answer.finish_ms, answer.latency_ms, answer.beyond_ms)
    return (
        answer.asr,
        pace if answer.scene.realtime else "as fast as it can",
        *(_median_and_late(one) if one else "-" for one in columns),
    )


def _first_call_row(one: FirstCall) -> tuple[object, ...]:
    times = (f"{value:.1f}" for value in (one.cold_ms, one.first_ms, one.steady_ms))
    return (one.provider, *times, f"{one.ratio:.2f}")


def _median_and_late(times: Spread) -> str:
    return f"{times.median:.1f} (p95 {percentile_95(times):.1f})"


def _memory_rows(sessions: Sequence[SessionMemory]) -> list[tuple[object, ...]]:
    one = sessions[0]
    values = {
        f"further session that listens (mean of {one.n_sessions})": [
            s.session_mb for s in sessions
        ],
        f"second utterance at once, {one.asr}": [s.utterance_mb for s in sessions],
    }
    return [
        (what, *(_figure(value) for value in (Spread(tuple(mb)).median, min(mb), max(mb))))
        for what, mb in values.items()
    ]


def _percent(spread: Spread) -> str:
    return f"± {100 * spread.relative:.0f} %" if len(spread.values) > 1 else "-"
