"""Messages between the assistant and a worker: pickled, with their length in front.

Pickle, because both ends run the same code as the same user, and because it carries hypotheses,
requests and grammars exactly as they are. What comes back from a worker may name classes of irene,
numbers and times, and nothing else: so an engine's own types never reach the assistant, nor does
anything that a broken engine made up.
"""

from __future__ import annotations

import io
import pickle
import struct
from socket import socket
from typing import Any, NamedTuple

import irene.errors
from irene.errors import IreneError, ProviderFailedError
from irene.providers.border import ForeignCode, one_line

_HEAD = struct.Struct("<I")
_AT_ONCE = 65536
_PLAIN = {
    *(("datetime", name) for name in ("date", "datetime", "time", "timedelta", "timezone")),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
}


class ErrorFacts(NamedTuple):
    """An expected error on its way."""

    kind: str
    """name of the nearest class of `irene.errors`"""
    message: str
    code: str
    retryable: bool


class _IrenesOwn(pickle.Unpickler):
    """Reads what names nothing but irene's classes, numpy's numbers, and times."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("irene.") or (module, name) in _PLAIN:
            return super().find_class(module, name)
        raise ProviderFailedError(f"it returned an object of {module}.{name}")


def send(channel: socket, message: object) -> None:
    """Send a message; blocks while the other side does not read.

    Raises:
        OSError: the other side is gone.
    """
    send_bytes(channel, packed(message))


def packed(message: object) -> bytes:
    """Return a message as `send_bytes` takes it."""
    return pickle.dumps(message, pickle.HIGHEST_PROTOCOL)


def send_bytes(channel: socket, body: bytes) -> None:
    """Send a message that is packed already.

    Raises:
        OSError: the other side is gone.
    """
    channel.sendall(_HEAD.pack(len(body)) + body)


def receive_bytes(channel: socket) -> bytes:
    """Return the next message, still pickled; blocks. Only one may be on its way.

    Raises:
        EOFError: the other side is gone.
    """
    data = _read(channel)
    while len(data) < _HEAD.size:
        data += _read(channel)
    end = _HEAD.size + _HEAD.unpack_from(data)[0]
    if len(data) == end:
        return data[_HEAD.size :]
    pieces = [data]
    missing = end - len(data)
    while missing > 0:
        pieces.append(_read(channel))
        missing -= len(pieces[-1])
    return b"".join(pieces)[_HEAD.size :]


def _read(channel: socket) -> bytes:
    try:
        data = channel.recv(_AT_ONCE)
    except OSError as error:
        raise EOFError from error
    if not data:
        raise EOFError
    return data


def from_worker(body: bytes) -> Any:
    """Read a message of a worker.

    Raises:
        ProviderFailedError: it holds something that no provider of this kind returns.
    """
    with ForeignCode("it returned what cannot be read: "):
        return _IrenesOwn(io.BytesIO(body)).load()


def facts_of(error: IreneError) -> ErrorFacts:
    """Return what is to be known of an error."""
    known = vars(irene.errors)
    kind = next(cls for cls in type(error).__mro__ if known.get(cls.__name__) is cls)
    return ErrorFacts(kind.__name__, one_line(error), error.code, error.retryable)


def error_of(facts: ErrorFacts) -> IreneError:
    """Return the error again, of its class or the nearest one of irene's own."""
    error: IreneError = getattr(irene.errors, facts.kind)(facts.message)
    if (error.code, error.retryable) != (facts.code, facts.retryable):
        error.code, error.retryable = facts.code, facts.retryable
    return error
