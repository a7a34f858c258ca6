"""`irene providers`: every provider, ready or what is missing and the cure."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.live.target import LiveTarget, name_option
from irene.cli.terminal.layout import columns


@click.command(name="providers")
@takes_config
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@click.option("--live", is_flag=True, help="Tell how those of the running assistant do.")
@name_option
def command(chosen: ChosenConfig, as_json: bool, live: bool, name: str | None) -> None:
    """List every provider: ready, or what is missing.

    Each is checked with the options that the configuration gives it; no engine is loaded. The
    column 'use' tells which the configuration uses.
    """
    if live:
        if chosen.overrides:
            raise click.UsageError("--live goes without --set", click.get_current_context())
        _tell_live(LiveTarget(name, chosen.source), as_json)
        return
    if name is not None:
        raise click.UsageError("--name goes with --live", click.get_current_context())
    from irene.cli.providers.inventory import take_inventory

    registry = chosen.registry()
    items = take_inventory(chosen.load(registry), registry)
    if as_json:
        click.echo(json.dumps([asdict(item) for item in items], ensure_ascii=False).encode())
        return
    rows = [
        (
            item.kind,
            item.name,
            item.use or "-",
            f"{item.distribution} {item.version}",
            item.licence,
            "ready" if item.ready else f"missing: {item.missing}; {item.cure}",
        )
        for item in items
    ]
    for line in columns(("kind", "name", "use", "from", "licence", "status"), rows):
        click.echo(line)


def _tell_live(target: LiveTarget, as_json: bool) -> None:
    from irene.cli.live.lines import provider_lines

    with target.connect() as client:
        providers = client.ask("providers")
    if as_json:
        click.echo(json.dumps(providers, ensure_ascii=False).encode())
        return
    for line in provider_lines(providers):
        click.echo(line)
