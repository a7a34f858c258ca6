"""What models there are to install: a file of facts that plugins add to."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from irene.errors import ConfigurationError, ModelMissingError
from irene.models.toml_files import parsed_toml

ARCHIVES = ("zip", "tar")
"""forms of archive that a file may have; tar may be compressed"""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")
_N_DIGITS = {"sha256": 64, "md5": 32}


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file that is downloaded for a model."""

    path: str
    """where it goes, below the folder of its kind: `tiny.pt`; of an archive, the folder that its
    content becomes"""
    url: str
    """where it is published"""
    size: int | None = None
    """bytes, where they are known for certain: a server that sends another size is not believed"""
    sha256: str = ""
    """digest, where it is published or was recorded; else the first download decides"""
    md5: str = ""
    """digest, where only this one is published"""
    archive: str = ""
    """`zip` or `tar` for a file that is unpacked; empty for one that is used as it is"""

    def __post_init__(self) -> None:
        """Refuse what could not be installed, or not safely."""
        if not is_plain_path(self.path):
            raise ValueError(f"path = {self.path!r}: use a relative path without '..'")
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise ValueError(f"url = {self.url!r}: use http or https")
        if self.archive not in ("", *ARCHIVES):
            raise ValueError(f"archive = {self.archive!r}: use {' or '.join(ARCHIVES)}")
        for name, n_digits in _N_DIGITS.items():
            digest = getattr(self, name)
            if digest and not re.fullmatch(rf"[0-9a-f]{{{n_digits}}}", digest):
                raise ValueError(f"{name} = {digest!r}: use {n_digits} hexadecimal digits")


def is_plain_path(path: str) -> bool:
    """Say whether a path stays inside of the folder that it is relative to, on any system."""
    parts = PurePosixPath(path).parts
    strange = "\\" in path or ":" in path or not path.isprintable()
    return bool(parts) and not path.startswith("/") and ".." not in parts and not strange


def is_own_path(name: str, path: str) -> bool:
    """Say whether a path below the folder of a kind belongs to the model of that name alone."""
    top = PurePosixPath(path).parts[0]
    return is_plain_path(path) and (top == name or top.startswith(f"{name}."))


def is_name(text: str) -> bool:
    """Say whether a text may be the name of a model or of a kind."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True)
class CatalogueModel:
    """A model that can be installed."""

    kind: str
    """folder below the place of models, which is the name of the engine: `vosk`"""
    name: str
    """what the provider's option `model` calls it"""
    files: tuple[ModelFile, ...]
    """everything that is downloaded; the file that a provider looks for comes last"""
    licence: str
    """SPDX name, or a word on where the licence stands"""
    languages: tuple[str, ...] = ()
    """BCP 47 tags; `mul` for very many, empty where language means nothing"""
    aliases: tuple[str, ...] = ()
    """other names of the same model"""
    about: str = ""
    """a few words that help to choose"""
    about_mb: int | None = None
    """size of the download in megabytes, where the exact one is not known"""

    def __post_init__(self) -> None:
        """Refuse what could not be installed, or not safely."""
        for word in (self.kind, self.name, *self.aliases):
            if not is_name(word):
                raise ValueError(
                    f"{word!r} is no name for a model or its kind: use {_NAME.pattern}"
                )
        if not self.files:
            raise ValueError(f"model {self.id} has no files")
        if not all(is_own_path(self.name, file.path) for file in self.files):
            raise ValueError(f"files of {self.id} go to {self.name}/ or are called {self.name}.…")

    @property
    def id(self) -> str:
        """Kind and name, `whisper/tiny`, which is unambiguous."""
        return f"{self.kind}/{self.name}"

    @property
    def n_bytes(self) -> int | None:
        """Size of the download, bytes, about; None where nobody knows."""
        sizes = [file.size for file in self.files]
        exact = [size for size in sizes if size is not None]
        if len(exact) == len(sizes):
            return sum(exact)
        return self.about_mb * 1_000_000 if self.about_mb is not None else None


class Catalogue:
    """Models by kind and name, in the order in which they were added."""

    def __init__(self, models: Iterable[CatalogueModel]) -> None:
        self._models = {model.id: model for model in models}

    @classmethod
    def shipped(cls, more: Iterable[CatalogueModel] = ()) -> Catalogue:
        """Return the catalogue that comes with irene, and those that plugins add.

        Shipped entries go before: no plugin changes where a known name is fetched from.
        """
        return cls([*more, *_own_models()])

    def __iter__(self) -> Iterator[CatalogueModel]:
        return iter(self._models.values())

    def get(self, kind: str, name: str) -> CatalogueModel | None:
        """Return the model of that kind and name, or other name, or None."""
        wanted = f"{kind}/{name}"
        return self._models.get(wanted) or self._by_alias.get(wanted)

    def short_name(self, model: CatalogueModel) -> str:
        """Return its name, with the kind before it where kinds share names."""
        return model.id if model.kind in self._kinds_that_share else model.name

    def find(self, text: str) -> CatalogueModel:
        """Return the model that a person means by `NAME` or `KIND/NAME`.

        Raises:
            ConfigurationError: several kinds have that name.
            ModelMissingError: the catalogue has none; the message gives the nearest.
        """
        if known := self.get(*text.split("/", 1)) if "/" in text else None:
            return known
        same = self._by_name.get(text, [])
        if len(same) > 1:
            ids = " or ".join(model.id for model in same)
            raise ConfigurationError(f"several models are called {text!r}: say {ids}")
        if same:
            return same[0]
        near = difflib.get_close_matches(text, [*self._by_name, *self._models], n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see `irene models list`"
        raise ModelMissingError(f"no model in the catalogue is called {text!r}; {hint}")

    @cached_property
    def _kinds_that_share(self) -> set[str]:
        """Kinds that have a name in common with another, such as both forms of Whisper."""
        shared = [same for same in self._by_name.values() if len(same) > 1]
        return {model.kind for same in shared for model in same}

    @cached_property
    def _by_name(self) -> dict[str, list[CatalogueModel]]:
        named: dict[str, list[CatalogueModel]] = {}
        for model in self._models.values():
            for name in (model.name, *model.aliases):
                named.setdefault(name, []).append(model)
        return named

    @cached_property
    def _by_alias(self) -> dict[str, CatalogueModel]:
        return {
            f"{model.kind}/{alias}": model
            for model in self._models.values()
            for alias in model.aliases
        }


@cache
def _own_models() -> tuple[CatalogueModel, ...]:
    """Return the models of the file that comes with irene; reading it takes 10 ms."""
    return tuple(read_catalogue(Path(__file__).with_name("catalogue.toml").read_text("utf-8")))


def read_catalogue(text: str) -> list[CatalogueModel]:
    """Return the models of a catalogue in TOML.

    Raises:
        ValueError: it is no catalogue; TOML errors are of this class, too.
    """
    return [_model(table) for table in parsed_toml(text).get("model", [])]


def _model(table: Mapping[str, Any]) -> CatalogueModel:
    """Return one entry; `base` stands before each url, and a file may be its name alone."""
    fields = dict(table)
    base = fields.pop("base", "")
    files = []
    for file in fields.pop("files", []):
        entry = {"name": file} if isinstance(file, str) else dict(file)
        name = entry.pop("name")
        entry.setdefault("path", name)
        files.append(ModelFile(url=f"{base}{entry.pop('url', name)}", **entry))
    languages = tuple(fields.pop("languages", ()))
    aliases = tuple(fields.pop("aliases", ()))
    return CatalogueModel(files=tuple(files), languages=languages, aliases=aliases, **fields)
