"""A report of targets, as lines for people and as Markdown for pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from irene.performance.publishing.markdown import table
from irene.studies.targets.finding import Outcome
from irene.studies.targets.report import Judged, TargetReport
from irene.studies.targets.target import Target

_MARK = 10
"""columns of the outcome"""
_HEADER = ("target", "what", "goal", "measured", "result")


def report_lines(report: TargetReport) -> Iterator[str]:
    """Yield the report for a terminal: by whoever set the goals, each target with its verdict."""
    for source, group in groupby(report.judged, lambda one: one.target.source):
        yield f"{source.value}:"
        for one in group:
            yield from _lines(one)
        yield ""
    yield summary(report)
    yield f"measured on: {report.machine}"


def target_lines(targets: Sequence[Target]) -> Iterator[str]:
    """Yield names and goals of targets by whoever set them, with what is measured below each."""
    for place, (source, group) in enumerate(groupby(targets, lambda one: one.source)):
        if place:
            yield ""
        yield f"{source.value}:"
        for one in group:
            yield f"  {one.name}: {one.limit}"
            yield f"      {one.what}"


def markdown(report: TargetReport) -> str:
    """Return the report as the measured part of a page."""
    head = (
        f"Measured on {date.today().isoformat()} with `{report.command}` on: {report.machine}. "
        f"{summary(report)}"
    )
    parts = [head]
    for source, group in groupby(report.judged, lambda one: one.target.source):
        parts += [f"### {source.value[:1].upper()}{source.value[1:]}", _table(list(group))]
    return "\n\n".join(parts)


def summary(report: TargetReport) -> str:
    """Return how many targets had which outcome, and how long it took."""
    counts = [
        f"{report.count(outcome)} {outcome.value}" for outcome in Outcome if report.count(outcome)
    ]
    n = len(report.judged)
    return f"{n} target{'s' * (n != 1)}: {', '.join(counts)}; {_time(report.seconds)} in all."


def _lines(one: Judged) -> Iterator[str]:
    measured = f": {one.measured}" if one.measured else ""
    mark = one.verdict.outcome.short.ljust(_MARK)
    yield f"  {mark}  {one.target.name}{measured} ({one.target.limit})"
    indent = " " * (_MARK + 4)
    yield f"{indent}{one.target.what}"
    if one.verdict.reasons:
        yield f"{indent}{one.verdict}"
    if one.finding is not None and one.finding.note:
        yield f"{indent}{one.finding.note}"


def _table(judged: Sequence[Judged]) -> str:
    return table(_HEADER, [_row(one) for one in judged])


def _row(one: Judged) -> tuple[str, ...]:
    note = f" ({one.finding.note})" if one.finding is not None and one.finding.note else ""
    return (
        f"`{one.target.name}`",
        one.target.what,
        str(one.target.limit),
        f"{one.measured}{note}" or "-",
        str(one.verdict),
    )


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"
