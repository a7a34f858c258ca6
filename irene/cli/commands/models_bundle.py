"""`irene models bundle`: installed models in one file, for a machine that fetches nothing."""

from __future__ import annotations

from pathlib import Path

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.models.store import (
    Installed,
    catalogue_of,
    installed_named,
    megabytes,
    own_lock,
    pins_of,
    writing,
)

_EXAMPLES = """\b
Examples:
  irene models bundle models.tar whisper/tiny de_DE-thorsten-medium
  irene models lock && irene models bundle models.tar
"""


@click.command(name="bundle", epilog=_EXAMPLES)
@click.argument("file", metavar="FILE.tar", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("names", metavar="[NAME...]", nargs=-1)
@takes_config
def command(chosen: ChosenConfig, file: Path, names: tuple[str, ...]) -> None:
    """Pack models for a machine that is offline.

    FILE.tar gets the installed models NAME, or those that the lock file of the configuration
    pins, with their receipts, and the lock file. What is packed is compared with its digests.
    `irene models import FILE.tar` installs it there. The same models give the same bytes.
    """
    from irene.models.bundles import Packed, write_bundle

    models = _models(chosen, names)
    lock = own_lock(chosen)
    text = lock.read_text("utf-8") if lock is not None and lock.is_file() else ""
    with writing(f"choose another place for {file.name}"):
        write_bundle(file, [Packed(one.folder, one.receipt) for one in models], text)
    listed = ", ".join(one.receipt.id for one in models)
    click.echo(f"{file} holds {listed} ({megabytes(file.stat().st_size)})")


def _models(chosen: ChosenConfig, names: tuple[str, ...]) -> list[Installed]:
    catalogue = catalogue_of(chosen)
    wanted = names or tuple(pin.id for pin in pins_of(chosen))
    return [installed_named(name, catalogue) for name in dict.fromkeys(wanted)]
