"""`irene models install`: models are fetched, checked and put in place."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.error_border import tell
from irene.cli.models.store import (
    catalogue_of,
    make_installer,
    megabytes,
    pins_of,
    place_of,
    writing,
)
from irene.errors import ModelMissingError
from irene.models.catalogue import CatalogueModel
from irene.models.installer import Safety
from irene.models.lock import thorough_faults
from irene.models.receipts import Receipt

_EXAMPLES = """\b
Examples:
  irene models install vosk-model-small-en-us-0.15
  irene models install whisper/tiny de_DE-thorsten-medium
  IRENE_MODELS_MIRROR=http://nas/mirror irene models install whisper/base
"""

_Wanted = tuple[CatalogueModel, "dict[str, str] | None"]
"""a model, and the digests that its files must have"""


@click.command(name="install", epilog=_EXAMPLES)
@click.argument("names", metavar="[NAME...]", nargs=-1)
@takes_config
@click.option("--locked", is_flag=True, help="Install exactly what the lock file pins.")
@click.option("--again", is_flag=True, help="Fetch what is installed already, too.")
@click.option("--offline", is_flag=True, help="Fetch nothing; as IRENE_OFFLINE=1.")
@click.option(
    "--allow-pickle",
    is_flag=True,
    help="Take checkpoints that execute code when they are loaded.",
)
@click.option("--json", "as_json", is_flag=True, help="Print an object for each model.")
def command(chosen: ChosenConfig, names: tuple[str, ...], as_json: bool, **options: bool) -> None:
    """Fetch models and put them in place.

    NAME is one of `irene models list`, as KIND/NAME where several kinds have it. What breaks off
    is kept, and the same command goes on with it. A model is there whole or not at all; it is
    compared with its published digest, and where there is none, the digest of the first download
    is written to its receipt.
    """
    if options["locked"] == bool(names):
        raise click.UsageError("give NAME, or else --locked", click.get_current_context())
    wanted = list(_pinned(chosen) if options["locked"] else _named(chosen, names))
    installer = make_installer(options["offline"])
    for model, pinned in wanted:
        safety = Safety(options["allow_pickle"], pinned)
        try:
            with writing():
                receipt = installer.install(model, safety, options["again"] or pinned is not None)
        except KeyboardInterrupt:
            tell("stopped; what came so far is kept, the same command goes on with it")
            raise
        _report(model, receipt, as_json)


def _named(chosen: ChosenConfig, names: tuple[str, ...]) -> Iterator[_Wanted]:
    catalogue = catalogue_of(chosen)
    for name in dict.fromkeys(names):
        yield catalogue.find(name), None


def _pinned(chosen: ChosenConfig) -> Iterator[_Wanted]:
    """Yield the pinned models that are not there as they are pinned."""
    catalogue = catalogue_of(chosen)
    for pin in pins_of(chosen):
        if not any(thorough_faults(pin)):
            tell(f"{pin.id} is there as it is pinned")
            continue
        model = catalogue.get(pin.kind, pin.name)
        if model is None:
            raise ModelMissingError(
                f"{pin.id} is not in the catalogue; bring it with `irene models import`"
            )
        yield model, pin.digests


def _report(model: CatalogueModel, receipt: Receipt | None, as_json: bool) -> None:
    place = place_of(model)
    if as_json:
        facts = {
            "model": model.id,
            "path": str(place),
            "installed": receipt is not None,
            "bytes": receipt.n_bytes if receipt is not None else None,
        }
        click.echo(json.dumps(facts, ensure_ascii=False).encode())
    elif receipt is None:
        click.echo(f"{model.id} was there already: {place}")
    else:
        click.echo(f"{model.id} is installed: {place} ({megabytes(receipt.n_bytes)})")
