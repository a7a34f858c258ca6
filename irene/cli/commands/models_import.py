"""`irene models import`: models that are on this machine already are installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.models.store import catalogue_of, check_kind, make_installer, own_lock, writing
from irene.errors import ConfigurationError
from irene.files.replacing import replace_file

if TYPE_CHECKING:
    from irene.models.importing import Importer, LocalModel
    from irene.models.installer import Safety

_EXAMPLES = """\b
Examples:
  irene models import models.tar
  irene models import ~/Downloads/vosk-model-small-de-0.15.zip --kind vosk
  irene models import my-voice.onnx --kind piper --name anna
"""


@click.command(name="import", epilog=_EXAMPLES)
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@takes_config
@click.option("--kind", metavar="KIND", help="Engine that the model is for, as in vosk.")
@click.option("--name", metavar="NAME", help="Name of the model; that of the file unless given.")
@click.option(
    "--allow-pickle",
    is_flag=True,
    help="Take checkpoints that execute code when they are loaded.",
)
def command(
    chosen: ChosenConfig, source: Path, kind: str | None, name: str | None, allow_pickle: bool
) -> None:
    """Install from a bundle or a file.

    SOURCE is a file that `irene models bundle` wrote, or, with --kind, a model: a folder, a zip or
    tar archive, or a file, with those beside it that have its name and another ending. A model
    of the catalogue's is compared with its published digest. What was there under that name is
    replaced.
    """
    from irene.domain.clock import SystemClock
    from irene.models.importing import Importer
    from irene.models.installer import Safety

    importer = Importer(make_installer(offline=True), SystemClock())
    safety = Safety(allow_pickle=allow_pickle)
    if kind is None:
        _take_bundle(chosen, importer, source, safety)
    else:
        _take_model(chosen, importer, _local(chosen, source, kind, name), safety)


def _take_bundle(chosen: ChosenConfig, importer: Importer, source: Path, safety: Safety) -> None:
    from irene.models.bundles import is_bundle

    if source.is_dir() or not is_bundle(source):
        raise click.UsageError(
            f"{source} is no bundle; --kind says which engine the model is for",
            click.get_current_context(),
        )
    with writing():
        receipts, lock = importer.bundle(source, safety)
    for receipt in receipts:
        click.echo(f"{receipt.id} is installed")
    if lock:
        _offer_lock(chosen, lock)


def _offer_lock(chosen: ChosenConfig, text: str) -> None:
    """Write the lock file of a bundle beside the configuration, if there is room for it."""
    path = own_lock(chosen)
    if path is None:
        click.echo("its lock file is left out: there is no configuration of your own here")
    elif path.exists() and path.read_text("utf-8") != text:
        click.echo(f"its lock file is left out: {path} is another one")
    else:
        with writing():
            replace_file(path, text)
        click.echo(f"{path} is its lock file")


def _local(chosen: ChosenConfig, source: Path, kind: str, name: str | None) -> LocalModel:
    from irene.models.bundles import is_bundle
    from irene.models.catalogue import is_name
    from irene.models.importing import LocalModel, default_name, endings_of

    check_kind(chosen, kind)
    if source.is_file() and is_bundle(source):
        raise click.UsageError(
            f"{source} is a bundle, which names its models itself: leave --kind away",
            click.get_current_context(),
        )
    chosen_name = name or default_name(source)
    if not is_name(chosen_name):
        raise ConfigurationError(f"{chosen_name!r} is no name for a model; give another --name")
    endings = endings_of(kind, catalogue_of(chosen))
    return LocalModel(source, kind, chosen_name, endings, _judge(chosen, kind))


def _judge(chosen: ChosenConfig, engine: str) -> Callable[[Path], str]:
    """Return what asks the providers of an engine why something is no model of theirs."""
    from irene.domain.kinds import Kind

    registry = chosen.registry()
    entries = [registry.entries(kind).get(engine) for kind in Kind]

    def fault_of(path: Path) -> str:
        faults = (entry.cls.model_fault(path) for entry in entries if entry is not None)
        return next(filter(None, faults), "")

    return fault_of


def _take_model(
    chosen: ChosenConfig, importer: Importer, model: LocalModel, safety: Safety
) -> None:
    published = catalogue_of(chosen).get(model.kind, model.name)
    with writing():
        receipt = importer.local(model, published, safety)
    click.echo(f"{receipt.id} is installed")
