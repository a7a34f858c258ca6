"""`irene config`: the group of commands about the configuration."""

from __future__ import annotations

import click

from irene.cli.lazy_group import LazyCommand, LazyGroup

_COMMANDS = "irene.cli.commands"

SUBCOMMANDS = {
    "check": LazyCommand(f"{_COMMANDS}.config_check", "Say everything that is wrong with it."),
    "show": LazyCommand(f"{_COMMANDS}.config_show", "Print the configuration in force."),
    "migrate": LazyCommand(f"{_COMMANDS}.config_migrate", "Bring it up to date."),
    "schema": LazyCommand(f"{_COMMANDS}.config_schema", "Print a JSON schema for editors."),
}


@click.group(name="config", cls=LazyGroup, table=SUBCOMMANDS)
def command() -> None:
    """Check, show and describe the configuration."""
