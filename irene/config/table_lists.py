"""Lists of tables, `[[section.key]]`, as tables whose keys know their lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from irene.config.document import Setting, Table
from irene.config.key_lines import Place
from irene.config.origins import dotted


def tables_in(setting: Setting, lines: Mapping[Place, int]) -> list[Table] | None:
    """Return the tables that a list holds; None when it is no list, or holds something else.

    Args:
        setting: the list.
        lines: lines of the file, by keys and list indices.
    """
    if not isinstance(setting.value, (list, tuple)):
        return None
    if not all(isinstance(item, Mapping) for item in setting.value):
        return None
    return [_table(setting, number, item, lines) for number, item in enumerate(setting.value)]


def _table(setting: Setting, number: int, item: Any, lines: Mapping[Place, int]) -> Table:
    is_file = setting.origin.layer == "file"
    key = f"{setting.origin.key}[{number}]"

    def origin(*names: str) -> Any:
        line = lines.get((*setting.path, number, *names)) if is_file else None
        return replace(setting.origin, line=line, key=".".join((key, *map(_written, names))))

    table = Table((*setting.path, str(number)), origin())
    for name, value in item.items():
        table.entries[name] = Setting((*table.path, name), value, origin(name))
    return table


def _written(name: str) -> str:
    return dotted((name,))
