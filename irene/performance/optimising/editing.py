"""Changing keys in the text of a configuration: everything else stays, comments too."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from irene.config.key_lines import split_key
from irene.config.toml_text import parse_document
from irene.errors import ConfigurationError
from irene.performance.optimising.arms import Change


def edited(text: str, changes: Sequence[Change], file: str) -> str:
    """Return the text with the changes; what it says is checked to be that, and nothing else.

    Args:
        text: TOML.
        changes: keys and their new values.
        file: what problems call it.

    Raises:
        ConfigurationError: its form does not allow it; the message says what to set by hand.
    """
    try:
        document = tomlkit.parse(text)
        for change in changes:
            _set(document, _path(change), change.after)
        result = tomlkit.dumps(document)
        is_right = parse_document(result, file) == _expected(text, changes, file)
    except (TOMLKitError, ValueError, TypeError, KeyError, IndexError):
        is_right, result = False, text
    if not is_right:
        wanted = ", ".join(map(str, changes))
        raise ConfigurationError(f"{file}: cannot be changed by a program; set by hand: {wanted}")
    return result


def _path(change: Change) -> tuple[str, ...]:
    path = split_key(change.key)
    if path is None:
        raise ValueError(f"{change.key} is no key")
    return path


def _set(document: Any, path: tuple[str, ...], value: Any) -> None:
    table: MutableMapping[str, Any] = document
    for depth, part in enumerate(path[:-1]):
        if part not in table:
            is_last = depth == len(path) - 2
            table[part] = tomlkit.table(is_super_table=not is_last)
        table = table[part]
    _put(table, path[-1], value)


def _put(table: MutableMapping[str, Any], key: str, value: Any) -> None:
    """Set a value; the comment behind the former one stays."""
    if key not in table:
        table[key] = value
        return
    former = table[key]
    renewed = tomlkit.item(value)
    if hasattr(former, "trivia"):
        renewed.trivia.indent = former.trivia.indent
        renewed.trivia.comment_ws = former.trivia.comment_ws
        renewed.trivia.comment = former.trivia.comment
        renewed.trivia.trail = former.trivia.trail
    table[key] = renewed


def _expected(text: str, changes: Sequence[Change], file: str) -> dict[str, Any]:
    """Return what the text says, with the changes."""
    content = parse_document(text, file)
    for change in changes:
        *tables, key = _path(change)
        table = content
        for part in tables:
            table = table.setdefault(part, {})
        table[key] = change.after
    return content
