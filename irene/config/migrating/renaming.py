"""Renaming tables in the text of a configuration: nothing else of it changes by a byte."""

from __future__ import annotations

from collections.abc import Mapping

from irene.config.key_lines import KeyText, key_texts
from irene.config.origins import KeyPath, dotted


def renamed(text: str, names: Mapping[KeyPath, KeyPath]) -> tuple[str, list[KeyPath]]:
    """Return the text with other names for tables, and which of the names were found.

    Args:
        text: a valid document.
        names: the new path of each table, by the one that it has.
    """
    found: list[KeyPath] = []
    for key in reversed(key_texts(text)):  # from the end on: places before it stay what they are
        for former, name in names.items():
            written = _renamed(key, former, name)
            if written:
                text = text[: key.start] + dotted(written) + text[key.end :]
                found.append(former)
    return text, [former for former in names if former in found]


def _renamed(key: KeyText, former: KeyPath, name: KeyPath) -> KeyPath:
    """Return what a key is to be, seen from its table; nothing if it is another one."""
    whole = (*key.table, *key.parts)
    is_inside = key.table[: len(former)] == former  # then the table's own name is changed
    if is_inside or whole[: len(former)] != former:
        return ()
    new = (*name, *map(str, whole[len(former) :]))
    return new[len(key.table) :] if new[: len(key.table)] == key.table else ()
