"""The reference page of the command line, written from the commands' own help."""

from __future__ import annotations

from collections.abc import Iterator

import click

from irene.cli.error_border import PROGRAM
from irene.cli.main import HELP_WIDTH, program

_PREAMBLE = f"""\
# Command line

<!-- written by `make docs` from the help of the commands -->

`{PROGRAM}` and `python -m irene` are the same program.

Results go to standard output, warnings and errors to standard error, one line each. The exit
status is 0 on success, 2 for a wrong command line or configuration, 3 for a provider or model that
is missing, 4 for input that cannot be read, 5 for a sound device, 6 for a check that did not pass.
With `--json`, everything on standard output is JSON in UTF-8.
"""


def render(page: str = "") -> str:
    """Return the page: the help of every command; what was on it does not matter."""
    root = click.Context(program, info_name=PROGRAM, terminal_width=HELP_WIDTH)
    return "\n".join([_PREAMBLE, *_sections(program, root)])


def _sections(command: click.Command, context: click.Context) -> Iterator[str]:
    yield from (f"## `{context.command_path}`", "", "```text", command.get_help(context))
    yield from ("```", "")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                settings = {"info_name": name, "parent": context, **child.context_settings}
                yield from _sections(child, click.Context(child, **settings))
