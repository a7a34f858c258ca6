"""What `irene benchmark` tells about runs of before: the list of them, and two side by side."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from irene.cli.configuration import ChosenConfig
from irene.cli.error_border import tell
from irene.cli.performance.benchmark_lines import compared_lines, history_lines
from irene.domain.clock import SystemClock
from irene.errors import CheckFailedError, RequestError
from irene.performance.benchmark.benchmark_run import BenchmarkRun, summary
from irene.performance.benchmark.export import as_table
from irene.performance.benchmark.history import History, read_run
from irene.performance.benchmark.regression import Compared, Judgement, compare
from irene.performance.view.export import write as write_file

_NOTHING = "no benchmark is kept yet; `irene benchmark` makes one"


def show_history(
    chosen: ChosenConfig, component: str | None, days: float | None, form: str, output: Path | None
) -> None:
    """Print the runs that are kept, or what they tell of one component.

    Raises:
        ConfigurationError: the configuration is wrong, or a file cannot be read or written.
    """
    history, now = _history(chosen), SystemClock().now().timestamp()
    runs = history.runs(now, days)
    is_empty = not runs and not history.runs(now)
    if component is not None:
        runs = [_with_only(run, (component,)) for run in runs]
        runs = [run for run in runs if run.measurements]
    rows = summary(runs)
    nothing = _NOTHING if is_empty else "none of that time"
    texts = {
        "json": lambda: json.dumps(rows, ensure_ascii=False) + "\n",
        "csv": lambda: as_table([_flat(row, one) for row in rows for one in row["measurements"]]),
        "table": lambda: _lines(history_lines(runs, component) if runs else [nothing]),
    }
    _put(texts[form](), output)


def show_comparison(
    chosen: ChosenConfig,
    named: Sequence[str],
    components: Sequence[str],
    form: str,
    output: Path | None,
    *,
    gates: bool,
) -> int:
    """Print two runs side by side; return the exit status.

    Raises:
        RequestError: there is no run of that number, or the two have no part in common.
        ConfigurationError: the configuration is wrong, or a file cannot be read or written.
    """
    before, after = (_named(name, chosen) for name in named)
    if components:
        after = _with_only(after, components)
    compared = compare([before], after, strictly=gates)
    compared = [one for one in compared if one.ratio is not None]
    if not compared:
        raise RequestError(
            f"--compare: {named[0]} and {named[1]} have no part in common that was timed alike"
        )
    rows = [_plain(one) for one in compared]
    texts = {
        "json": lambda: json.dumps(rows, ensure_ascii=False) + "\n",
        "csv": lambda: as_table(rows),
        "table": lambda: _lines(list(compared_lines(compared, f"{named[0]} to {named[1]}:"))[1:]),
    }
    _put(texts[form](), output)
    for name, run in zip(named, (before, after), strict=True):
        if not run.is_trusted:
            tell(f"{name}: {run.verdict}")
    return _status(compared) if gates else 0


def _status(compared: Sequence[Compared]) -> int:
    bad = (Judgement.SLOWER, Judgement.UNJUDGED)
    return CheckFailedError.exit_code if any(one.judgement in bad for one in compared) else 0


def _named(name: str, chosen: ChosenConfig) -> BenchmarkRun:
    """Return the run of a number, or of a file."""
    if name.isdecimal() and not Path(name).exists():
        return _history(chosen).numbered(int(name))
    return read_run(Path(name))


def _history(chosen: ChosenConfig) -> History:
    return History.of(chosen.load(chosen.registry()))


def _with_only(run: BenchmarkRun, components: Sequence[str]) -> BenchmarkRun:
    kept = tuple(one for one in run.measurements if one.component in components)
    return replace(run, measurements=kept)


def _plain(one: Compared) -> dict[str, Any]:
    found = asdict(one)
    interval = found.pop("interval") or {"low": None, "high": None}
    found["judgement"] = one.judgement.value
    return {**found, "low": interval["low"], "high": interval["high"]}


def _flat(row: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    about = ("number", "at", "config", "note", "is_baseline")
    return {**{key: row[key] for key in about}, **one}


def _lines(lines: Any) -> str:
    return "\n".join(lines) + "\n"


def _put(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False, color=None if sys.stdout.isatty() else False)
        return
    write_file(click.unstyle(text), output)
    click.echo(f"written: {output}")
