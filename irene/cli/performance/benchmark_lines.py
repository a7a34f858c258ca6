"""What a benchmark found, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import click

from irene.performance.benchmark.benchmark_run import BenchmarkRun
from irene.performance.benchmark.measurement import Measurement
from irene.performance.benchmark.regression import Compared, Judgement
from irene.performance.benchmark.report import duration

_GAP = "  "
_HEADS = ("component", "provider", "n", "median", "p95", "±", "RTF", "WER", "first", "load", "MB")
_NARROW = ("component", "provider", "n", "median", "p95", "RTF")
_WIDE = 100
"""columns that the whole table takes"""
_N_TEXTS = 2
"""columns that are texts: the first ones"""
_COLOURS = {
    Judgement.SLOWER: "red",
    Judgement.FASTER: "green",
    Judgement.SAME: None,
    Judgement.UNJUDGED: "yellow",
}
_WORDS = {
    Judgement.SLOWER: "SLOWER",
    Judgement.FASTER: "faster",
    Judgement.SAME: "no change",
    Judgement.UNJUDGED: "not judged",
}
_LABEL = 10


def run_lines(run: BenchmarkRun, width: int = 120) -> Iterator[str]:
    """Yield a run: where, what, and whether to believe it; `width` in columns."""
    yield _fact("machine", str(run.machine))
    yield _fact("config", f"{run.config}; irene {run.version}")
    if run.measurements:
        yield _fact("time", _clock(run.measurements[0]))
        yield ""
        yield from _table(run.measurements, width)
    yield from _further(run.measurements)
    yield from _left_out(run)
    yield ""
    colour = "green" if run.is_trusted else "yellow"
    end = "; it was interrupted" if run.is_interrupted else ""
    yield _fact("verdict", click.style(f"{run.verdict}{end}", fg=colour))
    if run.number is not None:
        kept = "; the baseline from now on" if run.is_baseline else ""
        yield _fact("kept as", f"number {run.number}{kept}")


def compared_lines(compared: Sequence[Compared], head: str) -> Iterator[str]:
    """Yield what became of each part since before."""
    yield ""
    yield head
    rows = [_compared_row(one) for one in compared]
    lines = _aligned(("part", "before", "after", "ratio", "95 % interval", "result"), rows, 1)
    yield next(lines)
    for one, line in zip(compared, lines, strict=True):
        yield click.style(line, fg=_COLOURS[one.judgement])
    yield from sorted({f"{one.name}: {one.why}" for one in compared if one.why})


def history_lines(runs: Sequence[BenchmarkRun], component: str | None) -> Iterator[str]:
    """Yield a line for each run; with a component, one for each time that it was measured."""
    if component is None:
        rows = [_history_row(run) for run in runs]
        yield from _aligned(("no.", "when", "config", "parts", "trusted", "note"), rows, 6)
        return
    found = [(run, one) for run in runs for one in run.measurements if one.component == component]
    rows = [(*_history_row(run)[:3], one.provider, *_times(one)) for run, one in found]
    heads = ("no.", "when", "config", "provider", "median", "p95", "RTF", "WER", "trusted")
    yield from _aligned(heads, rows, 4)


def _times(one: Measurement) -> tuple[str, ...]:
    trusted = "yes" if one.is_trusted else "no"
    p95 = duration(one.calls.p95_s)
    return duration(one.seconds.median), p95, _rtf(one), _wer(one), trusted


def _history_row(run: BenchmarkRun) -> tuple[str, ...]:
    when = run.at.astimezone().strftime("%Y-%m-%d %H:%M")
    marks = "yes" if run.is_trusted else "no"
    marks += ", baseline" if run.is_baseline else ""
    return str(run.number), when, run.config, str(len(run.measurements)), marks, run.note


def _table(measurements: Sequence[Measurement], width: int) -> Iterator[str]:
    heads = _HEADS if width >= _WIDE else _NARROW
    rows = [[_cells(one)[head] for head in heads] for one in measurements]
    lines = _aligned(heads, rows, _N_TEXTS)
    yield click.style(next(lines), bold=True)
    for one, line in zip(measurements, lines, strict=True):
        yield line if one.is_trusted else f"{line}  ?"


def _cells(one: Measurement) -> Mapping[str, str]:
    cold = one.cold
    return {
        "component": one.component,
        "provider": one.provider or "-",
        "n": str(one.calls.n),
        "median": duration(one.seconds.median),
        "p95": duration(one.calls.p95_s),
        "±": f"{100 * one.seconds.relative:.0f} %",
        "RTF": _rtf(one),
        "WER": _wer(one),
        "first": "failed" if cold.first_call_s is None else duration(cold.first_call_s),
        "load": duration(cold.load_s + cold.warm_up_s),
        "MB": "-" if cold.resident_mb is None else f"{cold.resident_mb:.0f}",
    }


def _rtf(one: Measurement) -> str:
    return "-" if one.rtf is None else f"{one.rtf:.2g}"


def _wer(one: Measurement) -> str:
    return "-" if one.accuracy is None else f"{100 * one.accuracy.rate:.0f} %"


def _clock(one: Measurement) -> str:
    return "that passed" if one.clock == "wall" else "that processors worked for it"


def _further(measurements: Sequence[Measurement]) -> Iterator[str]:
    """Yield what stands in no column: times of its own, and failures."""
    told = []
    for one in measurements:
        for name, value in one.further.items():
            if name.endswith("_ms"):
                words = name.removesuffix("_ms").replace("_", " ")
                told.append(f"{one.name}: {words} {duration(value / 1000)}")
        if one.further.get("woken_share", 1.0) < 1.0:
            share = f"{100 * (1.0 - one.further['woken_share']):.0f} %"
            told.append(f"{one.name}: no wake word was heard in {share} of the recordings")
        if one.n_failed:
            reasons = "; ".join(one.failures)
            told.append(f"{one.name}: {one.n_failed} calls failed, not in the times: {reasons}")
    if told:
        yield ""
        yield from told


def _left_out(run: BenchmarkRun) -> Iterator[str]:
    if not run.left_out:
        return
    yield ""
    by_reason: dict[str, list[str]] = {}
    for name, reason in run.left_out.items():
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        is_broken = any(name in run.broken for name in names)
        line = f"not measured: {', '.join(names)}: {reason}"
        yield click.style(line, fg="red") if is_broken else click.style(line, dim=True)


def _compared_row(one: Compared) -> tuple[str, ...]:
    if one.before_s is None or one.after_s is None or one.ratio is None or one.interval is None:
        return (one.name, "-", "-", "-", "-", _WORDS[one.judgement])
    return (
        one.name,
        duration(one.before_s),
        duration(one.after_s),
        f"{one.ratio:.2f} ×",
        f"{one.interval.low:.2f} to {one.interval.high:.2f}",
        _WORDS[one.judgement],
    )


def _fact(label: str, fact: str) -> str:
    return f"{click.style(label.ljust(_LABEL), bold=True)}{_GAP}{fact}"


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]], n_texts: int) -> Iterator[str]:
    """Yield a table, heads first: the first columns to the left, figures to the right."""
    lines = [[head.upper() for head in heads], *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    for line in lines:
        cells = [
            cell.ljust(width) if at < n_texts else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield _GAP.join(cells).rstrip()


def when(moment: datetime) -> str:
    """Return a time of day with its date, in the zone of this machine."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
