"""What a provider class declares of itself, looked at before anything relies on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from numbers import Integral, Real
from typing import Any, Literal, get_args, get_origin, get_type_hints

from irene.errors import PluginError

_KINDS: dict[Any, tuple[type, str]] = {
    bool: (bool, "true or false"),
    int: (Integral, "a whole number"),
    float: (Real, "a number"),
    str: (str, "a text"),
}
"""what a value may be, and what that is called"""


def require_capabilities(cls: type[Any], contract: type[Any]) -> None:
    """Refuse capabilities that would stop an assistant later, far from the line that is wrong.

    Those that each object computes are not looked at here, as they depend on its options.

    Raises:
        PluginError: a value is of another type than its field, or no rate or size.
    """
    model, declared = (getattr(one, "capabilities", None) for one in (contract, cls))
    if not is_dataclass(model) or hasattr(declared, "__get__"):
        return
    if not isinstance(declared, type(model)):
        raise PluginError(
            f"{cls.__name__}.capabilities = {declared!r}: no {type(model).__name__}",
            cure=f"write `capabilities = {type(model).__name__}(...)` in the class",
        )
    asked: Any = type(model)
    hints = _hints_of(asked)
    for one in fields(model):
        value = getattr(declared, one.name)
        if wanted := _wanted(value, hints[one.name], one):
            raise PluginError(
                f"{cls.__name__}.capabilities.{one.name} = {value!r}: use {wanted}",
                cure="change the field; it is what irene feeds the provider by",
            )


@cache  # of the few classes that contracts have for capabilities
def _hints_of(cls: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(cls)


def _wanted(value: object, hint: Any, one: Field[Any]) -> str:
    """Return what a field takes, when this value is not that."""
    if get_origin(hint) is Literal:
        return "" if value in get_args(hint) else " or ".join(map(repr, get_args(hint)))
    # Nothing but an optional limit begins with zero: rates, windows and counts are above it.
    least = 0 if one.default in (0, MISSING) else 1
    if get_origin(hint) is not tuple:
        return _wanted_single(value, hint, least)
    items = value if isinstance(value, (tuple, list)) else (None,)
    is_short = not items and one.name == "sample_rates" and one.default
    if is_short or any(_wanted_single(item, get_args(hint)[0], least) for item in items):
        example = one.default or {int: (16000,), str: ("en",)}[get_args(hint)[0]]
        return f"a tuple such as {example!r}"
    return ""


def _wanted_single(value: object, kind: Any, least: int) -> str:
    expected, words = _KINDS[kind]
    if not isinstance(value, expected):
        return words
    if kind is int and isinstance(value, int) and value < least:
        return f"{words}, {least} or more"
    return ""
