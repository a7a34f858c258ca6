"""`irene models verify`: installed models compared with the digests of their receipts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.model_store import Installed, catalogue_of, installed_models, installed_named
from irene.errors import CheckFailedError, ModelRefusedError
from irene.models.pickles import SUFFIXES, check_checkpoint
from irene.models.receipts import faults_of


@click.command(name="verify")
@click.argument("names", metavar="[NAME...]", nargs=-1)
@takes_config
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def command(chosen: ChosenConfig, names: tuple[str, ...], as_json: bool) -> int:
    """Compare installed models with their digests; without a NAME, all of them.

    Every file is read. Checkpoints of PyTorch are looked into, too: whether loading them would
    execute anything but the making of tensors. The exit status is 6 when something is wrong.
    """
    catalogue = catalogue_of(chosen) if names else None
    models = (
        installed_models()
        if catalogue is None
        else [installed_named(name, catalogue) for name in names]
    )
    found = [
        (model, [*faults_of(model.folder, model.receipt), *_unsafe(model)]) for model in models
    ]
    if as_json:
        objects = [
            {"model": model.receipt.id, "path": str(model.path), "faults": faults}
            for model, faults in found
        ]
        click.echo(json.dumps(objects, ensure_ascii=False).encode())
    else:
        for line in _lines(found):
            click.echo(line)
    return CheckFailedError.exit_code if any(faults for _, faults in found) else 0


def _lines(found: list[tuple[Installed, list[str]]]) -> Iterator[str]:
    if not found:
        yield "no model is installed with a receipt; see `irene models list`"
    for model, faults in found:
        if not faults:
            yield f"{model.receipt.id}: ok"
        for fault in faults:
            yield f"{model.receipt.id}: {fault}; irene models install --again {model.receipt.id}"


def _unsafe(model: Installed) -> Iterator[str]:
    """Yield why a checkpoint would execute code."""
    for file in model.receipt.files:
        path: Path = model.folder / model.receipt.kind / file.path
        if path.suffix in SUFFIXES and path.is_file():
            try:
                check_checkpoint(path)
            except ModelRefusedError as error:
                yield str(error)
