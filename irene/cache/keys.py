"""Keys that are made from all of a content, so that no two contents share one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import date, time
from enum import Enum
from hashlib import blake2b
from pathlib import PurePath
from typing import Any

import numpy as np

from irene.domain.audio import AudioChunk, AudioData

_Feed = Callable[[Any], None]


def digest(*parts: object) -> str:
    """Return a name of the content of all parts: 32 hexadecimal digits (BLAKE2b, 128 bits).

    It is the same in every process, and different when anything differs: a type, the order of a
    sequence, where one text ends and the next begins, one sample of a recording. Of audio, the
    samples and their format count; when it was recorded does not.

    Raises:
        TypeError: a part has no content that could be read, such as a function.
    """
    hasher = blake2b(digest_size=16)
    for part in parts:
        _feed(part, hasher.update)
    return hasher.hexdigest()


def _feed(part: object, feed: _Feed) -> None:
    """Feed what a value is, how long it is, and what is in it."""
    content = _content(part)
    if not isinstance(content, list):
        feed(f"{_kind(part)}:{len(content)}:".encode())
        feed(content)
        return
    feed(f"{_kind(part)}[{len(content)}]".encode())
    for one in content:
        _feed(one, feed)


def _kind(part: object) -> str:
    """Return what tells values with equal content apart; lists and tuples are both sequences."""
    if isinstance(part, (list, tuple)):
        return "sequence"
    if isinstance(part, (Mapping, Set)):
        return "mapping" if isinstance(part, Mapping) else "set"
    kind = np.ndarray if isinstance(part, np.ndarray) else type(part)
    return f"{kind.__module__}.{kind.__qualname__}"


def _content(part: Any) -> bytes | memoryview | list[Any]:
    """Return what is in a value: its bytes, or other values."""
    if isinstance(part, np.ndarray) and not part.dtype.hasobject:
        shape = f"{part.dtype.str}{part.shape}".encode()
        return [shape, np.ascontiguousarray(part).reshape(-1).view(np.uint8).data]
    if isinstance(part, (bytes, bytearray, memoryview)):
        return memoryview(part).cast("B")
    if isinstance(part, Enum):
        return part.name.encode()
    if isinstance(part, str):
        return part.encode("utf-8", "surrogatepass")
    return _compound(part)


def _compound(part: Any) -> bytes | list[Any]:
    if part is None or isinstance(part, (bool, int, float, complex, np.generic)):
        return repr(part).encode()
    if isinstance(part, (date, time, PurePath)):
        return str(part).encode("utf-8", "surrogatepass")
    if isinstance(part, Mapping):
        return sorted(digest(key, value) for key, value in part.items())
    if isinstance(part, Set):
        return sorted(digest(one) for one in part)
    if isinstance(part, Sequence):
        return list(part)
    if is_dataclass(part) and not isinstance(part, type):
        return list(_fields(part))
    raise TypeError(f"{part!r} has no content that could be part of a key")


def _fields(part: Any) -> Iterator[Any]:
    """Yield the fields of a dataclass, but not when audio was recorded."""
    left_out: tuple[str, ...] = ()
    if isinstance(part, AudioChunk):
        left_out = ("start_s",)
    elif isinstance(part, AudioData):
        left_out = ("timestamp", "metadata")
    yield from (getattr(part, one.name) for one in fields(part) if one.name not in left_out)
