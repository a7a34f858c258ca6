"""A group of commands that imports a command's module only when that command is used."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click


@dataclass(frozen=True)
class LazyCommand:
    """Where a command lives, and what the list of commands says about it."""

    module: str
    """module whose `command` it is"""
    summary: str
    """one line, the first of the command's own help"""

    def load(self) -> click.Command:
        """Import the module and return the command."""
        command: click.Command = importlib.import_module(self.module).command
        return command


class LazyGroup(click.Group):
    """A group whose names and one-line helps come from a table, so that help costs no import.

    Without a subcommand it prints its help and succeeds; for an unknown one it names the nearest.
    """

    def __init__(self, *args: Any, table: Mapping[str, LazyCommand], **attributes: Any) -> None:
        super().__init__(*args, **{"invoke_without_command": True, **attributes})
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or return None when there is none of that name."""
        entry = self.table.get(cmd_name)
        return entry.load() if entry is not None else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; without one, print the help."""
        result = super().invoke(ctx)
        if ctx.invoked_subcommand is None:
            click.echo(ctx.get_help(), color=ctx.color)
        return result

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name.

        Raises:
            click.UsageError: there is none; the message names the nearest.
        """
        name = args[0]
        if name not in self.table and not name.startswith("-"):
            near = difflib.get_close_matches(name, self.table, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(self.table)}"
            raise click.UsageError(f"no command is called {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.table.items()])
