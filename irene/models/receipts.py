"""What was installed, file by file: a receipt beside each model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from irene.errors import ModelRefusedError
from irene.files.replacing import replace_file
from irene.models.catalogue import is_name, is_own_path
from irene.models.digests import digest_of

SUFFIX = ".receipt.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """One file of a model."""

    path: str
    """below the folder of the model's kind"""
    size: int
    """bytes"""
    sha256: str
    """digest when it was installed"""


@dataclass(frozen=True)
class Receipt:
    """What was installed under one name, from where, and what it was."""

    kind: str
    """folder of the kind of model"""
    name: str
    """what the provider's option `model` calls it"""
    files: tuple[InstalledFile, ...]
    """everything that belongs to it"""
    source: str
    """where it came from: addresses, or the name of a file that it was imported from"""
    licence: str = ""
    """as the catalogue gave it"""
    languages: tuple[str, ...] = ()
    """BCP 47 tags"""
    installed: str = ""
    """date and time, ISO 8601"""

    @property
    def id(self) -> str:
        """Kind and name, `whisper/tiny`."""
        return f"{self.kind}/{self.name}"

    @property
    def n_bytes(self) -> int:
        """Size of all files, bytes."""
        return sum(file.size for file in self.files)

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each file by its path."""
        return {file.path: file.sha256 for file in self.files}

    @property
    def tops(self) -> list[str]:
        """The files and folders of the kind's folder that belong to it, the last file's last."""
        return list(dict.fromkeys(PurePosixPath(file.path).parts[0] for file in self.files))

    def to_json(self) -> str:
        """Return the receipt as text; equal receipts give equal texts."""
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, where: str) -> Receipt:
        """Read a receipt.

        Raises:
            ModelRefusedError: it is none, or one that names files of others.
        """
        try:
            fields = json.loads(text)
            if fields.pop("format") != _FORMAT:
                raise ValueError("another version of the format")
            files = tuple(InstalledFile(**file) for file in fields.pop("files"))
            languages = tuple(fields.pop("languages"))
            receipt = cls(files=files, languages=languages, **fields)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelRefusedError(f"{where} is no receipt of a model: {error}") from error
        if not (is_name(receipt.kind) and is_name(receipt.name)) or not all(
            file.path and is_own_path(receipt.name, file.path) for file in files
        ):
            raise ModelRefusedError(f"{where} names files that are not its own")
        return receipt


def receipt_path(folder: Path, kind: str, name: str) -> Path:
    """Return where the receipt of a model is, or would be."""
    return folder / kind / f"{name}{SUFFIX}"


def read_receipt(folder: Path, kind: str, name: str) -> Receipt | None:
    """Return the receipt of a model, or None when there is none that can be read."""
    path = receipt_path(folder, kind, name)
    try:
        return Receipt.from_json(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError, ModelRefusedError):
        return None


def write_receipt(folder: Path, receipt: Receipt) -> None:
    """Put a receipt beside its model, whole or not at all."""
    replace_file(receipt_path(folder, receipt.kind, receipt.name), receipt.to_json())


def receipts_in(folder: Path) -> Iterator[Receipt]:
    """Yield every readable receipt below one folder of models, in order of kind and name."""
    for path in sorted(folder.glob(f"*/*{SUFFIX}")):
        receipt = read_receipt(folder, path.parent.name, path.name.removesuffix(SUFFIX))
        if receipt is not None and receipt.kind == path.parent.name:
            yield receipt


def files_of(top: Path, root: Path) -> Iterator[InstalledFile]:
    """Yield a file, or everything in a folder, with digests; paths are relative to the root."""
    paths = sorted(top.rglob("*")) if top.is_dir() else [top]
    for path in paths:
        if path.is_file():
            found = digest_of(path)
            yield InstalledFile(path.relative_to(root).as_posix(), found.size, found.sha256)


def faults_of(folder: Path, receipt: Receipt) -> Iterator[str]:
    """Yield a line for each file of an installed model that is not what it was; all are read."""
    for file in receipt.files:
        path = folder / receipt.kind / file.path
        fault = _size_fault(path, file)
        if not fault and digest_of(path).sha256 != file.sha256:
            fault = f"{path} has changed since it was installed"
        if fault:
            yield fault


def size_faults_of(folder: Path, receipt: Receipt) -> Iterator[str]:
    """Yield what shows without reading an installed model: files missing, or of other sizes."""
    for file in receipt.files:
        if fault := _size_fault(folder / receipt.kind / file.path, file):
            yield fault


def _size_fault(path: Path, file: InstalledFile) -> str:
    if not path.is_file():
        return f"{path} is missing"
    size = path.stat().st_size
    return "" if size == file.size else f"{path} has {size} bytes, it had {file.size}"
