"""Installing what is on this machine already: a folder, an archive, a file, or a bundle."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from irene.domain.clock import Clock
from irene.errors import ModelRefusedError
from irene.models.archives import only_folder, unpack
from irene.models.bundles import unpack_bundle
from irene.models.catalogue import CatalogueModel
from irene.models.digests import digest_of
from irene.models.installer import Installer, Safety, check_staged
from irene.models.receipts import SUFFIX, Receipt, files_of

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


FaultOf = Callable[[Path], str]
"""Says why a file or folder is no model of an engine; empty where none is seen."""


def _unknown_engine(path: Path) -> str:
    return ""


@dataclass(frozen=True)
class LocalModel:
    """Something on this machine that is to become an installed model."""

    source: Path
    """a folder, an archive, or a file"""
    kind: str
    """folder of the kind of model"""
    name: str
    """what the provider's option `model` will call it"""
    endings: frozenset[str] = frozenset()
    """after its name, what a provider looks for, one of these: `.pt`, `/model.bin`, or nothing
    for a folder; empty where nobody knows"""
    fault_of: FaultOf = _unknown_engine
    """what its engine needs of the file or folder, asked before it is installed"""


def endings_of(kind: str, catalogue: Iterable[CatalogueModel]) -> frozenset[str]:
    """Return what providers of a kind look for after the name, by the models of a catalogue."""
    return frozenset(
        model.files[-1].path.removeprefix(model.name) for model in catalogue if model.kind == kind
    )


def default_name(source: Path) -> str:
    """Return the name that a model has by its file or folder."""
    for suffix in ARCHIVE_SUFFIXES:
        if source.name.endswith(suffix):
            return source.name.removesuffix(suffix)
    return source.name if source.is_dir() else source.stem


class Importer:
    """Brings local models into the folder of an installer, with the same checks as fetched ones."""

    def __init__(self, installer: Installer, clock: Clock) -> None:
        self._installer = installer
        self._clock = clock

    def bundle(self, path: Path, safety: Safety) -> tuple[list[Receipt], str]:
        """Install every model of a bundle; return their receipts and the text of its lock file.

        Raises:
            ModelRefusedError: the bundle is damaged, or not safe; nothing is installed.
            OSError: something cannot be read or written.
        """
        with self._installer.stage("") as stage:
            unpacked = unpack_bundle(path, stage)
            for receipt in unpacked.receipts:
                check_staged(receipt, unpacked.folder / receipt.kind, safety)
            for receipt in unpacked.receipts:
                with self._installer.reserved(receipt.kind, receipt.name):
                    self._installer.place(receipt, unpacked.folder / receipt.kind, safety)
            return list(unpacked.receipts), unpacked.lock

    def local(self, model: LocalModel, known: CatalogueModel | None, safety: Safety) -> Receipt:
        """Install one model from a folder, an archive or a file.

        Args:
            model: what to install, and under which name.
            known: what the catalogue says of that name: published digests have to be right.
            safety: what is accepted.

        Raises:
            ModelRefusedError: it is damaged, not safe, or not what the catalogue says.
            OSError: something cannot be read or written.
        """
        with (
            self._installer.reserved(model.kind, model.name),
            self._installer.stage(model.kind) as stage,
        ):
            _lay_out(model, stage)
            _check_shape(model, stage)
            _compare(model.source, stage, known)
            tops = sorted(stage.iterdir(), key=lambda top: (top.suffix != ".json", top.name))
            receipt = Receipt(
                kind=model.kind,
                name=model.name,
                files=tuple(file for top in tops for file in files_of(top, stage)),
                source=str(model.source.resolve()),
                licence=known.licence if known is not None else "",
                languages=known.languages if known is not None else (),
                installed=self._clock.now().isoformat(timespec="seconds"),
            )
            check_staged(receipt, stage, safety)
            _check_content(model, stage)
            self._installer.place(receipt, stage, safety)
            return receipt


def _lay_out(model: LocalModel, stage: Path) -> None:
    """Copy or unpack a model onto the stage, under its new name."""
    source, target = model.source, stage / model.name
    if source.is_dir():
        if source.resolve() in stage.resolve().parents:
            raise ModelRefusedError(
                f"{source} is no model: it holds the folder that models are installed in"
            )
        shutil.copytree(source, target)
    elif source.name.endswith(ARCHIVE_SUFFIXES):
        unpacked = stage / ".unpacked"
        unpacked.mkdir()
        unpack(source, unpacked)
        only_folder(unpacked).replace(target)
        shutil.rmtree(unpacked, ignore_errors=True)
    else:
        for file in _with_siblings(source):
            ending = file.name.removeprefix(source.stem)
            shutil.copyfile(file, stage / f"{model.name}{ending}")


def _with_siblings(source: Path) -> list[Path]:
    """Return a file and those beside it that have its name with another ending."""
    beside = source.parent.glob(f"{_literally(source.stem)}.*")
    return [path for path in beside if path.is_file() and not path.name.endswith(SUFFIX)]


def _literally(text: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)


def _check_shape(model: LocalModel, stage: Path) -> None:
    """Refuse what no provider of the kind would find, such as a folder for a checkpoint."""
    if model.endings and not any(_has(stage, model.name, end) for end in model.endings):
        shapes = (f"NAME{end}" if end else "a folder" for end in sorted(model.endings))
        raise ModelRefusedError(
            f"{model.source} is no model for {model.kind}: that is {' or '.join(shapes)}"
        )


def _check_content(model: LocalModel, stage: Path) -> None:
    """Refuse what the engine of the kind could not load."""
    there = [end for end in sorted(model.endings) if _has(stage, model.name, end)]
    fault = model.fault_of(stage / f"{model.name}{there[0] if there else ''}")
    if fault:
        raise ModelRefusedError(f"{model.source} is no model for {model.kind}: {fault}")


def _has(stage: Path, name: str, ending: str) -> bool:
    there = stage / f"{name}{ending}"
    return there.is_file() if ending else there.is_dir()


def _compare(source: Path, stage: Path, known: CatalogueModel | None) -> None:
    """Refuse what bears the name of a published model and is not that model."""
    for file in known.files if known is not None else ():
        there = source if file.archive else stage / file.path
        if not file.sha256 or not there.is_file():
            continue
        if digest_of(there).sha256 != file.sha256:
            raise ModelRefusedError(
                f"{there.name} is not the published {file.path}; give it another --name"
            )
