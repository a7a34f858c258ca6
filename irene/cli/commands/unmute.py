"""`irene unmute`: the running assistant hears its microphone again."""

from __future__ import annotations

import click

from irene.cli.live.target import LiveTarget, takes_target


@click.command(name="unmute")
@takes_target
def command(target: LiveTarget) -> None:
    """Let the running assistant hear again."""
    with target.connect() as client:
        was_new = client.ask("unmute")["changed"]
    click.echo("it hears again" if was_new else "it was not muted")
