"""What a provider class declares of itself, looked at before anything relies on it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from numbers import Integral, Real
from types import FunctionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from irene.errors import PluginError
from irene.providers.provider import RESERVED_OPTIONS, Provider

_KINDS: dict[Any, tuple[type, str]] = {
    bool: (bool, "true or false"),
    int: (Integral, "a whole number"),
    float: (Real, "a number"),
    str: (str, "a text"),
}
"""what a value may be, and what that is called"""

_ASYNC = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
"""marks of the code of a function that is `async def`"""


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


def require_form(cls: type[Provider[Any]], contract: type[Any]) -> None:
    """Refuse a class that irene cannot make an object of, or whose methods it cannot call.

    Raises:
        PluginError: `Options` is no dataclass or takes a key of irene's, `__init__` takes no
            options, or a method of the contract is `async`.
    """
    _require_options(cls)
    _require_constructor(cls)
    for owner in cls.__mro__[: cls.__mro__.index(contract)]:
        for name, method in vars(owner).items():
            is_async = isinstance(method, FunctionType) and method.__code__.co_flags & _ASYNC
            if is_async and hasattr(contract, name):
                raise PluginError(
                    f"{cls.__name__}.{name} is `async def`",
                    cure=f"write `def {name}`: irene calls it on a thread, where it may block",
                )


def _require_options(cls: type[Provider[Any]]) -> None:
    options: object = cls.Options
    if not (isinstance(options, type) and is_dataclass(options)):
        raise PluginError(
            f"{cls.__name__}.Options = {options!r}: no dataclass",
            cure="write `@dataclass(frozen=True)` above the class of the options",
        )
    if taken := sorted(RESERVED_OPTIONS & {one.name for one in fields(options)}):
        raise PluginError(
            f"{cls.__name__}.Options uses reserved keys: {', '.join(taken)}",
            cure="give these options other names: irene has its own of theirs",
        )


def _require_constructor(cls: type[Provider[Any]]) -> None:
    if cls.__init__ is Provider.__init__:
        return
    try:
        inspect.signature(cls).bind(None)
    except ValueError:  # one that is not written in Python has none
        return
    except TypeError:
        raise PluginError(
            f"{cls.__name__}.__init__ does not take the options alone",
            cure="write `def __init__(self, options=None)` and `super().__init__(options)` in it",
        ) from None


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
