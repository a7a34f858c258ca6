"""`irene models remove`: installed models are taken away again."""

from __future__ import annotations

import sys

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.models.store import (
    Installed,
    catalogue_of,
    installed_named,
    make_installer,
    megabytes,
    own_lock,
    writing,
)
from irene.errors import ModelRefusedError
from irene.models.lock import read_lock


@click.command(name="remove")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@takes_config
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Remove what the lock file pins, too.")
def command(chosen: ChosenConfig, names: tuple[str, ...], yes: bool, force: bool) -> None:
    """Remove installed models; only those that irene installed.

    A model that the configuration's lock file pins is not removed without --force.
    """
    catalogue = catalogue_of(chosen)
    models = [installed_named(name, catalogue) for name in dict.fromkeys(names)]
    if not force:
        _refuse_pinned(chosen, models)
    if not yes:
        _ask(models)
    for model in models:
        with writing():
            make_installer(offline=True, folder=model.folder).remove(model.receipt)
        click.echo(f"{model.receipt.id} is removed ({megabytes(model.receipt.n_bytes)})")


def _refuse_pinned(chosen: ChosenConfig, models: list[Installed]) -> None:
    lock = own_lock(chosen)
    pinned = {pin.id for pin in read_lock(lock)} if lock is not None and lock.is_file() else set()
    for model in models:
        if model.receipt.id in pinned:
            raise ModelRefusedError(
                f"{lock} pins {model.receipt.id}; --force removes it all the same"
            )


def _ask(models: list[Installed]) -> None:
    """Ask before anything goes; without a terminal, `--yes` is the answer."""
    if not sys.stdin.isatty():
        raise click.UsageError("removing needs --yes here", click.get_current_context())
    listed = ", ".join(f"{model.receipt.id} in {model.folder}" for model in models)
    click.confirm(f"Remove {listed}?", abort=True)
