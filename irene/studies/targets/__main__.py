"""`python -m irene.studies.targets`: the table of targets, for pages of the documentation."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from irene.errors import IreneError
from irene.performance.publishing.markdown import write_measured
from irene.studies.targets.catalogue import TARGETS
from irene.studies.targets.lines import markdown, report_lines, target_lines
from irene.studies.targets.run import measure_targets
from irene.studies.targets.selection import TargetOptions

BLOCK = "targets"
"""name of the measured block of the page"""


@click.command()
@click.option("--only", multiple=True, metavar="NAME", help="A target, or a pattern; repeatable.")
@click.option("--quick", is_flag=True, help="Only what is measured in some seconds.")
@click.option("--peers", type=click.Path(path_type=Path), metavar="PYTHON", help="make bench-peers")
@click.option("--list", "lists", is_flag=True, help="Print names and goals, and measure nothing.")
@click.option("--json", "file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--write", type=click.Path(path_type=Path), metavar="PAGE", help="Put the tables in.")
def main(
    *,
    only: tuple[str, ...],
    quick: bool,
    peers: Path | None,
    lists: bool,
    file: Path | None,
    write: Path | None,
) -> None:
    """Measure what irene is held to; the exit status is 6 when a target is missed."""
    context = click.get_current_context()
    if lists:
        click.echo("\n".join(target_lines(TARGETS)))
        return
    try:
        report = measure_targets(
            TargetOptions(only, quick, peers), lambda line: click.echo(line, err=True)
        )
        if write is not None:
            write_measured(write, markdown(report), BLOCK)
    except IreneError as error:
        click.echo(f"error: {error}", err=True)
        context.exit(error.exit_code)
    if file is not None:
        file.write_text(json.dumps(report.to_dict(), indent=1), encoding="utf-8")
    click.echo("\n".join(report_lines(report)))
    context.exit(report.exit_code)


if __name__ == "__main__":
    sys.exit(main())
