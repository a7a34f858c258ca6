"""The store of models as the command line uses it: its folder, catalogue, network and tables."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from irene.cli.configuration import ChosenConfig
from irene.errors import ConfigurationError, DownloadError, ModelMissingError
from irene.models.catalogue import Catalogue, CatalogueModel
from irene.models.lock import Pin, lock_path, read_lock
from irene.models.receipts import Receipt, read_receipt, receipts_in
from irene.models.store import install_folder, model_folders

if TYPE_CHECKING:
    from irene.models.installer import Installer

OFFLINE = "IRENE_OFFLINE"
MIRROR = "IRENE_MODELS_MIRROR"


@dataclass(frozen=True)
class Installed:
    """A model that is installed, and where."""

    folder: Path
    """folder of models"""
    receipt: Receipt
    """what was installed"""

    @property
    def names(self) -> tuple[str, str]:
        """What people call it: `KIND/NAME` and `NAME`."""
        return self.receipt.id, self.receipt.name

    @property
    def path(self) -> Path:
        """What the provider finds."""
        return self.folder / self.receipt.kind / self.receipt.tops[-1]


def catalogue_of(chosen: ChosenConfig) -> Catalogue:
    """Return the shipped catalogue, and what the plugins of the configuration add to it."""
    return Catalogue.shipped(chosen.registry().models())


def check_kind(chosen: ChosenConfig, kind: str) -> None:
    """Refuse a kind of models that no engine has.

    Raises:
        ConfigurationError: there is none; the message gives the nearest.
    """
    from irene.domain.kinds import Kind

    registry = chosen.registry()
    kinds = {model.kind for model in catalogue_of(chosen)}
    if kind not in kinds and not any(kind in registry.entries(one) for one in Kind):
        near = difflib.get_close_matches(kind.lower(), kinds, n=1)
        hint = (
            f"did you mean {near[0]!r}?" if near else f"models are for {', '.join(sorted(kinds))}"
        )
        raise ConfigurationError(f"no engine is called {kind!r}; {hint}")


def installed_models() -> list[Installed]:
    """Return every model with a receipt, of each name the one that is found first."""
    found: dict[str, Installed] = {}
    for folder in model_folders():
        for receipt in receipts_in(folder):
            found.setdefault(receipt.id, Installed(folder, receipt))
    return list(found.values())


def installed_named(text: str, catalogue: Catalogue) -> Installed:
    """Return the installed model that a person means by `NAME` or `KIND/NAME`.

    Raises:
        ConfigurationError: several kinds have that name.
        ModelMissingError: it is not installed, or not by irene.
    """
    there = [one for one in installed_models() if text in one.names]
    if len(there) == 1:
        return there[0]
    if there:
        ids = " or ".join(one.receipt.id for one in there)
        raise ConfigurationError(f"several models are called {text!r}: say {ids}")
    try:
        model = catalogue.find(text)
    except ModelMissingError:
        raise _not_installed(text) from None
    for folder in model_folders():
        receipt = read_receipt(folder, model.kind, model.name)
        if receipt is not None:
            return Installed(folder, receipt)
    hint = f"irene models install {catalogue.short_name(model)}"
    raise ModelMissingError(f"{model.id} is not installed with a receipt; {hint}")


def _not_installed(text: str) -> ModelMissingError:
    names = [name for one in installed_models() for name in one.names]
    near = difflib.get_close_matches(text, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "see `irene models list --installed`"
    return ModelMissingError(f"no model that is installed is called {text!r}; {hint}")


def own_lock(chosen: ChosenConfig) -> Path | None:
    """Return where the lock file of a configuration is, or would be; None for a shipped profile."""
    from irene.config.sources import find_config, profile_folder

    path = find_config(chosen.source).path
    if path is None or path.is_relative_to(profile_folder()):
        return None
    return lock_path(path)


def lock_of(chosen: ChosenConfig) -> Path:
    """Return where the lock file of a configuration is, or would be.

    Raises:
        ConfigurationError: the configuration is no file of the user's.
    """
    path = own_lock(chosen)
    if path is None:
        raise ConfigurationError(
            "a lock lies beside a configuration of your own; write one with `irene init`"
        )
    return path


def pins_of(chosen: ChosenConfig) -> list[Pin]:
    """Return what the lock file of a configuration pins.

    Raises:
        ConfigurationError: there is none, or it cannot be read.
    """
    path = lock_of(chosen)
    if not path.is_file():
        raise ConfigurationError(f"{path} is not there; write it with `irene models lock`")
    return read_lock(path)


def place_of(model: CatalogueModel) -> Path | None:
    """Return where a model of the catalogue is, with a receipt or without; None: nowhere."""
    for folder in model_folders():
        paths = [folder / model.kind / file.path for file in model.files]
        if read_receipt(folder, model.kind, model.name) or all(path.exists() for path in paths):
            return paths[-1]
    return None


@contextmanager
def writing(
    cure: str = "make the folder writable, or set IRENE_MODELS to another one",
) -> Iterator[None]:
    """Turn an error of the file system while the block runs into one line with its cure."""
    try:
        yield
    except OSError as error:
        raise DownloadError(
            f"{error.filename or install_folder()}: {error.strerror or error}; {cure}",
            retryable=False,
        ) from error


def make_installer(offline: bool, folder: Path | None = None) -> Installer:
    """Return an installer into the first folder of models that tells its progress."""
    from irene.cli.models.download_lines import DownloadLines
    from irene.domain.clock import SystemClock
    from irene.models.download import Downloader
    from irene.models.installer import Installer
    from irene.models.web import Web

    clock = SystemClock()
    is_offline = offline or os.environ.get(OFFLINE, "") not in ("", "0")
    web = Web(is_offline=is_offline, mirror=os.environ.get(MIRROR, ""))
    lines = DownloadLines(sys.stderr, clock)
    return Installer(folder or install_folder(), Downloader(web, clock), clock, lines)


def megabytes(n_bytes: int | None) -> str:
    """Return a size for people, in units of a thousand as download pages have them."""
    if n_bytes is None:
        return "?"
    for size, unit in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if n_bytes >= size:
            number = n_bytes / size
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    return f"{n_bytes} B"
