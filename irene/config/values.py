"""Fitting the values of TOML to the types of dataclass fields."""

from __future__ import annotations

import collections.abc
import json
import math
import types
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

SCALARS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
"""Types of single values, and what to call them."""

_PLURALS = {bool: "true or false", int: "whole numbers", float: "numbers", str: "texts"}
UNIONS = (Union, types.UnionType)
_MAPPINGS = (dict, collections.abc.Mapping)


class MisfitError(ValueError):
    """A value that its field does not take; the message says what would be right."""


def fit(hint: Any, value: Any) -> Any:
    """Return the value as the field wants it: nothing is guessed, "yes" is no boolean.

    A whole number serves as a float, a list as a tuple, a text as the enum member of this value.
    Types beyond these are left to pydantic, which is imported only then: it costs 150 ms.

    Raises:
        MisfitError: the value has another type.
    """
    if hint in SCALARS:
        return _fit_scalar(hint, value)
    if get_origin(hint) in UNIONS:
        return _fit_union(hint, value)
    if choices(hint):
        return _fit_choice(hint, value)
    if _is_list(hint):
        _require(isinstance(value, (list, tuple)), value, hint)
        return tuple(fit(get_args(hint)[0], item) for item in value)
    if get_origin(hint) in _MAPPINGS:
        _require(isinstance(value, Mapping), value, hint)
        return {str(key): fit(get_args(hint)[1], item) for key, item in value.items()}
    return _fit_other(hint, value)


def _fit_other(hint: Any, value: Any) -> Any:
    if hint is Any:
        return value
    if hint is type(None):
        return _require(value is None, value, hint)
    return _fit_with_pydantic(hint, value)


def _fit_scalar(hint: type, value: Any) -> Any:
    if hint is float and type(value) is int:
        return _fit_scalar(hint, _as_float(value))
    finite = not isinstance(value, float) or math.isfinite(value)
    return _require(type(value) is hint and finite, value, hint)


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _fit_union(hint: Any, value: Any) -> Any:
    for member in get_args(hint):
        try:
            return fit(member, value)
        except MisfitError:
            continue
    raise MisfitError(describe(hint))


def _fit_choice(hint: Any, value: Any) -> Any:
    known = any(type(value) is type(choice) and value == choice for choice in choices(hint))
    _require(known, value, hint)
    return value if get_origin(hint) is Literal else hint(value)


def _require(right: bool, value: Any, hint: Any) -> Any:
    if not right:
        raise MisfitError(describe(hint))
    return value


def _is_list(hint: Any) -> bool:
    arguments = get_args(hint)
    return get_origin(hint) is tuple and len(arguments) == 2 and arguments[1] is Ellipsis


def _fit_with_pydantic(hint: Any, value: Any) -> Any:
    from pydantic import TypeAdapter, ValidationError

    # The JSON mode of strict validation takes what a text format can hold, and no more.
    try:
        text = json.dumps(value, default=str, allow_nan=False)
    except ValueError:
        raise MisfitError("a finite number") from None
    try:
        return TypeAdapter(hint).validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise MisfitError(f"{place}: {first['msg']}" if place else first["msg"]) from None


def describe(hint: Any) -> str:
    """Say in words what a field takes."""
    if hint in SCALARS:
        return SCALARS[hint]
    if get_origin(hint) in UNIONS:
        members = [member for member in get_args(hint) if member is not type(None)]
        return " or ".join(map(describe, members))
    if choices(hint):
        return f"one of {', '.join(map(str, choices(hint)))}"
    if _is_list(hint):
        return f"a list of {_PLURALS.get(get_args(hint)[0], 'values')}"
    if get_origin(hint) in _MAPPINGS:
        member = get_args(hint)[1]
        each = f", each {describe(member)}" if choices(member) else ""
        return f"a table of {_PLURALS.get(member, 'values')}{each}"
    return getattr(hint, "__name__", str(hint))


def choices(hint: Any) -> tuple[Any, ...]:
    """Return the values among which a field chooses; empty when it takes any."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return tuple(member.value for member in hint)
    return ()
