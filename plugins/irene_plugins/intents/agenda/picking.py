"""Which of several things a person means: by what it is called, or by its place in order."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from typing import TypeVar

ItemT = TypeVar("ItemT")


def in_order(items: Sequence[ItemT], order: float) -> list[ItemT]:
    """Return the first (1), second (2) ... last (-1) item; none when there is no such place."""
    index = order - 1 if order > 0 else order
    if not math.isfinite(index) or not -len(items) <= index < len(items):
        return []
    return [items[int(index)]]


def called(items: Sequence[ItemT], name_of: Callable[[ItemT], str], wanted: str) -> list[ItemT]:
    """Return the items of that name, else those whose name is most like it.

    Recognisers mishear names: one that shares 8 of 10 letters (`difflib`, ratio 0.8), or that the
    wanted one is part of, is meant when no other is nearer.
    """
    names = {name_of(item).casefold() for item in items} - {""}
    wanted = wanted.strip().casefold()
    near = [wanted] if wanted in names else difflib.get_close_matches(wanted, names, 1, 0.8)
    parts = f" {wanted} "
    near = near or [name for name in names if parts in f" {name} " or f" {name} " in parts]
    return [item for item in items if name_of(item).casefold() in near]
