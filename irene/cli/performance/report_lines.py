"""A report of figures, as lines for people."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import click

from irene.cli.live.lines import duration, provider_lines
from irene.performance.view.amounts import amount, clock_time, short
from irene.performance.view.report import HitRate, Level, Report, SeenAlert, Spread, Subject

_LABEL = 12
_GAP = "  "
_WIDE = 76
"""columns that the whole table of times takes"""
_WIDEST = 100
"""columns that it takes at most, where names are so long"""
_NARROW = 60
"""columns below which only the most telling three are left"""
_TOLD = ("irene_build_info", "irene_provider_", "irene_session_ended_total")
"""figures that another part of the report tells"""

Style = Callable[..., str]


def report_lines(report: Report, width: int = 100, component: str | None = None) -> Iterator[str]:
    """Yield the report, styled for a terminal.

    Args:
        report: what is shown; a part without a figure is left out.
        width: columns that there are.
        component: the only one that is shown.
    """
    shown = report if component is None else report.of_component(component)
    yield from head_lines(report)
    parts = (
        alert_lines(shown.alerts),
        spread_lines("stage, ms", shown.stages, width),
        spread_lines("real-time factor", shown.factors, width),
        hit_lines(shown.hit_rates),
        level_lines(shown.levels),
        timing_lines(shown.timings, width),
        _providers(shown),
    )
    has_figures = False
    for part in parts:
        lines = list(part)
        if lines:
            has_figures = True
            yield ""
            yield from lines
    if not has_figures:
        yield ""
        yield f"nothing is measured of {component or 'it'} in this window"


def head_lines(report: Report) -> Iterator[str]:
    """Yield whose figures these are, and of what time."""
    subject, window = report.subject, report.window
    yield _fact(subject.name, f"{_standing(subject, window.until)}; {_origin(subject)}")
    since = clock_time(window.since)
    until = clock_time(window.until, window.since)
    runs = f", {window.n_runs} runs" if window.n_runs > 1 else ""
    yield _fact("window", f"{since} to {until} ({duration(window.until - window.since)}{runs})")
    yield _fact("commands", _outcomes(report))
    kept = "the running assistant" if window.source == "live" else _from_home(window.source)
    lost = f"; {window.dropped} measurements were lost" if window.dropped else ""
    yield _fact("from", kept + lost)


def _fact(label: str, fact: str) -> str:
    return f"{click.style(label.ljust(_LABEL), bold=True)}{_GAP}{fact}"


def _from_home(path: str) -> str:
    """Return a path as people write it: below their own folder it begins with `~`."""
    home = os.path.expanduser("~")  # noqa: PTH111 - never raises
    return f"~{path[len(home) :]}" if home != "/" and path.startswith(f"{home}/") else path


def _standing(subject: Subject, until: float) -> str:
    if subject.is_running:
        return f"runs for {duration(until - subject.began)}"
    if subject.ended is None:
        return f"was last seen at {clock_time(until)}, killed or cut off"
    return f"ended at {clock_time(until)} ({subject.ended.replace('_', ' ')})"


def _origin(subject: Subject) -> str:
    return f"process {subject.pid}, irene {subject.version}, configuration {subject.config}"


def _outcomes(report: Report) -> str:
    told = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in report.outcomes.items())
    return f"{report.window.n_commands}{': ' if told else ''}{told}"


def spread_lines(title: str, spreads: Sequence[Spread], width: int) -> Iterator[str]:
    """Yield a table of distributions; columns go where the terminal is narrow.

    A name that does not fit beside its figures stands above them.
    """
    if not spreads:
        return
    heads = ("n", "mean", "p50", "p95", "p99", "max")
    rows = [_figures(one) for one in spreads]
    kept = _columns(width)
    room = max(min(width, _WIDEST) - 9 * len(kept), len(title))
    names = ["  " * one.depth + one.name for one in spreads]
    first = max(len(name) for name in (*names, title) if len(name) <= room)
    yield _bold_head(title, [heads[at] for at in kept], first)
    for name, row in zip(names, rows, strict=True):
        is_long = len(name) > room
        if is_long:
            yield name
        yield _row("" if is_long else name, [row[at] for at in kept], first)
    yield from sorted({click.style(f"({one.how})", dim=True) for one in spreads})


def _columns(width: int) -> Sequence[int]:
    """Return which figures of a distribution there is room for."""
    if width >= _WIDE:
        return range(6)
    return (0, 2, 3, 5) if width >= _NARROW else (0, 2, 3)


def _figures(one: Spread) -> tuple[str, ...]:
    return (str(one.n), *map(short, (one.mean, one.p50, one.p95, one.p99, one.high)))


def timing_lines(spreads: Sequence[Spread], width: int) -> Iterator[str]:
    """Yield the recorder's own distributions, a table for each unit."""
    for unit in dict.fromkeys(one.unit for one in spreads):
        of_unit = [one for one in spreads if one.unit == unit]
        yield from spread_lines(f"recorded, {unit}" if unit else "recorded", of_unit, width)


