"""The examples that a new plugin begins as: one installable package for each kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from irene.cli.scaffold.names import PluginNames
from irene.domain.kinds import Kind

_PACKAGE = Path(__file__).parent
_SUFFIXES = (".py", ".toml", ".md")


def example_folder() -> Path:
    """Return the folder of the examples: in the package, or `docs/examples` of a checkout."""
    packaged = _PACKAGE / "packages"
    return packaged if packaged.is_dir() else _PACKAGE.parents[2] / "docs" / "examples"


def example_of(kind: Kind) -> Path:
    """Return the folder of the example of a kind."""
    return example_folder() / str(kind)


def names_of_example(kind: Kind) -> PluginNames:
    """Return what the example of a kind is called."""
    project = (example_of(kind) / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r"^\[project\.entry-points\.irene\]\n(\S+) = ", project, flags=re.M)
    assert found is not None
    return PluginNames(kind, found[1])


def files_of(names: PluginNames) -> Mapping[str, str]:
    """Return the files of a new plugin, name and text: those of the example, under its names."""
    example = names_of_example(names.kind)
    return {
        names.in_place_of(example, path.name): names.in_place_of(
            example, path.read_text(encoding="utf-8")
        )
        for path in sorted(example_of(names.kind).iterdir())
        if path.suffix in _SUFFIXES
    }
