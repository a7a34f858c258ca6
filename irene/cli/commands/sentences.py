"""`irene sentences`: the group of commands about sentence templates."""

from __future__ import annotations

import click

from irene.cli.lazy_group import LazyCommand, LazyGroup

_COMMANDS = "irene.cli.commands"

SUBCOMMANDS = {
    "test": LazyCommand(f"{_COMMANDS}.sentences_test", "Check sentences and their tables."),
}


@click.group(name="sentences", cls=LazyGroup, table=SUBCOMMANDS)
def command() -> None:
    """Check the sentences that are understood."""
