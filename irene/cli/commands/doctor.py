"""`irene doctor`: the whole installation looked over, every finding with its cure."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.terminal.layout import wants_colour
from irene.errors import CheckFailedError

if TYPE_CHECKING:
    from irene.cli.doctor.finding import Finding

_MARKS = {"ok": ("ok", "green"), "note": ("--", None), "warning": ("!", "yellow")}
_ERROR_MARK = ("X", "red")
_INDENT = 18


@click.command(name="doctor")
@takes_config
@click.option("--silent", is_flag=True, help="Play nothing on the loudspeaker.")
@click.option("--no-self-test", is_flag=True, help="Load no engine.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def command(chosen: ChosenConfig, silent: bool, no_self_test: bool, as_json: bool) -> int:
    """Look over the installation, with a cure for what is wrong.

    Python, packages, plugins, configuration, providers, models, folders, ports and sound devices.
    Where there are a microphone and a loudspeaker, a short sweep is played and recorded: noise,
    clipping, delay and echo. A recorded question goes through the engines of the configuration.
    Nothing is changed. The exit status is 6 when something keeps the assistant from working.
    """
    from irene.cli.doctor.examination import examined

    findings = examined(chosen, plays=not silent, speaks=not no_self_test)
    levels = _as_json(findings) if as_json else _as_lines(findings)
    return CheckFailedError.exit_code if levels["error"] else 0


def _as_json(findings: Iterable[Finding]) -> Counter[str]:
    found = list(findings)
    click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False).encode())
    return Counter(one.level for one in found)


def _as_lines(findings: Iterable[Finding]) -> Counter[str]:
    levels: Counter[str] = Counter()
    colour = wants_colour(sys.stdout)
    topic = ""
    for one in findings:
        levels[one.level] += 1
        mark, paint = _MARKS.get(one.level, _ERROR_MARK)
        head = "" if one.topic == topic else one.topic
        topic = one.topic
        styled = click.style(f"{mark:<3}", fg=paint)
        click.echo(f"{head:<{_INDENT - 3}}{styled}{one.text}", color=colour)
        if one.cure:
            click.echo(f"{'':<{_INDENT}}-> {one.cure}", color=colour)
    click.echo(_summary(levels))
    return levels


def _summary(levels: Counter[str]) -> str:
    if levels["error"]:
        return f"\n{_count(levels['error'], 'error')}, {_count(levels['warning'], 'warning')}"
    if levels["warning"]:
        return f"\nit works; {_count(levels['warning'], 'warning')}"
    return "\nall is well"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
