"""`irene status`: what a running assistant does."""

from __future__ import annotations

import json

import click

from irene.cli.live.target import LiveTarget, takes_target


@click.command(name="status")
@takes_target
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def command(target: LiveTarget, as_json: bool) -> None:
    """Tell what the running assistant does.

    Its configuration and process, whether it hears, who serves in each slot, how much memory it
    takes, and what went wrong last. Without a running assistant the exit status is 3.
    """
    from irene.cli.live.lines import status_lines

    with target.connect() as client:
        status = client.ask("status")
    if as_json:
        click.echo(json.dumps(status, ensure_ascii=False).encode())
        return
    for line in status_lines(status):
        click.echo(line)
