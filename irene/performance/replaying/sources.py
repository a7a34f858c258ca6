"""The configuration that a recorded session is repeated with: its own, or another one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irene.config.layers import ENVIRONMENT_PREFIX, Source
from irene.config.loading import load_config, registry_for
from irene.config.secrets import MASK
from irene.config.sections import Config
from irene.config.toml_text import TomlSyntaxError, parse_document
from irene.config.variables import Substitution
from irene.errors import AudioFormatError, ConfigurationError
from irene.pipeline.recording.layout import CONFIG
from irene.pipeline.recording.reading import Recording
from irene.plugin.registry import ComponentRegistry


@dataclass(frozen=True)
class OtherConfig:
    """A configuration of this machine."""

    source: str | None
    """path or name of a profile; None looks in the usual places"""
    overrides: tuple[str, ...] = ()
    """`SECTION.KEY=VALUE`, on top of it"""

    @property
    def name(self) -> str:
        """What it is called for people."""
        return " ".join((self.source or "irene.toml", *self.overrides))


@dataclass(frozen=True)
class Chosen:
    """A configuration to repeat with, ready to be loaded."""

    source: Source
    overrides: tuple[str, ...]
    environ: Mapping[str, str]
    """variables that it may refer to"""

    def registry(self) -> ComponentRegistry:
        """Return the providers of every plugin that it asks for."""
        return registry_for(self.source, overrides=self.overrides, environ=self.environ)

    def load(self, registry: ComponentRegistry, *more: str) -> Config:
        """Read and check it, with more overrides on top.

        Raises:
            ConfigurationError: something is wrong; it carries every problem.
        """
        overrides = (*self.overrides, *more)
        return load_config(
            self.source, registry=registry, overrides=overrides, environ=self.environ
        )


def other_source(other: OtherConfig) -> Chosen:
    """Return a configuration of this machine."""
    return Chosen(other.source, other.overrides, os.environ)


def recorded_source(
    recording: Recording, folder: Path, overrides: tuple[str, ...], is_trusted: bool
) -> Chosen:
    """Return the configuration of a recording, its sentences written into a folder.

    What `IRENE_...` variables say now does not change it; those that it refers to are looked up.

    Raises:
        AudioFormatError: it is damaged.
        ConfigurationError: it starts programs or loads plugins of files, and is not trusted.
    """
    try:
        tables = parse_document(recording.config_text, f"{recording.path}: {CONFIG}")
    except TomlSyntaxError as error:
        raise AudioFormatError(str(error.problem)) from None
    dangerous = "" if is_trusted else ", ".join(_dangerous(tables))
    if dangerous:
        raise ConfigurationError(
            f"{recording.path}: its configuration runs code of its own ({dangerous}); look at "
            f"{CONFIG} in it, and give a configuration that you trust with --config"
        )
    environ = {name: value for name, value in os.environ.items() if not _sets_key(name)}
    tables = _known(tables, environ)
    intents = tables.setdefault("intents", {})
    intents["sentences"] = [str(path) for path in _written(recording, folder)]
    return Chosen(tables, overrides, environ)


def masked_keys(recording: Recording) -> list[str]:
    """Return the keys whose values are not in the recording, and not known here."""
    try:
        tables = _known(parse_document(recording.config_text, CONFIG), os.environ)
    except TomlSyntaxError:
        return []
    return [key for key, value in _leaves(tables) if MASK in str(value)]


def _known(value: Any, environ: Mapping[str, str]) -> Any:
    """Return a value with asterisks for references to what is not known here."""
    if isinstance(value, Mapping):
        return {key: _known(item, environ) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item, environ) for item in value]
    substitution = Substitution(environ)
    substitution.apply(value)
    return MASK if substitution.missing else value


def _sets_key(name: str) -> bool:
    return name.startswith(ENVIRONMENT_PREFIX) and "__" in name


def _dangerous(tables: Mapping[str, Any]) -> Iterator[str]:
    """Yield keys that have programs started, or code loaded, that the file names."""
    for key, value in _leaves(tables):
        parts = key.split(".")
        is_program = parts[1:2] == ["providers"] and parts[-1] in ("command", "program")
        if value and (is_program or key == "plugins.paths"):
            yield key


def _leaves(tables: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _written(recording: Recording, folder: Path) -> list[Path]:
    """Write the sentences of a recording; return their folders in order."""
    for name, content in recording.sentences.items():
        path = folder / "sentences" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    root = folder / "sentences"
    return sorted(root.iterdir(), key=lambda path: path.name.zfill(9)) if root.is_dir() else []
