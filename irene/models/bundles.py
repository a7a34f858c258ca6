"""Bundles: installed models in one tar file, for machines that cannot fetch anything."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irene.errors import ModelRefusedError
from irene.files.replacing import draft_of
from irene.models.archives import unpack
from irene.models.receipts import Receipt, faults_of, files_of

_MANIFEST = "irene-bundle.json"
_LOCK = "irene.lock"
_MODELS = "models"
_FORMAT = 1


@dataclass(frozen=True)
class Packed:
    """A model that goes into a bundle."""

    folder: Path
    """folder of models that it is installed in"""
    receipt: Receipt
    """what was installed"""


@dataclass(frozen=True)
class Unpacked:
    """What a bundle held, unpacked and compared with its digests."""

    folder: Path
    """where its models lie, a folder for each kind below it"""
    receipts: tuple[Receipt, ...]
    """one for each model"""
    lock: str
    """text of its lock file; empty without one"""


def write_bundle(target: Path, models: Sequence[Packed], lock: str = "") -> None:
    """Write models into one tar file: the same models give the same bytes.

    Raises:
        ModelRefusedError: a model is not what it was when it was installed.
        OSError: something cannot be read or written.
    """
    for model in models:
        for fault in faults_of(model.folder, model.receipt):
            raise ModelRefusedError(f"{model.receipt.id} is not bundled: {fault}")
    ordered = sorted(models, key=lambda model: model.receipt.id)
    manifest = {
        "format": _FORMAT,
        "models": [json.loads(model.receipt.to_json()) for model in ordered],
    }
    with (
        draft_of(target) as file,
        tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        _add_text(tar, _MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
        if lock:
            _add_text(tar, _LOCK, lock)
        for model in ordered:
            _add_model(tar, model)


def is_bundle(path: Path) -> bool:
    """Say whether a file is a bundle."""
    try:
        with tarfile.open(path) as tar:
            first = tar.next()
            return first is not None and first.name == _MANIFEST
    except (tarfile.TarError, OSError, EOFError):
        return False


def unpack_bundle(path: Path, folder: Path) -> Unpacked:
    """Unpack a bundle into an empty folder, and compare everything with its digests.

    Raises:
        ModelRefusedError: it is damaged, or holds something that its manifest does not name.
        OSError: something cannot be read or written.
    """
    unpack(path, folder)
    receipts = _receipts(path, folder / _MANIFEST)
    models = folder / _MODELS
    wanted = {
        f"{receipt.kind}/{file.path}": (file.size, file.sha256)
        for receipt in receipts
        for file in receipt.files
    }
    found = {file.path: (file.size, file.sha256) for file in files_of(models, models)}
    if wanted != found:
        odd = sorted(key for key in {*wanted, *found} if wanted.get(key) != found.get(key))
        raise ModelRefusedError(f"{path.name} is damaged: {odd[0]} is not what its manifest says")
    lock = folder / _LOCK
    return Unpacked(models, receipts, lock.read_text("utf-8") if lock.is_file() else "")


def _receipts(path: Path, manifest: Path) -> tuple[Receipt, ...]:
    try:
        document = json.loads(manifest.read_text("utf-8"))
        if document["format"] != _FORMAT:
            raise ValueError("another version of the format")
        models = [json.dumps(model) for model in document["models"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelRefusedError(f"{path.name} is no bundle of models: {error}") from error
    return tuple(Receipt.from_json(model, f"{path.name}") for model in models)


def _add_model(tar: tarfile.TarFile, model: Packed) -> None:
    home = model.folder / model.receipt.kind
    for file in sorted(model.receipt.files, key=lambda file: file.path):
        info = _entry(f"{_MODELS}/{model.receipt.kind}/{file.path}", file.size)
        with (home / file.path).open("rb") as content:
            tar.addfile(info, content)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    tar.addfile(_entry(name, len(content)), io.BytesIO(content))


def _entry(name: str, size: int) -> tarfile.TarInfo:
    """Return an entry without anything of the machine that it was made on."""
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    return info
