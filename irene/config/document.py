"""The merged tree of every layer of a configuration; each value knows where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from irene.config.former_names import canonical
from irene.config.key_lines import Place
from irene.config.origins import KeyPath, Origin
from irene.config.problems import Problem


@dataclass(frozen=True)
class Setting:
    """One value, as a layer gave it."""

    path: KeyPath
    """canonical key"""
    value: Any
    """as TOML types it"""
    origin: Origin
    readings: tuple[Any, ...] = ()
    """what the value may also be: outside files, a text and a number look alike"""
    broken: bool = False
    """whether a problem of this value was reported already"""


@dataclass
class Table:
    """A table: values and further tables by key."""

    path: KeyPath
    """canonical key"""
    origin: Origin
    entries: dict[str, Setting | Table] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return the values without their origins."""
        return {
            key: entry.plain() if isinstance(entry, Table) else entry.value
            for key, entry in self.entries.items()
        }

    def table(self, key: str) -> Table | None:
        """Return the table of this key, or None when there is none (a value is no table)."""
        entry = self.entries.get(key)
        return entry if isinstance(entry, Table) else None


MakeSetting = Callable[[KeyPath, KeyPath, Any], Setting]
"""Makes a setting of a canonical key, the key as written, and the value."""

OriginOf = Callable[[KeyPath], Origin]


@dataclass
class Document:
    """All layers in one tree, later layers over earlier ones."""

    name: str
    """name of the profile or file"""
    path: Path | None
    """the file, when there is one"""
    file: str
    """the file as problems name it"""
    root: Table = field(default_factory=lambda: Table((), Origin()))
    problems: list[Problem] = field(default_factory=list)
    """what went wrong while the layers were read"""
    lines: Mapping[Place, int] = field(default_factory=dict)
    """line, from 1, of every key and list element of the file"""

    @property
    def folder(self) -> Path | None:
        """Folder that relative paths of the file are relative to."""
        return None if self.path is None else self.path.absolute().parent


def put(root: Table, written: KeyPath, value: Any, origin_of: OriginOf, make: MakeSetting) -> None:
    """Lay one value, or a table of values, over what the tree holds.

    A table is merged into a table; anything else replaces what was there. A section that an
    earlier layer gave as a plain value stays, so that it is reported.
    """
    path = canonical(written)
    if isinstance(value, Mapping):
        if _table_at(root, path, origin_of(written)) is not None:
            for key, item in value.items():
                put(root, (*written, str(key)), item, origin_of, make)
        return
    parent = _table_at(root, path[:-1], origin_of(written[:-1]))
    if parent is not None:
        parent.entries[path[-1]] = make(path, written, value)


def _table_at(root: Table, path: KeyPath, origin: Origin) -> Table | None:
    """Return the table of this path, made where it is missing."""
    table = root
    for depth, part in enumerate(path):
        entry = table.entries.get(part)
        if entry is None or (isinstance(entry, Setting) and depth > 0):
            entry = table.entries[part] = Table(path[: depth + 1], origin)
        if not isinstance(entry, Table):
            return None
        table = entry
    return table


def plugin_names_in(root: Table, key: str) -> tuple[str, ...]:
    """Return a list of the `[plugins]` section; nothing when it is no list."""
    table = root.table("plugins")
    names = table.plain().get(key) if table is not None else None
    return tuple(map(str, names)) if isinstance(names, (list, tuple)) else ()
