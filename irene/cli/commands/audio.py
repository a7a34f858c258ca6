"""`irene audio`: the group of commands about how audio flows."""

from __future__ import annotations

import click

from irene.cli.lazy_group import LazyCommand, LazyGroup

_COMMANDS = "irene.cli.commands"

SUBCOMMANDS = {
    "plan": LazyCommand(f"{_COMMANDS}.audio_plan", "Say what is converted to what."),
}


@click.group(name="audio", cls=LazyGroup, table=SUBCOMMANDS)
def command() -> None:
    """Show how audio flows."""
