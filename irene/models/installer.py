"""Installing models: fetched, checked and unpacked out of sight, then moved into place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from irene.domain.clock import Clock
from irene.errors import DownloadError, ModelRefusedError
from irene.files.replacing import sync_folder
from irene.models.archives import only_folder, unpack
from irene.models.catalogue import CatalogueModel, ModelFile
from irene.models.digests import FileDigest
from irene.models.download import Downloader, Tell, discard
from irene.models.pickles import SUFFIXES, check_checkpoint
from irene.models.receipts import (
    InstalledFile,
    Receipt,
    files_of,
    read_receipt,
    write_receipt,
)
from irene.models.removal import remove_model, take_away
from irene.models.sole_use import sole_use

_WORK = ".downloads"
"""folder below that of the models where parts and lock files are"""
_UNPACKED = 3
"""bytes on the disk for each byte of an archive while it is being unpacked, at a guess"""


class Watcher(Protocol):
    """Whoever wants to know how far an installation is."""

    def began(self, url: str) -> Tell:
        """Another file is fetched; what is returned is told of its bytes."""
        ...

    def waits(self, model_id: str) -> None:
        """Another process installs the same model."""
        ...


class Quiet:
    """Watches nothing."""

    def began(self, url: str) -> Tell:
        """Return what ignores it."""
        return lambda done, total: None

    def waits(self, model_id: str) -> None:
        """Ignore it."""


@dataclass(frozen=True)
class Safety:
    """What is accepted."""

    allow_pickle: bool = False
    """take checkpoints that would execute code when they are loaded"""
    pinned: Mapping[str, str] | None = None
    """SHA-256 that each installed file must have, by path; None where nothing is pinned"""


class Installer:
    """Installs models below one folder.

    A model is there whole or not at all, whatever happens: its files are moved into place when
    all of them are right, and its receipt is written last. Several processes may install at the
    same time; two that want the same model do it one after another.
    """

    def __init__(
        self, folder: Path, downloader: Downloader, clock: Clock, watcher: Watcher | None = None
    ) -> None:
        self.folder = folder
        self._downloader = downloader
        self._clock = clock
        self._watcher = watcher or Quiet()

    def install(
        self, model: CatalogueModel, safety: Safety = Safety(), again: bool = False
    ) -> Receipt | None:
        """Install a model and return its receipt; None when it was there already.

        Args:
            model: what to install.
            safety: what is accepted.
            again: install it even when it is there.

        Raises:
            DownloadError: it could not be fetched, or there is no room for it.
            ModelRefusedError: a file is not the right one, or not safe.
            ModelMissingError: offline was asked for, and a file is not there.
            OSError: the folder cannot be written.
        """
        with self.reserved(model.kind, model.name):
            if not again and self._is_there(model):
                return None
            work = self.folder / _WORK / model.kind / model.name
            self._check_room(model, work)
            parts = [(file, *self._fetched(file, work)) for file in model.files]
            with self.stage(model.kind) as stage:
                for file, part, _ in parts:
                    _lay_out(file, part, stage)
                receipt = self._receipt(model, stage)
                self.place(receipt, stage, safety)
            shutil.rmtree(work, ignore_errors=True)
            return receipt

    def remove(self, receipt: Receipt) -> None:
        """Take an installed model away, and what is left of its downloads.

        Raises:
            OSError: something cannot be removed.
        """
        with self.reserved(receipt.kind, receipt.name):
            remove_model(self.folder, receipt)
            shutil.rmtree(self.folder / _WORK / receipt.kind / receipt.name, ignore_errors=True)

    @contextmanager
    def reserved(self, kind: str, name: str) -> Iterator[None]:
        """Keep other processes from installing or removing the same model meanwhile."""
        lock = self.folder / _WORK / f"{kind}-{name}.lock"
        with sole_use(lock, self._clock, lambda: self._watcher.waits(f"{kind}/{name}")):
            yield

    @contextmanager
    def stage(self, kind: str) -> Iterator[Path]:
        """Give a folder beside the models, out of their sight; it goes when the block ends."""
        beside = self.folder / kind
        beside.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=beside) as stage:
            yield Path(stage)

    def place(self, receipt: Receipt, stage: Path, safety: Safety) -> None:
        """Move the files of a receipt from a stage to where they are found.

        Raises:
            ModelRefusedError: a file is not safe, or not the pinned one; nothing was moved.
        """
        check_staged(receipt, stage, safety)
        _sync(stage)
        home = self.folder / receipt.kind
        home.mkdir(parents=True, exist_ok=True)
        before = read_receipt(self.folder, receipt.kind, receipt.name)
        for top in receipt.tops:
            _swap(stage / top, home / top)
        # Until the receipt is the new one, the old one tells that files are others.
        write_receipt(self.folder, receipt)
        sync_folder(home)
        for top in before.tops if before is not None else ():
            if top not in receipt.tops:
                take_away(home / top)

    def _is_there(self, model: CatalogueModel) -> bool:
        receipt = read_receipt(self.folder, model.kind, model.name)
        home = self.folder / model.kind
        if receipt is not None:
            return all((home / file.path).is_file() for file in receipt.files)
        return all((home / file.path).exists() for file in model.files)

    def _check_room(self, model: CatalogueModel, work: Path) -> None:
        work.mkdir(parents=True, exist_ok=True)
        kept = sum(part.stat().st_size for part in work.glob("*.part"))
        is_packed = any(file.archive for file in model.files)
        needed = (model.n_bytes or 0) * (_UNPACKED if is_packed else 1) - kept
        free = shutil.disk_usage(work).free
        if needed > free:
            raise DownloadError(
                f"{model.id} needs {needed >> 20} MiB below {self.folder}, {free >> 20} MiB are "
                "free; make room, or set IRENE_MODELS to another folder",
                retryable=False,
            )

    def _fetched(self, file: ModelFile, work: Path) -> tuple[Path, FileDigest]:
        part = work / f"{file.path.replace('/', '%')}.part"
        self._downloader.require(file, part)
        tell = self._watcher.began(file.url)
        return part, self._downloader.fetch(file, part, tell)

    def _receipt(self, model: CatalogueModel, stage: Path) -> Receipt:
        return Receipt(
            kind=model.kind,
            name=model.name,
            files=tuple(_files_in_order(model, stage)),
            source=" ".join(file.url for file in model.files),
            licence=model.licence,
            languages=model.languages,
            installed=self._clock.now().isoformat(timespec="seconds"),
        )


def check_staged(receipt: Receipt, stage: Path, safety: Safety) -> None:
    """Refuse a model whose files are all there, but not safe, or not the pinned ones.

    Raises:
        ModelRefusedError: the message says which file, and why.
    """
    _check_pinned(receipt, safety.pinned)
    for file in receipt.files if not safety.allow_pickle else ():
        if Path(file.path).suffix in SUFFIXES:
            check_checkpoint(stage / file.path)


def _files_in_order(model: CatalogueModel, stage: Path) -> Iterator[InstalledFile]:
    for file in model.files:
        yield from files_of(stage / file.path, stage)


def _lay_out(file: ModelFile, part: Path, stage: Path) -> None:
    """Put a fetched file on the stage: moved, or unpacked."""
    target = stage / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not file.archive:
        part.replace(target)
        discard(part)
        return
    with tempfile.TemporaryDirectory(prefix="unpacked-", dir=stage) as unpacked:
        try:
            unpack(part, Path(unpacked))
        except ModelRefusedError:
            discard(part)  # fetching goes on from it otherwise, for ever
            raise
        inside = only_folder(Path(unpacked))
        target.mkdir()
        for path in sorted(inside.iterdir()):
            path.replace(target / path.name)


def _check_pinned(receipt: Receipt, pinned: Mapping[str, str] | None) -> None:
    if pinned is None or pinned == receipt.digests:
        return
    paths = sorted(
        path
        for path in {*pinned, *receipt.digests}
        if pinned.get(path) != receipt.digests.get(path)
    )
    raise ModelRefusedError(f"{receipt.id} is not what irene.lock pins: {paths[0]} is another")


def _swap(new: Path, old: Path) -> None:
    """Put a file or folder into place; an older folder goes only when the new one is there."""
    if not old.is_dir() or old.is_symlink():
        new.replace(old)
        return
    aside = new.with_name(f"old-{new.name}")
    old.replace(aside)
    new.replace(old)


def _sync(stage: Path) -> None:
    """Have everything below a stage on the disk before anything points to it."""
    for path in stage.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
