"""The screen of `irene performance --live`: one report after the other, as lines that fit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

import click

from irene.cli.live.lines import duration
from irene.cli.performance.report_lines import alert_lines, spread_lines
from irene.cli.performance.strokes import FINE, Strokes, fitted
from irene.performance.view.amounts import amount, clock_time, short
from irene.performance.view.report import Level, Report, Spread

_REMEMBERED = 240
"""looks whose figures are drawn as a course"""
_LABEL = 22
_CPU = "irene_process_cpu_seconds_total"
_SHOWN = {
    "irene_process_resident_bytes": "memory",
    "irene_process_workers_resident_bytes": "memory of workers",
    "irene_process_memory_ratio": "memory of the limit",
    _CPU: "processor",
    "irene_process_threads": "threads",
    "irene_audio_waiting_seconds": "audio not heard yet",
    "irene_pipeline_events_waiting": "events not read yet",
}
"""what is drawn as a course, in this order, by the metric"""
_QUEUES = ("_waiting", "_depth")
"""endings of further gauges that are shown while they are not 0"""
_ANSWER = "response"
"""the stage that somebody waits for"""
_LOW = 40
"""lines below which the stages of listening are left out"""
_SIZE = "irene_cache_size_bytes"


class Dashboard:
    """Turns reports into frames; remembers what it has shown, so that courses can be drawn."""

    def __init__(self, interval_s: float, strokes: Strokes = FINE) -> None:
        self._interval_s = interval_s
        self._strokes = strokes
        self._courses: dict[str, deque[float]] = {}
        self._cpu: tuple[float, float] | None = None

    def frame(self, report: Report, width: int, height: int) -> list[str]:
        """Return the lines of a screen of that size; what does not fit is counted."""
        self._remember(report)
        lines = [*self._head(report, width)]
        for part in (
            alert_lines([alert for alert in report.alerts if alert.cleared is None]),
            self._stages(_told(report.stages, height), width),
            spread_lines("real-time factor", report.factors, width),
            self._resources(report.levels, width),
            self._caches(report, width),
            _providers(report),
        ):
            block = list(part)
            if block:
                lines += ["", *block]
        room = max(2, height - 2)
        if len(lines) > room:
            lines = [*lines[: room - 1], f"... {len(lines) - room + 1} lines more"]
        foot = f"looks every {self._interval_s:g} s; Ctrl-C ends"
        return [fitted(line, width) for line in (*lines, "", click.style(foot, dim=True))]

    def _head(self, report: Report, width: int) -> Iterator[str]:
        subject, until = report.subject, report.window.until
        name = click.style(subject.name, bold=True)
        if subject.is_running:
            state = click.style(subject.doing or "runs", fg="green")
            state += f", runs for {duration(until - subject.began)}"
        else:
            why = (subject.ended or "killed").replace("_", " ")
            state = click.style(f"not running ({why})", fg="yellow")
            state += f", last seen {clock_time(until)}"
        facts = f"process {subject.pid}, {subject.config}, {report.window.n_commands} commands"
        yield f"{name}  {state}, {facts}  {clock_time(until, until)}"
        yield click.style(self._strokes.rule * width, dim=True)

    def _stages(self, stages: Sequence[Spread], width: int) -> Iterator[str]:
        if not stages:
            return
        room = width - _LABEL - 4 * 9 - 2
        answers = [one.p95 for one in stages if one.name == _ANSWER]
        longest = max(answers or [one.p95 for one in stages]) or 1.0
        heads = "".join(text.rjust(9) for text in ("n", "p50", "p95", "p99"))
        drawn = "  p95" if room >= 8 else ""
        yield click.style(f"{'STAGE, ms'.ljust(_LABEL)}{heads}{drawn}", bold=True)
        for one in stages:
            cells = (str(one.n), short(one.p50), short(one.p95), short(one.p99))
            figures = "".join(cell.rjust(9) for cell in cells)
            is_drawn = room >= 8 and one.p95 <= longest  # what is not waited for may be longer
            bar = f"  {self._strokes.bar(one.p95 / longest, room)}" if is_drawn else ""
            name = f"{'  ' * one.depth}{one.name}"[:_LABEL].ljust(_LABEL)
            yield f"{name}{figures}{click.style(bar, fg='cyan')}"

    def _resources(self, levels: Sequence[Level], width: int) -> Iterator[str]:
        told = {one.metric: one for one in levels}
        rows = [(label, told[name]) for name, label in _SHOWN.items() if name in told]
        rows += [(_queue_name(one), one) for one in levels if _is_busy(one)]
        if not rows:
            return
        yield click.style("RESOURCES OF THIS PROCESS", bold=True)
        for label, one in rows:
            values = list(self._courses.get(one.metric, []))
            if not any(values) and not label.startswith("audio"):
                continue
            unit = "ratio" if one.metric == _CPU else one.unit
            drawn = self._strokes.course(values, max(0, min(60, width - _LABEL - 14)))
            now = amount(values[-1], unit).rjust(9)
            yield f"{label[:_LABEL].ljust(_LABEL)}{now}  {click.style(drawn, fg='cyan')}"

    def _caches(self, report: Report, width: int) -> Iterator[str]:
        if not report.hit_rates:
            return
        sizes = {one.metric: one for one in report.levels}
        heads = "".join(text.rjust(9) for text in ("n", "hits", "size"))
        yield click.style(f"{'CACHE OR POOL'.ljust(_LABEL)}{heads}", bold=True)
        for one in report.hit_rates:
            drawn = self._strokes.bar(one.share, max(0, min(30, width - _LABEL - 31)))
            size = sizes.get(f'{_SIZE}{{cache="{one.cache}"}}')
            held = "" if size is None else amount(size.last, size.unit)
            cells = f"{one.lookups:9d}{one.share:9.0%}{held.rjust(9)}"
            yield f"{one.cache[:_LABEL].ljust(_LABEL)}{cells}  {click.style(drawn, fg='cyan')}"

    def _remember(self, report: Report) -> None:
        for one in report.levels:
            if one.metric == _CPU:
                self._remember_cpu(one, report)
            elif one.metric in _SHOWN or _is_busy(one):
                course = self._courses.setdefault(one.metric, deque(maxlen=_REMEMBERED))
                course.extend(_news(one, course))

    def _remember_cpu(self, level: Level, report: Report) -> None:
        """Remember the share of one core since the look before; before there is one, of the run."""
        now = (report.window.until, level.last)
        since = self._cpu or (report.window.since, 0.0)
        self._cpu = now
        if now[0] > since[0] and now[1] >= since[1]:
            course = self._courses.setdefault(level.metric, deque(maxlen=_REMEMBERED))
            course.append((now[1] - since[1]) / (now[0] - since[0]))


def _news(level: Level, course: Sequence[float]) -> Iterator[float]:
    """Yield what a report adds to a course: all that is kept at first, then the latest."""
    if course:
        yield level.last
        return
    n = len(level.points)
    yield from islice((value for _, value in level.points), max(0, n - _REMEMBERED), None)


def _told(stages: Sequence[Spread], height: int) -> list[Spread]:
    """Return the stages that there is room for: on a low screen not those of listening."""
    told: list[Spread] = []
    inside = -1
    for one in stages:
        if inside >= 0 and one.depth > inside:
            continue
        inside = one.depth if one.name == "listening" and height < _LOW else -1
        told.append(one)
    return told


def _is_busy(level: Level) -> bool:
    name = level.metric.split("{")[0]
    is_queue = name.endswith(_QUEUES) and name not in _SHOWN
    return level.kind == "gauge" and is_queue and bool(level.last)


def _queue_name(level: Level) -> str:
    name, _, labels = level.metric.partition("{")
    told = labels.rstrip("}").replace('"', "").replace("component=", "").replace("provider=", "")
    words = name.removeprefix("irene_").removeprefix("router_").replace("_", " ")
    return f"{told}: {words}" if told else words


def _providers(report: Report) -> Iterator[str]:
    told = [one for one in report.providers if one["calls"] or one["circuit"] != "closed"]
    if not told:
        return
    heads = "".join(text.rjust(9) for text in ("calls", "failed", "late", "p95, ms"))
    yield click.style(f"{'PROVIDER'.ljust(_LABEL + 6)}{heads}  STATE", bold=True)
    for one in told:
        p95 = "-" if one["p95_ms"] is None else f"{one['p95_ms']:.0f}"
        cells = (str(one["calls"]), str(one["failed"] or "-"), str(one["late"] or "-"), p95)
        name = f"{one['kind']} {one['name']}"[: _LABEL + 6].ljust(_LABEL + 6)
        yield f"{name}{''.join(cell.rjust(9) for cell in cells)}  {_health(one['circuit'], one)}"


def _health(circuit: str, one: object) -> str:
    if circuit == "closed":
        serves = isinstance(one, dict) and one.get("serves")
        return click.style("serves", fg="green") if serves else "stands by"
    colour = "yellow" if circuit == "half_open" else "red"
    words = {"open": "left alone", "half_open": "being tried", "out": "cannot be loaded"}
    return click.style(words.get(circuit, circuit), fg=colour)
