"""A run on paper: Markdown for people and pages, plain data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from irene.performance.benchmark.bootstrap import of_median
from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.conditions import Conditions
from irene.performance.benchmark.goal import ABSENT, Judgement
from irene.performance.benchmark.rounds import Series, ratios
from irene.performance.publishing.markdown import table

TRUSTWORTHY = "trustworthy"


def describe(command: str, conditions: Conditions, comparisons: Sequence[Comparison]) -> str:
    """Return the whole run as the measured part of a page."""
    collector = "on" if conditions.is_collecting else "off"
    is_wall = all(one.clock == "wall" for one in comparisons)
    head = (
        f"Measured on {date.today().isoformat()} with `{command}` on: {conditions.machine}; "
        f"{'time that passed' if is_wall else 'processor time'}, garbage collector {collector}."
    )
    goals = [
        (comparison.title, judgement)
        for comparison in comparisons
        for judgement in comparison.judgements(conditions)
    ]
    parts = [head]
    if goals:
        parts += ["### Goals", _goals(goals)]
    return "\n\n".join([*parts, *(describe_one(one, conditions) for one in comparisons)])


def describe_one(comparison: Comparison, conditions: Conditions) -> str:
    """Return one comparison: its table, its notes and the verdict on itself."""
    ours = comparison.found[comparison.ours]
    rows = [_row(series, ours) for series in comparison.found.values()]
    header = (
        f"for {comparison.unit}",
        "median",
        "least",
        "spread",
        "against irene",
        "95 % interval",
    )
    lines = [f"### {comparison.title}", table(header, rows)]
    lines += comparison.notes
    return "\n\n".join([*lines, _conclusion(comparison, conditions)])


def _conclusion(comparison: Comparison, conditions: Conditions) -> str:
    difference = comparison.difference()
    told = f"This run: {verdict(comparison.doubts(conditions))}"
    if difference is None:
        return f"{told}."
    return f"{told} ({comparison.ours}, measured twice: {100 * difference:.1f} % apart)."


def verdict(doubts: Sequence[str]) -> str:
    """Return what to think of values with these reasons against them."""
    return f"do not trust it, because {'; '.join(doubts)}" if doubts else TRUSTWORTHY


def to_dict(
    command: str, conditions: Conditions, comparisons: Sequence[Comparison]
) -> dict[str, Any]:
    """Return the whole run as plain data: every sample, seconds throughout."""
    return {
        "command": command,
        "date": date.today().isoformat(),
        "conditions": asdict(conditions),
        "comparisons": [_comparison(one, conditions) for one in comparisons],
    }


def duration(seconds: float) -> str:
    """Return a time with three figures and the unit that suits it."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.2f} µs"


def _row(series: Series, ours: Series) -> tuple[str, ...]:
    seconds = series.seconds
    against, interval = "1", ""
    if series is not ours:
        times = ratios(series, ours)
        ends = of_median(times)
        against, interval = f"{times.median:.3g} ×", f"{ends.low:.3g} to {ends.high:.3g}"
    return (
        series.name,
        duration(seconds.median),
        duration(seconds.least),
        f"± {100 * seconds.relative:.1f} %",
        against,
        interval,
    )


def _goals(judged: Sequence[tuple[str, Judgement]]) -> str:
    rows = [
        (title, one.goal.what, one.goal.limit, *_measured(one), one.result) for title, one in judged
    ]
    return table(("figure", "what", "goal", "measured", "95 % interval", "result"), rows)


def _measured(judgement: Judgement) -> Iterator[str]:
    if judgement.measured is None or judgement.interval is None:
        yield from (ABSENT, "")
        return
    yield judgement.goal.shown(judgement.measured.median)
    yield judgement.goal.shown(judgement.interval.low, judgement.interval.high)


def _comparison(comparison: Comparison, conditions: Conditions) -> dict[str, Any]:
    doubts = comparison.doubts(conditions)
    return {
        "key": comparison.key,
        "title": comparison.title,
        "ours": comparison.ours,
        "unit": comparison.unit,
        "notes": list(comparison.notes),
        "doubts": list(doubts),
        "verdict": verdict(doubts),
        "difference": comparison.difference(),
        "series": [asdict(one) for one in comparison.found.values()],
        "goals": [_judgement(one) for one in comparison.judgements(conditions)],
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    values = judgement.measured
    return {
        **asdict(judgement.goal),
        "median": values.median if values else None,
        "interval": asdict(judgement.interval) if judgement.interval else None,
        "result": judgement.result,
    }
