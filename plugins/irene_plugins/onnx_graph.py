"""ONNX models read and written without the package `onnx`: weights in, a graph of one's own out.

Messages and numbers of fields are those of `onnx.proto3` (https://github.com/onnx/onnx), in the
wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Attribute = int | float | Sequence[int]

_IR_VERSION = 7
_OPSET = 13
_FLOAT, _INT64 = 1, 7
"""types of tensors"""
_IS_FLOAT, _IS_INT, _IS_INTS = 1, 2, 7
"""types of attributes"""
_LONGEST_VARINT = 10
"""bytes of a number of 64 bits, seven in each"""
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
"""wire types"""


def float_tensors(path: Path) -> dict[str, Floats]:
    """Return the float32 weights that a model holds in itself, by name.

    Raises:
        ValueError: the file is no ONNX model.
        OSError: it cannot be read.
    """
    model = memoryview(path.read_bytes())
    tensors = [tensor for graph in _inside(model, 7) for tensor in _inside(graph, 5)]
    return {
        bytes(next(_inside(tensor, 8), b"")).decode(): _shaped(data, _dims(tensor))
        for tensor in tensors
        if (2, _FLOAT) in _fields(tensor)
        for data in _inside(tensor, 9)
    }


class GraphWriter:
    """A graph while it is written, node after node; values are known by their names."""

    def __init__(self) -> None:
        self._parts: list[bytes] = [_field(2, b"graph")]
        self._n_values = 0

    def input(self, name: str, shape: Sequence[int]) -> str:
        """Add a float32 input; return its name."""
        self._parts.append(_field(11, _value(name, shape)))
        return name

    def output(self, name: str, shape: Sequence[int]) -> None:
        """Say that a value, float32, is an output."""
        self._parts.append(_field(12, _value(name, shape)))

    def constant(self, values: npt.ArrayLike) -> str:
        """Add a tensor, float32 or int64; return its name."""
        array = np.asarray(values)
        kind = _INT64 if array.dtype.kind == "i" else _FLOAT
        data = np.ascontiguousarray(array, "<i8" if kind == _INT64 else "<f4").tobytes()
        name = self._new_name()
        dims = b"".join(_field(1, dim) for dim in array.shape)
        tensor = dims + _field(2, kind) + _field(8, name.encode()) + _field(9, data)
        self._parts.append(_field(5, tensor))
        return name

    def node(self, operator: str, *inputs: str, to: str = "", **attributes: Attribute) -> str:
        """Add an operator; return the name of its output, which is `to` where that is given."""
        name = to or self._new_name()
        parts = [_field(1, value.encode()) for value in inputs]
        parts += [_field(2, name.encode()), _field(4, operator.encode())]
        parts += [_field(5, _attribute(key, value)) for key, value in attributes.items()]
        self._parts.append(_field(1, b"".join(parts)))
        return name

    def model(self) -> bytes:
        """Return the whole model."""
        graph = b"".join(self._parts)
        return _field(1, _IR_VERSION) + _field(7, graph) + _field(8, _field(2, _OPSET))

    def _new_name(self) -> str:
        self._n_values += 1
        return f"value_{self._n_values}"


def _value(name: str, shape: Sequence[int]) -> bytes:
    dims = b"".join(_field(1, _field(1, dim)) for dim in shape)
    tensor = _field(1, _FLOAT) + _field(2, dims)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _attribute(name: str, value: Attribute) -> bytes:
    head = _field(1, name.encode())
    if isinstance(value, float):
        number = _varint(2 << 3 | _FOUR_BYTES) + struct.pack("<f", value)
        return head + number + _field(20, _IS_FLOAT)
    if isinstance(value, int):
        return head + _field(3, value) + _field(20, _IS_INT)
    return head + b"".join(_field(8, one) for one in value) + _field(20, _IS_INTS)


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3 | _VARINT) + _varint(value)
    return _varint(number << 3 | _BYTES) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _shaped(data: memoryview, shape: Sequence[int]) -> Floats:
    if len(data) != 4 * prod(shape) or max(shape, default=0) >= 2**63:
        raise ValueError(f"no ONNX model: {len(data)} bytes of float32 are not of shape {shape}")
    return np.frombuffer(data, "<f4").reshape(shape)


def _dims(tensor: memoryview) -> list[int]:
    return [value for number, value in _fields(tensor) if number == 1 and isinstance(value, int)]


def _inside(message: memoryview, number: int) -> Iterator[memoryview]:
    """Yield what stands in a field of bytes, texts or messages."""
    for field, value in _fields(message):
        if field == number and not isinstance(value, int):
            yield value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        wire = key & 7
        if wire == _VARINT:
            value, at = _read_varint(message, at)
            yield key >> 3, value
            continue
        if wire == _BYTES:
            size, at = _read_varint(message, at)
        elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if wire == _EIGHT_BYTES else 4
        else:
            raise ValueError(f"no ONNX model: wire type {wire}")
        if at + size > len(message):
            raise ValueError("no ONNX model: it ends too early")
        yield key >> 3, message[at : at + size]
        at += size


def _read_varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return a number and the place behind it."""
    value = 0
    for place, byte in enumerate(message[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    ended = len(message) - at < _LONGEST_VARINT
    why = "it ends too early" if ended else f"a number of more than {_LONGEST_VARINT} bytes"
    raise ValueError(f"no ONNX model: {why}")
