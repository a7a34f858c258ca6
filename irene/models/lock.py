"""The lock file of an assistant: which models it uses, byte for byte."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from irene.errors import ConfigurationError, ModelMissingError
from irene.files.places import expand_home
from irene.files.replacing import replace_file
from irene.models.catalogue import Catalogue
from irene.models.digests import digest_of
from irene.models.hints import install_hint
from irene.models.receipts import SUFFIX, InstalledFile, read_receipt
from irene.models.store import model_folders
from irene.models.toml_files import parsed_toml

_FORMAT = 1
_HEAD = (
    "# What the models are, byte for byte. Written by `irene models lock`, read by `irene run`.\n"
)


@dataclass(frozen=True)
class Pin:
    """One model as it was when the lock was written."""

    kind: str
    """folder of the kind of model"""
    name: str
    """name of the model, or its absolute path"""
    files: tuple[InstalledFile, ...]
    """everything that belongs to it, relative to where the model lies"""

    @property
    def id(self) -> str:
        """Kind and name, `whisper/tiny`."""
        return f"{self.kind}/{self.name}"

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each file by its path."""
        return {file.path: file.sha256 for file in self.files}


@dataclass(frozen=True)
class Located:
    """Where the files of a model are."""

    root: Path
    """folder that the paths are relative to"""
    paths: tuple[str, ...]
    """every file"""
    recorded: tuple[InstalledFile, ...] = ()
    """what its receipt says; empty without one"""


def lock_path(config: Path) -> Path:
    """Return where the lock of a configuration is: `irene.lock` beside `irene.toml`."""
    return config.with_suffix(".lock")


def definite(model: str) -> str:
    """Return the name of a model as it is, and a path as an absolute one."""
    as_path = expand_home(model)
    is_path = as_path.is_absolute() or len(as_path.parts) > 1 or as_path.exists()
    return os.path.abspath(as_path) if is_path else model  # noqa: PTH100 - links stay links


def locate(kind: str, model: str) -> Located | None:
    """Return the files of a model given by name or path, or None when it is not there.

    A model that is one file may have more files of the same name with other endings beside it.
    """
    as_path = Path(definite(model))
    if as_path.is_absolute():
        return _around(as_path.parent, as_path) if as_path.exists() else None
    for folder in model_folders():
        receipt = read_receipt(folder, kind, model)
        if receipt is not None:
            return Located(folder / kind, tuple(receipt.digests), receipt.files)
        found = _around(folder / kind, folder / kind / model)
        if found.paths:
            return found
    known = Catalogue.shipped().get(kind, model)
    return locate(kind, known.name) if known is not None and known.name != model else None


def pin(kind: str, model: str) -> Pin:
    """Read every file of a model and return what it is.

    Raises:
        ModelMissingError: it is not there.
        OSError: a file cannot be read.
    """
    found = locate(kind, model)
    if found is None:
        cure = install_hint(kind, model)
        raise ModelMissingError(f"{kind}/{model} is not installed, so it is not locked; {cure}")
    files = []
    for path in found.paths:
        digest = digest_of(found.root / path)
        files.append(InstalledFile(path, digest.size, digest.sha256))
    return Pin(kind, definite(model), tuple(files))


def write_lock(path: Path, pins: Iterable[Pin]) -> None:
    """Write a lock file; the same pins give the same bytes.

    Paths below its folder are written relative to it, so that both can be moved.
    """
    home = f"{os.path.abspath(path.parent)}{os.sep}"  # noqa: PTH100 - links stay links
    near = [replace(one, name=_beside(one.name, home)) for one in pins]
    replace_file(path, lock_text(near))


def lock_text(pins: Iterable[Pin]) -> str:
    """Return a lock file in TOML, models and files in order."""
    lines = [_HEAD, f"format = {_FORMAT}", ""]
    for one in sorted(pins, key=lambda one: one.id):
        lines += ["[[model]]", f"kind = {_quoted(one.kind)}", f"name = {_quoted(one.name)}"]
        lines.append("files = [")
        for file in sorted(one.files, key=lambda file: file.path):
            path, sha256 = _quoted(file.path), _quoted(file.sha256)
            lines.append(f"  {{ path = {path}, size = {file.size}, sha256 = {sha256} }},")
        lines += ["]", ""]
    return "\n".join(lines)


def read_lock(path: Path) -> list[Pin]:
    """Return the pins of a lock file.

    Raises:
        ConfigurationError: it cannot be read, or is no lock file.
    """
    try:
        pins = parse_lock(path.read_text("utf-8"))
        return [
            replace(one, name=definite(str(path.parent / one.name)))
            if one.name.startswith("./")
            else one
            for one in pins
        ]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(
            f"{path} is no lock file of models ({error}); write it anew: irene models lock"
        ) from error


def parse_lock(text: str) -> list[Pin]:
    """Return the pins of a text in the form of `lock_text`."""
    document = parsed_toml(text)
    if document.get("format") != _FORMAT:
        raise ValueError(f"format = {document.get('format')!r}, not {_FORMAT}")
    return [
        Pin(table["kind"], table["name"], tuple(InstalledFile(**file) for file in table["files"]))
        for table in document.get("model", [])
    ]


def quick_faults(one: Pin) -> Iterator[str]:
    """Yield what shows without reading a model: its receipt, and the sizes of its files."""
    found = locate(one.kind, one.name)
    if found is None:
        yield f"{one.id} is not installed"
        return
    recorded = {file.path: file.sha256 for file in found.recorded}
    if recorded and recorded != one.digests:
        yield f"{one.id} is another one"
        return
    yield from _sizes(one, found.root)


def thorough_faults(one: Pin) -> Iterator[str]:
    """Yield every file of a pinned model that is another one; all of them are read."""
    found = locate(one.kind, one.name)
    if found is None:
        yield f"{one.id} is not installed"
        return
    wrong = list(_sizes(one, found.root))
    yield from wrong
    for file in one.files if not wrong else ():
        if digest_of(found.root / file.path).sha256 != file.sha256:
            yield f"{found.root / file.path} is another file"


def _sizes(one: Pin, root: Path) -> Iterator[str]:
    for file in one.files:
        path = root / file.path
        if not path.is_file():
            yield f"{path} is missing"
        elif path.stat().st_size != file.size:
            yield f"{path} is another file"


def _around(root: Path, path: Path) -> Located:
    """Return the files of a folder, or those that share the name of a file up to its ending."""
    if path.is_dir():
        files = [file for file in path.rglob("*") if file.is_file()]
    else:
        name = path.stem if path.is_file() else path.name
        beside = root.iterdir() if root.is_dir() else ()
        files = [file for file in beside if file.is_file() and file.name.startswith(f"{name}.")]
    paths = sorted(file.relative_to(root).as_posix() for file in files)
    return Located(root, tuple(path for path in paths if not path.endswith(SUFFIX)))


def _beside(name: str, home: str) -> str:
    return f"./{name.removeprefix(home)}" if name.startswith(home) else name


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
