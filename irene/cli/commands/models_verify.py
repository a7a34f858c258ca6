"""`irene models verify`: installed models compared with the digests of their receipts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.models.store import (
    Installed,
    catalogue_of,
    installed_models,
    installed_named,
    pins_of,
)
from irene.errors import CheckFailedError, ModelRefusedError
from irene.models.lock import thorough_faults
from irene.models.pickles import SUFFIXES, check_checkpoint
from irene.models.receipts import faults_of


@dataclass(frozen=True)
class _Verdict:
    """What is wrong with one model."""

    model: str
    """kind and name"""
    faults: list[str]
    """a line each"""
    cure: str
    """command that helps"""


@click.command(name="verify")
@click.argument("names", metavar="[NAME...]", nargs=-1)
@takes_config
@click.option("--locked", is_flag=True, help="Compare with the configuration's lock file.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def command(chosen: ChosenConfig, names: tuple[str, ...], locked: bool, as_json: bool) -> int:
    """Compare installed models with their digests; without a NAME, all of them.

    Every file is read. Checkpoints of PyTorch are looked into, too: whether loading them would
    execute anything but the making of tensors. With --locked, the models that the lock file
    pins are compared with it. The exit status is 6 when something is wrong.
    """
    if locked and names:
        raise click.UsageError("--locked goes without NAME", click.get_current_context())
    verdicts = list(_pinned(chosen) if locked else _installed(chosen, names))
    if as_json:
        objects = [asdict(verdict) for verdict in verdicts]
        click.echo(json.dumps(objects, ensure_ascii=False).encode())
    else:
        for line in _lines(verdicts):
            click.echo(line)
    return CheckFailedError.exit_code if any(verdict.faults for verdict in verdicts) else 0


def _installed(chosen: ChosenConfig, names: tuple[str, ...]) -> Iterator[_Verdict]:
    catalogue = catalogue_of(chosen)
    models = [installed_named(name, catalogue) for name in names] if names else installed_models()
    for model in models:
        faults = [*faults_of(model.folder, model.receipt), *_unsafe(model)]
        name = model.receipt.id
        is_known = catalogue.get(model.receipt.kind, model.receipt.name) is not None
        cure = f"install --again {name}" if is_known else "import"
        yield _Verdict(name, faults, f"irene models {cure}")


def _pinned(chosen: ChosenConfig) -> Iterator[_Verdict]:
    for pin in pins_of(chosen):
        yield _Verdict(pin.id, list(thorough_faults(pin)), "irene models install --locked")


def _lines(verdicts: list[_Verdict]) -> Iterator[str]:
    if not verdicts:
        yield "no model is installed with a receipt; see `irene models list`"
    for verdict in verdicts:
        if not verdict.faults:
            yield f"{verdict.model}: ok"
        for fault in verdict.faults:
            yield f"{verdict.model}: {fault}; {verdict.cure}"


def _unsafe(model: Installed) -> Iterator[str]:
    """Yield why a checkpoint would execute code."""
    for file in model.receipt.files:
        path = model.folder / model.receipt.kind / file.path
        if path.suffix in SUFFIXES and path.is_file():
            try:
                check_checkpoint(path)
            except ModelRefusedError as error:
                yield str(error)
