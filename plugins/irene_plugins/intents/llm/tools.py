"""What a language model may do: the intents of all other handlers, as tools that it can call."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from irene import FALLBACK_INTENT, Intent, IntentInfo, IreneError, Services
from irene_plugins.intents.llm.chat import Fragment

MAX_TOOLS = 100
MAX_CALLS = 16
"""in one breath"""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?\Z")


@dataclass
class ToolCall:
    """A call that the model asks for, put together from its parts."""

    call_id: str
    name: str = ""
    arguments: str = ""

    def to_message(self) -> dict[str, object]:
        """Return the call as the conversation holds it."""
        function = {"name": self.name, "arguments": self.arguments or "{}"}
        return {"id": self.call_id, "type": "function", "function": function}


class ToolCalls:
    """Puts the parts of calls together, which arrive in any sizes and side by side."""

    def __init__(self) -> None:
        self._calls: dict[int, ToolCall] = {}
        self._moved: dict[int, int] = {}
        """where the parts of an index go, of a server that uses one for several calls"""

    def add(self, fragment: Fragment) -> None:
        """Take a part."""
        index = self._index(fragment)
        call = self._calls.setdefault(index, ToolCall(fragment.call_id or f"call_{index}"))
        call.name = call.name or fragment.name
        call.arguments += fragment.arguments

    def _index(self, fragment: Fragment) -> int:
        last = max(self._calls, default=-1)
        if fragment.index is None:
            return last + 1 if fragment.name or last < 0 else last
        index = self._moved.get(fragment.index, fragment.index)
        known = self._calls.get(index)
        if known and fragment.name and fragment.call_id not in ("", known.call_id):
            index = self._moved[fragment.index] = last + 1
        return index

    @property
    def complete(self) -> list[ToolCall]:
        """The calls in the order of their numbers, as many as are carried out at once."""
        return [self._calls[index] for index in sorted(self._calls)][:MAX_CALLS]


class Toolbox:
    """The tools of one question."""

    def __init__(self, services: Services, text: str, language: str) -> None:
        self._services = services
        self._text = text
        self._language = language
        infos = [info for info in services.intents() if info.name != FALLBACK_INTENT]
        self._infos = {info.name: info for info in infos if _NAME.match(info.name)}

    @property
    def schemas(self) -> Sequence[Mapping[str, Any]]:
        """The tools as the interface writes them."""
        return [_schema(info) for info in list(self._infos.values())[:MAX_TOOLS]]

    def run(self, call: ToolCall) -> str:
        """Have the call's handler answer; return what it said, or what is wrong with the call."""
        info = self._infos.get(call.name)
        if info is None:
            return f"error: there is no tool {call.name!r}"
        try:
            slots = _slots(call.arguments, info.required)
        except ValueError as error:
            return f"error: {error}"
        return self._answered(call.name, slots)

    def _answered(self, name: str, slots: Mapping[str, str | int | float]) -> str:
        try:
            response = self._services.answer(Intent(name, self._text, self._language, slots))
        except IreneError as error:
            return f"error: {error}"
        if response is None:
            return "done"
        said = response.text or " ".join(response.pieces or ()) or "done"
        return f"{said}\n{json.dumps(response.data, default=str)}" if response.data else said


def _schema(info: IntentInfo) -> Mapping[str, Any]:
    # Every slot is a text: not all servers take several types, and numbers are read from texts.
    slots = {name: {"type": "string", "description": text} for name, text in info.slots.items()}
    parameters = {"type": "object", "properties": slots, "required": list(info.required)}
    function = {
        "name": info.name,
        "description": info.summary or info.name,
        "parameters": parameters,
    }
    return {"type": "function", "function": function}


def _slots(arguments: str, required: Sequence[str]) -> Mapping[str, str | int | float]:
    """Return the slots that arguments give.

    Raises:
        ValueError: the model should do better; the message says how.
    """
    try:
        found = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        raise ValueError("the arguments are not valid JSON") from None
    if not isinstance(found, Mapping):
        raise ValueError("the arguments are not a JSON object")
    given = {name: value for name, value in found.items() if value not in (None, "")}
    if missing := [name for name in required if name not in given]:
        raise ValueError(f"missing {', '.join(missing)}")
    if nested := [name for name in given if not isinstance(given[name], (str, int, float))]:
        raise ValueError(f"{', '.join(nested)} must be a text or a number")
    return {name: _plain(value) for name, value in given.items()}


def _plain(value: str | int | float) -> str | int | float:
    """Return a number for a text that is one, no truth values, and no half of a character."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        value = value.encode(errors="replace").decode()
    if isinstance(value, str) and _NUMBER.match(value):
        value = float(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
