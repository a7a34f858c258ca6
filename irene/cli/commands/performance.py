"""`irene performance`: what was measured of the running assistant, or of the last one."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from irene.cli.arguments import FiniteRange
from irene.cli.live.target import LiveTarget, takes_target

if TYPE_CHECKING:
    from irene.cli.performance.measured import Measured
    from irene.performance.view.report import Report

_INTERVAL_S = 2.0
_EXAMPLES = """\b
Examples:
  irene performance                        the running assistant, else the last one
  irene performance --live                 a screen that follows it
  irene performance --component asr --minutes 30
  irene performance --export week.csv --minutes 10080
  irene performance --html report.html
"""


@click.command(name="performance", epilog=_EXAMPLES)
@takes_target
@click.option("--live", is_flag=True, help="Follow it on the screen, until Ctrl-C.")
@click.option(
    "--interval",
    "interval_s",
    type=FiniteRange(0.2, 3600),
    metavar="SECONDS",
    help="How often --live looks; 2 unless given.",
)
@click.option(
    "--component",
    metavar="NAME",
    help="Only what belongs to one component, such as asr (or stt), tts, inputs or memory.",
)
@click.option(
    "--minutes",
    type=FiniteRange(min=0, min_open=True),
    metavar="N",
    help="The last N minutes of all runs that are kept; the whole last run unless given.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
@click.option(
    "--export",
    "exports",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    multiple=True,
    help="Write the figures to FILE.json or FILE.csv; may be repeated.",
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a page with plots that needs nothing but a browser.",
)
def command(
    *,
    target: LiveTarget,
    live: bool,
    interval_s: float | None,
    component: str | None,
    minutes: float | None,
    as_json: bool,
    exports: tuple[Path, ...],
    html: Path | None,
) -> None:
    """Show how fast it is, and what it takes.

    Times of every stage, caches, queues, providers, memory and processor of the process, alerts.

    The figures are of the assistant that runs, or of the last one that ran; each is told with the
    number of measurements that it comes from. What was said is never kept. Where nothing was
    measured yet the exit status is 3.
    """
    from irene.cli.performance.measured import Measured
    from irene.performance.view.components import component_named

    wanted = None if component is None else component_named(component)
    measured = Measured(target)
    if live:
        if exports or html or minutes is not None:
            raise click.UsageError(
                "--live goes without --export, --html and --minutes", click.get_current_context()
            )
        _follow(measured, interval_s or _INTERVAL_S, wanted, as_json)
        return
    if interval_s is not None:
        raise click.UsageError("--interval goes with --live", click.get_current_context())
    report = measured.report(minutes)
    shown = report if wanted is None else report.of_component(wanted)
    if exports or html is not None:
        _write(shown, exports, html, quietly=as_json)
    if as_json:
        click.echo(json.dumps(shown.to_dict(), ensure_ascii=False).encode())
    elif not exports and html is None:
        _print(report, wanted)


def _print(report: Report, component: str | None) -> None:
    from irene.cli.performance.report_lines import report_lines
    from irene.cli.terminal.layout import width_of

    for line in report_lines(report, width_of(sys.stdout), component):
        click.echo(line)


def _write(report: Report, exports: tuple[Path, ...], html: Path | None, quietly: bool) -> None:
    """Write files, and say so; on standard error where an object goes to standard output."""
    from irene.performance.view.export import exported, write
    from irene.performance.view.page import page_of

    for export in exports:
        write(exported(report, export), export)
        click.echo(f"written: {export}", err=quietly)
    if html is not None:
        write(page_of(report), html)
        click.echo(f"written: {html}", err=quietly)


def _follow(measured: Measured, interval_s: float, component: str | None, as_json: bool) -> None:
    from irene.cli.performance.dashboard import Dashboard
    from irene.cli.performance.following import follow_json, follow_lines, follow_on_screen
    from irene.cli.terminal.layout import draws

    reports = measured.follow(interval_s, component)
    with suppress(KeyboardInterrupt):  # that is how it ends
        if as_json:
            follow_json(reports)
        elif draws(sys.stdout):
            follow_on_screen(reports, Dashboard(interval_s), sys.stdout)
        else:
            follow_lines(reports, component)
