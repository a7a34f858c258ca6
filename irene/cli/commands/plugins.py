"""`irene plugins`: the plugins that were found, and what is wrong with the broken ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.terminal.layout import columns

if TYPE_CHECKING:
    from irene.plugin.host import PluginReport
    from irene.plugin.registry import ComponentRegistry


_VARIABLES = """\b
Environment:
  IRENE_LOAD_PLUGINS=a,b   of those that do not come with irene, load only these; '' loads none
  IRENE_TRACE_HOOKS=1      write to standard error what each hook returns
"""


@click.command(name="plugins", epilog=_VARIABLES)
@takes_config
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@click.option(
    "--why", "name", metavar="NAME", help="Explain one: its origin, what is wrong, and the cure."
)
def command(chosen: ChosenConfig, as_json: bool, name: str | None) -> None:
    """List the plugins that were found.

    A broken plugin is listed with the reason and harms no other. One that the configuration
    disables is left out; --why tells of it, too. With --why, NAME is a plugin, a distribution or a
    provider.
    """
    registry = chosen.registry()
    if name is not None:
        _explain(name, registry, as_json)
        return
    rows = [_row(report) for report in registry.plugins]
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False).encode())
        return
    for line in _table(rows):
        click.echo(line)


def _explain(name: str, registry: ComponentRegistry, as_json: bool) -> None:
    from irene.cli.providers.plugin_explanations import explain, explanation_lines

    found = explain(name, registry)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False).encode())
        return
    for one in found:
        for line in explanation_lines(one):
            click.echo(line)


@dataclass(frozen=True)
class _PluginRow:
    """What is told about a plugin."""

    name: str
    module: str
    distribution: str
    version: str
    providers: list[str]
    """kind and name of each, joined by a dot"""
    models: list[str]
    """kind and name of each model that it adds to the catalogue, joined by a slash"""
    error: str | None


def _row(report: PluginReport) -> _PluginRow:
    return _PluginRow(
        report.name,
        report.module,
        report.distribution,
        report.version,
        [f"{cls.kind}.{cls.name}" for cls in report.providers],
        [model.id for model in report.models],
        report.error or None,
    )


def _table(rows: list[_PluginRow]) -> Iterator[str]:
    if not rows:
        yield 'no plugin is installed; the bundled ones come with `pip install "irene-voice"`'
        return
    yield from columns(
        ("plugin", "from", "module", "offers"),
        [(row.name, f"{row.distribution} {row.version}", row.module, _offers(row)) for row in rows],
    )
    n_broken = sum(row.error is not None for row in rows)
    if n_broken:
        yield f"{n_broken} of {len(rows)} broken; `irene plugins --why NAME` tells more"


def _offers(row: _PluginRow) -> str:
    models = [f"model {model}" for model in row.models]
    return f"broken: {row.error}" if row.error else ", ".join([*row.providers, *models])
