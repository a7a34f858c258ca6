"""Showing one report after the other until somebody ends it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import TextIO

import click

from irene.cli.performance.dashboard import Dashboard
from irene.cli.performance.report_lines import report_lines
from irene.cli.terminal.layout import wants_colour
from irene.performance.view.report import Report

_ENTER = "\x1b[?1049h\x1b[?25l"
"""another screen, without a cursor"""
_LEAVE = "\x1b[?25h\x1b[?1049l"
"""the cursor, and the screen that was there before"""
_HOME, _END_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


def follow_json(reports: Iterator[Report]) -> None:
    """Print each report as one line of JSON."""
    for report in reports:
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False).encode())


def follow_lines(reports: Iterator[Report], component: str | None) -> None:
    """Print each report below the one before, for a file or a pipe."""
    for report in reports:
        for line in report_lines(report, component=component):
            click.echo(line)
        click.echo()


def follow_on_screen(reports: Iterator[Report], dashboard: Dashboard, stream: TextIO) -> None:
    """Draw each report over the one before, on a screen of its own that is gone afterwards."""
    first = next(reports)  # what is wrong is said on the screen that stays
    stream.write(_ENTER)
    try:
        _draw(first, dashboard, stream)
        for report in reports:
            _draw(report, dashboard, stream)
    finally:
        stream.write(_LEAVE)
        stream.flush()


def _draw(report: Report, dashboard: Dashboard, stream: TextIO) -> None:
    size = shutil.get_terminal_size()
    lines = dashboard.frame(report, size.columns, size.lines)
    if not wants_colour(stream):
        lines = [click.unstyle(line) for line in lines]
    text = f"{_END_OF_LINE}\n".join(lines)
    stream.write(f"{_HOME}{text}{_END_OF_LINE}{_REST_OF_SCREEN}")
    stream.flush()
