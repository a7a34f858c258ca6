"""`irene init`: a commented configuration to begin with."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.command(name="init")
@click.argument("path", default="irene.toml")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def command(path: str, force: bool) -> None:
    """Write a configuration to begin with.

    The file, ./irene.toml unless another PATH is given, holds the keys that people change first,
    each with its meaning. Everything that it does not name keeps its default. In a folder that is
    there, and after a final slash, the file is PATH/irene.toml.
    """
    from irene.config.rendering import render_starter
    from irene.config.sources import FILE_NAME

    is_folder = path.endswith(os.sep) or os.path.isdir(path)  # noqa: PTH112 - Path may raise
    file = Path(path, FILE_NAME) if is_folder else Path(path)
    if os.path.lexists(file) and not force:
        raise click.UsageError(
            f"{file} is there already; name another file, or replace it with --force",
            click.get_current_context(),
        )
    try:
        file.write_text(render_starter(), encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise click.UsageError(
            f"{file} cannot be written: {reason}", click.get_current_context()
        ) from None
    click.echo(f"wrote {file}; `irene config check {file}` checks it, `irene run` uses it")
