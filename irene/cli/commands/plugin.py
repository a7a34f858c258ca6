"""`irene plugin`: the group of commands for authors of plugins."""

from __future__ import annotations

import click

from irene.cli.lazy_group import LazyCommand, LazyGroup

SUBCOMMANDS = {
    "test": LazyCommand("irene.cli.commands.plugin_test", "Check the providers of a plugin."),
}


@click.group(name="plugin", cls=LazyGroup, table=SUBCOMMANDS)
def command() -> None:
    """Check plugins against their contracts."""
