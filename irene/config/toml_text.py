"""TOML in and out: documents, single values, and values as text."""

from __future__ import annotations

import ast
import dataclasses
import datetime
import math
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from irene.config.origins import dotted, quoted
from irene.config.problems import Problem
from irene.config.syntax_cures import syntax_cure

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_KEYS = re.compile(r"(?<=declare )\(.*\)(?= twice)")
_DEEPEST = 50
_TOO_DEEP = f"nested too deeply: at most {_DEEPEST} tables and lists in one another"


class _DepthError(ValueError):
    """Tables and lists in one another beyond what anybody needs."""


class TomlSyntaxError(ValueError):
    """Text that is no TOML; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def parse_document(text: str, file: str) -> dict[str, Any]:
    """Parse a whole file.

    Raises:
        TomlSyntaxError: the first syntax error, with line and column; or tables and lists in one
            another beyond any need.
    """
    try:
        return _loads(text)
    except _DepthError as error:
        raise TomlSyntaxError(Problem(file, None, "", str(error))) from None
    except ValueError as error:
        raise TomlSyntaxError(_syntax_problem(str(error), text, file)) from None


def _loads(text: str) -> dict[str, Any]:
    """Parse a document whose depth is bounded: what reads it on recurses."""
    try:
        parsed = tomllib.loads(text)
    except RecursionError:
        raise _DepthError(_TOO_DEEP) from None
    layer: list[Any] = [parsed]
    for _ in range(_DEEPEST):
        layer = [item for value in layer for item in _items(value)]
    if layer:
        raise _DepthError(_TOO_DEEP)
    return parsed


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _syntax_problem(message: str, text: str, file: str) -> Problem:
    found = _PLACE.search(message)
    lines = text.split("\n")
    line, column = len(lines), len(lines[-1]) + 1
    if found and found[1]:
        line, column = int(found[1]), int(found[2])
    what = _KEYS.sub(_dotted, _PLACE.sub("", message))
    rest = lines[line - 1][column - 1 :] if found and found[1] else ""
    what = f"no valid TOML: {what[:1].lower()}{what[1:]}"
    return Problem(file, line, "", what, syntax_cure(what, rest), column=column)


def _dotted(keys: re.Match[str]) -> str:
    """Return a tuple of keys, as tomllib writes it, as the head of a section."""
    return f"[{'.'.join(ast.literal_eval(keys[0]))}]"


def parse_value(text: str) -> Any:
    """Read one value in TOML syntax; a bare word that is no TOML is a text.

    Raises:
        ValueError: the text starts like a quoted text, a list or a table, and does not end so;
            the message does not repeat it, since it may be a secret.
    """
    stripped = text.strip()
    try:
        parsed = _loads(f"value = {stripped}")
    except _DepthError:
        raise
    except ValueError:
        parsed = {}
    if set(parsed) == {"value"}:
        return parsed["value"]
    if stripped[:1] in ('"', "'", "[", "{"):
        raise ValueError(f"begins with {stripped[0]} and is no valid TOML value")
    return text


def format_value(value: Any) -> str:
    """Write one value as TOML, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _format_float(value)
    if isinstance(value, (int, datetime.date, datetime.time)):
        return str(value)
    if dataclasses.is_dataclass(value):
        value = vars(value)
    if isinstance(value, Mapping):  # TOML has no word for nothing: what is None is left out
        given = {str(key): item for key, item in value.items() if item is not None}
        pairs = (f"{dotted((key,))} = {format_value(item)}" for key, item in given.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(format_value, value))}]"
    return quoted(str(value))


def _format_float(value: float) -> str:
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return repr(value)
