"""`irene benchmark --targets`: every figure that irene is held to, with its verdict."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from irene.cli.error_border import tell
from irene.cli.terminal.layout import wants_colour
from irene.cli.terminal.standard_streams import reserved_stdout
from irene.cli.terminal.status_line import StatusLine
from irene.performance.benchmark.export import as_table
from irene.performance.view.export import write as write_file
from irene.studies.targets.catalogue import TARGETS
from irene.studies.targets.finding import Outcome
from irene.studies.targets.lines import report_lines, target_lines
from irene.studies.targets.measurements import MEASUREMENTS
from irene.studies.targets.report import TargetReport
from irene.studies.targets.run import measure_targets
from irene.studies.targets.selection import TargetOptions, chosen

_COLOURS = {
    Outcome.PASS: "green",
    Outcome.FAIL: "red",
    Outcome.NOT_MEASURED: "red",
    Outcome.NOT_JUDGED: "yellow",
}


def list_targets(options: TargetOptions) -> int:
    """Print names and goals of the targets that are meant, and return 0.

    Raises:
        ConfigurationError: no target is called so.
    """
    for line in target_lines(chosen(options, TARGETS, MEASUREMENTS)):
        click.echo(line)
    return 0


def run_targets(options: TargetOptions, form: str, output: Path | None) -> int:
    """Measure, print or write, and return the exit status: 6 when a target is missed.

    Raises:
        ConfigurationError: no target is called so, or the output cannot be written.
    """
    status, paints = StatusLine(sys.stderr), wants_colour(sys.stdout)
    with reserved_stdout() as write:
        try:
            report = measure_targets(options, status.show)
        finally:
            status.clear()
        text = _EXPORTS[form](report)
        if output is not None:
            write_file(text, output)
            tell(f"written: {output}")
        if form == "table" and paints:
            text = "\n".join(map(_painted, report_lines(report))) + "\n"
        if form == "table" or output is None:
            write(text.encode(errors="backslashreplace"))
    return report.exit_code


def _painted(line: str) -> str:
    """Return a line with its outcome in colour, if it begins with one."""
    for outcome, colour in _COLOURS.items():
        if line.startswith(f"  {outcome.short}  "):
            return line.replace(outcome.short, click.style(outcome.short, fg=colour), 1)
    return line


def _as_lines(report: TargetReport) -> str:
    return "\n".join(report_lines(report)) + "\n"


def _as_json(report: TargetReport) -> str:
    return json.dumps(report.to_dict(), ensure_ascii=False) + "\n"


def _as_csv(report: TargetReport) -> str:
    return as_table(list(_rows(report)))


def _rows(report: TargetReport) -> Iterator[dict[str, object]]:
    for one in report.judged:
        content = one.to_dict()
        goal = content.pop("goal")
        lists = {key: "; ".join(map(str, content.pop(key))) for key in ("doubts", "because")}
        content.pop("values")
        yield {**content, **lists, "goal": goal["text"]}


_EXPORTS = {"table": _as_lines, "json": _as_json, "csv": _as_csv}
