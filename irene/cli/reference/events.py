"""The fields of every event, in the tables of the page of events."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

from irene.cli.reference.tables import replaced
from irene.config.fields import descriptions_of
from irene.domain.events import EVENTS, Event

_HEAD = ("field", "type", "meaning")
_NAMES = {str: "text", bool: "true or false", int: "integer", float: "number"}
_SHARED = ("time_s", "session")


def render(page: str) -> str:
    """Return the page with every event's table as its class has it.

    Raises:
        LookupError: an event has no section, or no table in it.
    """
    for event in EVENTS:
        page = replaced(page, f"## `{event.event}`", _HEAD, _rows(event)) if _own(event) else page
    return page


def _own(event: type[Event]) -> list[str]:
    return [one.name for one in dataclasses.fields(event) if one.name not in _SHARED]


def _rows(event: type[Event]) -> list[tuple[str, str, str]]:
    hints, texts = get_type_hints(event), descriptions_of(event)
    return [
        (f"`{name.rstrip('_')}`", json_type(hints[name]), texts.get(name, ""))
        for name in _own(event)
    ]


def json_type(hint: Any) -> str:
    """Return what JSON has for a type, in words."""
    origin, members = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        words = [json_type(one) for one in members if one is not type(None)]
        return f"{', '.join(words)} or null".replace("true or false or", "true, false or")
    if origin is tuple:
        item = members[0]
        return (
            "list of objects" if dataclasses.is_dataclass(item) else f"list of {json_type(item)}s"
        )
    if origin is not None and issubclass(origin, Mapping):
        return "object"
    return _NAMES[hint]
