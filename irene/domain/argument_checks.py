"""Checking arguments of public functions, so that a mistake is told where it was made."""

from __future__ import annotations

_SHOWN = (type(None), bool, int, float, str, bytes)
"""types of values that are shown themselves; others may be long, and hold secrets"""
_LONGEST = 60
"""characters of a wrong value that a message repeats"""


def require_type(name: str, value: object, types: type | tuple[type, ...], right: str) -> None:
    """Refuse a value of another type.

    Args:
        name: what the value is called, such as the name of a parameter.
        value: what was given.
        types: what it must be an instance of.
        right: what would be right, in words.

    Raises:
        TypeError: the value is of none of the types; one line says what would be right.
    """
    if not isinstance(value, types):
        raise TypeError(f"{name} is {_shown(value)}; {right} is right")


def _shown(value: object) -> str:
    if not isinstance(value, _SHOWN):
        return f"of type {type(value).__name__}"
    return shortened(repr(value))


def shortened(text: str) -> str:
    """Return a wrong value as a message repeats it: a long one is cut to its beginning."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
