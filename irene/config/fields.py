"""What a table may hold, read from the dataclass that it becomes."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import re
import textwrap
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, get_args, get_origin, get_type_hints

from irene.config.values import describe

Range = tuple[float, "float | None"]
"""Lowest and highest value allowed; None leaves it open."""

_UNITS = {"_ms": "ms", "_s": "s", "_hz": "Hz", "_db": "dB", "_mb": "MB", "sample_rate": "Hz"}


@dataclasses.dataclass(frozen=True)
class Field:
    """One key of a table.

    The metadata of the dataclass field may say: `range` (lowest, and highest or None),
    `pattern` (regular expression that a text must match) with `takes` (the same in words),
    `no_effect` (why the key does nothing), `example` (shown where the default is none), `path`
    (a path, relative to the file that names it; `"model"` for one that may also be a name), and
    `one` (a single text may stand for a list).
    """

    name: str
    hint: Any
    """type of the value"""
    default: Any
    """`dataclasses.MISSING` when the key must be given"""
    metadata: Mapping[str, Any]

    @property
    def range(self) -> Range | None:
        """Lowest and highest value allowed, or None when any is."""
        found: Range | None = self.metadata.get("range")
        return found

    @property
    def is_table(self) -> bool:
        """Whether it is a table of its own, with the keys of a dataclass."""
        return dataclasses.is_dataclass(self.hint)

    @property
    def row(self) -> type[Any] | None:
        """The dataclass of each table, where the key is a list of tables."""
        if get_origin(self.hint) is tuple and dataclasses.is_dataclass(get_args(self.hint)[0]):
            row: type[Any] = get_args(self.hint)[0]
            return row
        return None

    @property
    def unit(self) -> str:
        """Unit of the value, told by the ending of the name; empty when it has none."""
        return next((unit for end, unit in _UNITS.items() if self.name.endswith(end)), "")

    @property
    def expected(self) -> str:
        """What the key takes, in words."""
        if self.is_table or self.row:
            return "a list of tables" if self.row else "a table"
        words = str(self.metadata.get("takes") or describe(self.hint))
        if self.metadata.get("one"):
            words = f"a text or {words}"
        if self.range is None:
            return words
        low, high = self.range
        if high is None:
            return f"{words}, at least {low:.9g}"
        return f"{words} from {low:.9g} to {high:.9g}"

    def allows(self, value: Any) -> bool:
        """Say whether a value of the right type lies within the range or pattern of the field.

        Of a table or list, each value must.
        """
        if isinstance(value, (Mapping, tuple)):
            members = value.values() if isinstance(value, Mapping) else value
            return all(map(self.allows, members))
        if isinstance(value, str):
            return re.search(self.metadata.get("pattern", ""), value) is not None
        if value is None or self.range is None:
            return True
        low, high = self.range
        return bool(low <= value and (high is None or value <= high))


def fields_of(cls: type[Any]) -> dict[str, Field]:
    """Return the keys of a dataclass by name, in order; of any other class, none."""
    if not dataclasses.is_dataclass(cls):
        return {}
    hints = _hints_of(cls)
    return {
        item.name: Field(item.name, hints[item.name], _default(item), item.metadata)
        for item in dataclasses.fields(cls)
        if item.init
    }


@lru_cache(maxsize=256)  # they are evaluated from texts; plugins that are gone are not kept
def _hints_of(cls: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(cls, include_extras=True)


def _default(item: dataclasses.Field[Any]) -> Any:
    if item.default_factory is not dataclasses.MISSING:
        return item.default_factory()
    return item.default


def descriptions_of(cls: type[Any]) -> dict[str, str]:
    """Return the text under each field of a dataclass, those of its bases included.

    A class whose source cannot be read has no descriptions.
    """
    found: dict[str, str] = {}
    for owner in reversed(cls.__mro__[:-1]):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
        except (OSError, TypeError, SyntaxError):
            continue
        found.update(_field_texts(tree))
    return found


def _field_texts(tree: ast.Module) -> dict[str, str]:
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    texts: dict[str, str] = {}
    for item, following in itertools.pairwise(body):
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            text = _text(following)
            if text:
                texts[item.target.id] = " ".join(text.split())
    return texts


def _text(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    return ""


def summary_of(cls: type[Any]) -> str:
    """Return the first line of a class's docstring."""
    return (inspect.getdoc(cls) or "").split("\n", maxsplit=1)[0]
