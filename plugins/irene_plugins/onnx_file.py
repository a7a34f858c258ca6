"""What can be seen of an ONNX model without loading it."""

from __future__ import annotations

from pathlib import Path

_FIRST = 512
_NOT_IN_TEXT = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")
"""bytes below a space that text does not have"""


def onnx_fault(path: Path) -> str:
    """Return why a file is no ONNX model; empty where none is seen.

    A model is binary from its first byte on. What stands in for one is mostly text: the page of a
    server that wanted a login, or the pointer of a large-file store.
    """
    try:
        with path.open("rb") as file:
            first = file.read(_FIRST)
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror or error}"
    if not first:
        return f"{path.name} is empty"
    return "" if _NOT_IN_TEXT.intersection(first) else f"{path.name} is text, no ONNX model"
