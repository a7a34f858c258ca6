"""How many bytes a value really keeps from being freed."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Mapping
from mmap import mmap
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, type(None), bool)
"""what belongs to the program and not to a value"""
_GROUPS = (list, tuple, set, frozenset, deque)


def size_of(value: object) -> int:
    """Return the bytes of a value and of everything that only lives through it.

    Every object counts once, however often it is referred to. A view of an array counts as the
    whole memory that it keeps alive: a slice of 10 samples out of 40 MB holds 40 MB. Classes,
    functions and modules do not count.
    """
    seen: dict[int, object] = {}  # it holds them: the address of one that is gone is given away
    waiting: list[Any] = [value]
    n_bytes = 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, _SHARED) or id(one) in seen:
            continue
        seen[id(one)] = one
        n_bytes += _own_bytes(one)
        waiting.extend(_parts(one))
    return n_bytes


def _own_bytes(one: Any) -> int:
    """Return the bytes of an object without what it refers to."""
    own = sys.getsizeof(one)  # that of an array counts the samples if they are its own
    if isinstance(one, mmap):
        return own + len(one)
    if isinstance(one, np.ndarray) or type(one).__module__ == "builtins":
        return own
    foreign = getattr(one, "nbytes", None)  # such as a tensor's
    return max(own, foreign) if isinstance(foreign, int) else own


def _parts(one: Any) -> Iterable[Any]:
    """Return what an object refers to."""
    if isinstance(one, (str, bytes, bytearray, int, float, complex)):
        return ()
    if isinstance(one, np.ndarray):
        inside = one.ravel().tolist() if one.dtype.hasobject else ()
        return (*inside, one.base)
    if isinstance(one, memoryview):
        return (one.obj,)
    if isinstance(one, dict):
        return (*one.keys(), *one.values())
    held = one if isinstance(one, _GROUPS) else ()
    return (*held, *_fields(one))


def _fields(one: Any) -> Iterable[Any]:
    """Yield what the attributes of an object refer to, in its table and in its slots."""
    table = getattr(one, "__dict__", None)
    if isinstance(table, Mapping):
        yield table
    for kind in type(one).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__"):
                yield getattr(one, _mangled(kind, name), None)


def _mangled(kind: type, name: str) -> str:
    is_private = name.startswith("__") and not name.endswith("__")
    return f"_{kind.__name__.lstrip('_')}{name}" if is_private else name