def hit_lines(rates: Sequence[HitRate]) -> Iterator[str]:
    """Yield the hit rates of caches and pools."""
    if not rates:
        return
    first = max(len(one.cache) for one in (*rates, rates[0]))
    first = max(first, len("cache or pool"))
    yield _bold_head("cache or pool", ("n", "hits", "rate"), first)
    for one in rates:
        yield _row(one.cache, (str(one.lookups), str(one.hits), f"{one.share:.0%}"), first)


def level_lines(levels: Sequence[Level]) -> Iterator[str]:
    """Yield gauges with their range, and counters by how much they grew, those that did."""
    told = [one for one in levels if not one.metric.startswith(_TOLD)]
    gauges = [one for one in told if one.kind == "gauge" and one.high]
    grew = [one for one in told if one.kind == "counter" and one.last]
    yield from _level_table("now", ("latest", "least", "most", "n"), gauges)
    if gauges and grew:
        yield ""
    yield from _level_table("counted", ("in window", "n"), grew)


def _level_table(title: str, heads: Sequence[str], told: Sequence[Level]) -> Iterator[str]:
    if not told:
        return
    first = max(len(one.metric) for one in told)
    yield _bold_head(title, heads, first, 12)
    for one in told:
        values = (one.last, one.low, one.high)[: len(heads) - 1]
        cells = (*(amount(value, one.unit) for value in values), str(one.n))
        yield _row(one.metric, cells, first, 12)


def alert_lines(alerts: Sequence[SeenAlert]) -> Iterator[str]:
    """Yield the alerts of the window, those that are on first."""
    if not alerts:
        return
    yield click.style("ALERTS", bold=True)
    for one in sorted(alerts, key=lambda alert: alert.cleared is not None):
        is_on = one.cleared is None
        state = click.style("ON", fg="red", bold=True) if is_on else click.style("over", fg="green")
        since = "" if one.raised is None else f", since {clock_time(one.raised)}"
        until = "" if one.cleared is None else f" to {clock_time(one.cleared, one.raised)}"
        what = f"{one.statistic} of {one.series} was {amount(one.value, one.unit)}"
        limit = amount(one.threshold, one.unit)
        yield f"{state}  {one.name}: {what}, limit {limit}{since}{until}"


def _providers(report: Report) -> Iterator[str]:
    if report.providers:
        told = report.providers
        if not report.subject.is_running:  # that its engines were put away in the end is no news
            told = [{**one, "loaded": True} for one in told]
        head, *rows = provider_lines(told)
        yield click.style(head, bold=True)
        yield from rows


def _bold_head(title: str, heads: Sequence[str], first: int, each: int = 7) -> str:
    return click.style(
        _row(title.upper(), [head.upper() for head in heads], first, each), bold=True
    )


def _row(name: str, cells: Sequence[str], first: int, each: int = 7) -> str:
    return _GAP.join([name.ljust(first), *(cell.rjust(each) for cell in cells)])
