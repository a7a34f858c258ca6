"""The lines that a running assistant and its clients exchange: one JSON object each, in UTF-8."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from irene.errors import ConfigurationError, IreneError, RequestError

VERSION = 1
"""number of the protocol; a request of another one is refused"""
LONGEST_LINE = 64 * 1024
"""bytes that a request may have, its end included"""
_KEYS = {"version", "command", "arguments", "id"}


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks for."""

    command: str
    """such as `status`"""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """what the command needs to know, by name"""
    id: str | int | None = None
    """comes back with the reply"""

    def to_line(self) -> bytes:
        """Return it as a line."""
        body = {"version": VERSION, "command": self.command, "arguments": dict(self.arguments)}
        return encoded(body if self.id is None else {**body, "id": self.id})


def read_request(line: bytes) -> Request:
    """Read a line.

    Raises:
        RequestError: it is no request, or one of another version; the message says what is wrong.
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise RequestError("the request is no JSON object on one line") from None
    if not isinstance(message, dict):
        raise RequestError("the request is no JSON object")
    _require_keys(message)
    _require_values(message)
    return Request(message["command"], message.get("arguments") or {}, message.get("id"))


def _require_keys(message: Mapping[str, Any]) -> None:
    if unknown := sorted(message.keys() - _KEYS):
        raise RequestError(f"unknown key {unknown[0]!r}; known: {', '.join(sorted(_KEYS))}")
    if (version := message.get("version", VERSION)) != VERSION or version is True:
        raise RequestError(f"version {version!r} is not spoken here; use {VERSION}")


def _require_values(message: Mapping[str, Any]) -> None:
    if not isinstance(message.get("command"), str):
        raise RequestError('"command" is missing, or no text')
    if not isinstance(message.get("arguments"), (dict, type(None))):
        raise RequestError('"arguments" is no object')
    if isinstance(message.get("id"), (dict, list, float, bool)):
        raise RequestError('"id" is neither a text nor a whole number')


def encoded(message: Mapping[str, Any]) -> bytes:
    """Return a message as one line; what JSON has no word for is written as its text."""
    text = json.dumps(message, ensure_ascii=False, default=str)
    return text.encode(errors="backslashreplace") + b"\n"  # half a surrogate pair: its escape


def success(result: object, request: Request) -> dict[str, Any]:
    """Return the reply to a request that was served."""
    return _with_id({"ok": True, "result": result}, request)


def refusal(error: IreneError, request: Request | None = None) -> dict[str, Any]:
    """Return the reply to a request that failed with an expected error."""
    body: dict[str, Any] = {
        "ok": False,
        "error": str(error),
        "code": error.code,
        "exit_code": error.exit_code,
    }
    if isinstance(error, ConfigurationError) and error.problems:
        body["problems"] = [str(problem) for problem in error.problems]
    return _with_id(body, request)


def _with_id(body: dict[str, Any], request: Request | None) -> dict[str, Any]:
    return body if request is None or request.id is None else {**body, "id": request.id}


def error_in(reply: Mapping[str, Any]) -> IreneError:
    """Return the error that a refusal tells of, of the same class where this irene has it."""
    message, code = str(reply.get("error", "refused")), reply.get("code")
    known = next((cls for cls in _errors(IreneError) if cls.code == code), None)
    if known is not None and issubclass(known, ConfigurationError):
        return known(message, tuple(reply.get("problems", ())))
    error = (known or IreneError)(message)
    if isinstance(exit_code := reply.get("exit_code"), int):
        error.exit_code = exit_code
    return error


def _errors(cls: type[IreneError]) -> Iterator[type[IreneError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _errors(child)
