"""`irene mute`: the running assistant ignores its microphone."""

from __future__ import annotations

import click

from irene.cli.live.target import LiveTarget, takes_target


@click.command(name="mute")
@takes_target
def command(target: LiveTarget) -> None:
    """Make the running assistant deaf.

    Its microphone is ignored until `irene unmute`, or until it ends; it goes on speaking, and
    timers ring. What is being said counts as ended. `irene status` shows it, and so does an event.
    """
    with target.connect() as client:
        was_new = client.ask("mute")["changed"]
    click.echo("muted" if was_new else "it was muted already")
