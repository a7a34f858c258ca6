"""What a CTranslate2 model file says of itself, without loading it."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_WHISPER = "WhisperSpec"
_OLDEST, _NEWEST = 2, 16
"""versions of the format in which the table of the tensors is written like this"""
_MOST_TENSORS = 100_000
_MOST_AXES = 8
_POSITIONS = "decoder/position_encodings/encodings"


class NoWeightsError(ValueError):
    """The file is no whole Whisper model of CTranslate2; its text says why."""


@dataclass(frozen=True)
class Weights:
    """The table of the tensors in a `model.bin`."""

    shapes: dict[str, tuple[int, ...]]
    """of each tensor, by name"""

    @property
    def n_text_ctx(self) -> int | None:
        """Most tokens of a prompt and a text together; None where the file does not say it."""
        return self.shapes[_POSITIONS][0] if self.shapes.get(_POSITIONS) else None


def read_weights(path: Path) -> Weights:
    """Return what is in a `model.bin`; the numbers themselves are skipped.

    The format is the one that CTranslate2's `ModelSpec.save` writes: version, name of the
    specification, its revision, then for each tensor name, shape, type, bytes and content.

    Raises:
        NoWeightsError: it is something else, or not all of it is there.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        try:
            return _table(file, size)
        except (struct.error, UnicodeDecodeError) as error:
            raise NoWeightsError(f"{path.name} ends too early, or is no model") from error
        except NoWeightsError as error:
            raise NoWeightsError(f"{path.name} {error}") from None


def _table(file: BinaryIO, size: int) -> Weights:
    (version,) = _numbers(file, "<I")
    if not _OLDEST <= version <= _NEWEST:
        raise NoWeightsError("is no model of CTranslate2")
    name = _text(file)
    if name != _WHISPER:
        raise NoWeightsError(f"holds a {name[:40]}, no Whisper model")
    _revision, n_tensors = _numbers(file, "<II")
    if not 0 < n_tensors <= _MOST_TENSORS:
        raise NoWeightsError(f"says that it holds {n_tensors} tensors")
    shapes = dict(_tensor(file, size) for _ in range(n_tensors))
    return Weights(shapes)


def _tensor(file: BinaryIO, size: int) -> tuple[str, tuple[int, ...]]:
    """Return name and shape of the next tensor, and skip its content."""
    name = _text(file)
    (n_axes,) = _numbers(file, "<B")
    if n_axes > _MOST_AXES:
        raise NoWeightsError(f"is damaged at {name[:60]!r}")
    shape = _numbers(file, f"<{n_axes}I")
    _type, n_bytes = _numbers(file, "<BI")
    if file.tell() + n_bytes > size:
        raise NoWeightsError(f"ends too early, in {name[:60]!r}")
    file.seek(n_bytes, os.SEEK_CUR)
    return name, shape


def _text(file: BinaryIO) -> str:
    (length,) = _numbers(file, "<H")
    content = file.read(length)
    if len(content) < length:
        raise NoWeightsError("ends too early")
    return content.rstrip(b"\0").decode()


def _numbers(file: BinaryIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))
