"""Whether a checkpoint is plain data: its pickles are read as a list of steps, never executed.

A pickle is a program. The steps and names that are allowed here are those that PyTorch's
`weights_only` loader knows for dictionaries of tensors; `pickletools` reads them (both of them
documented in the references of Python and PyTorch). A file that passes can still be wrong, but
loading it calls nothing but the makers of tensors.
"""

from __future__ import annotations

import pickletools
import zipfile
from pathlib import Path
from typing import IO

from irene.errors import ModelRefusedError

SUFFIXES = frozenset({".pt", ".pth", ".ckpt", ".pkl", ".pickle"})
"""endings of files that are looked into"""

_MOST_STEPS_BYTES = 64 << 20
"""of the program in a checkpoint; the tensors lie beside it"""
_LEGACY_PICKLES = 5
"""in a checkpoint of before PyTorch 1.6, before its tensors"""

_STEPS_ALLOWED = """
    APPEND APPENDS BINFLOAT BINGET BININT BININT1 BININT2 BINPERSID BINPUT BINUNICODE BUILD
    EMPTY_DICT EMPTY_LIST EMPTY_SET EMPTY_TUPLE GLOBAL LONG1 LONG_BINGET LONG_BINPUT MARK NEWFALSE
    NEWOBJ NEWTRUE NONE PROTO REDUCE SETITEM SETITEMS SHORT_BINSTRING STOP TUPLE TUPLE1 TUPLE2
    TUPLE3
    """

_NAMES_ALLOWED = """
    collections.OrderedDict collections.Counter torch.Size torch.Tensor torch.device
    torch.nn.parameter.Parameter torch._utils._rebuild_parameter torch._utils._rebuild_tensor
    torch._utils._rebuild_tensor_v2 torch.serialization._get_layout torch.storage.TypedStorage
    torch.storage.UntypedStorage torch.storage._UntypedStorage
    """

_TORCH_TYPES_ALLOWED = """
    BFloat16Storage BoolStorage ByteStorage CharStorage DoubleStorage FloatStorage HalfStorage
    IntStorage LongStorage ShortStorage bfloat16 bool float16 float32 float64 int16 int32 int64
    int8 uint8
    """

_STEPS = frozenset(_STEPS_ALLOWED.split())
_NAMES = frozenset(_NAMES_ALLOWED.split())
_TORCH_TYPES = frozenset(_TORCH_TYPES_ALLOWED.split())


def check_checkpoint(path: Path) -> None:
    """Refuse a checkpoint that would do more than make tensors and plain containers.

    Raises:
        ModelRefusedError: it would, or it is no checkpoint; the message says which step.
        OSError: it cannot be read.
    """
    if zipfile.is_zipfile(path):
        _check_archive(path)
        return
    with path.open("rb") as file:
        if file.read(1) != b"\x80":
            raise ModelRefusedError(f"{path.name} is no checkpoint of PyTorch")
        file.seek(0)
        for _ in range(_LEGACY_PICKLES):
            check_steps(path.name, file)


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            pickles = [info for info in archive.infolist() if info.filename.endswith(".pkl")]
            if not pickles:
                raise ModelRefusedError(f"{path.name} is no checkpoint of PyTorch")
            for info in pickles:
                if info.file_size > _MOST_STEPS_BYTES:
                    raise ModelRefusedError(f"{path.name} is not safe: {info.filename} is huge")
                with archive.open(info) as file:
                    check_steps(path.name, file)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise ModelRefusedError(f"{path.name} is damaged: {error}") from error


def check_steps(name: str, file: IO[bytes]) -> None:
    """Look at one pickle up to its end.

    Args:
        name: what an error calls it.
        file: it stands behind the pickle afterwards.

    Raises:
        ModelRefusedError: it has a step that is not on the list, or it is damaged.
    """
    try:
        for step, argument, _ in pickletools.genops(file):
            if step.name not in _STEPS:
                raise _unsafe(name, f"it has the step {step.name}")
            if step.name == "GLOBAL" and not _is_harmless(str(argument)):
                raise _unsafe(name, f"it would call {str(argument).replace(' ', '.')}")
    except (ValueError, UnicodeDecodeError) as error:
        raise ModelRefusedError(f"{name} is damaged: {error}") from error


def _is_harmless(argument: str) -> bool:
    """Say whether a name, `MODULE NAME`, only makes tensors and plain containers."""
    module, _, name = argument.partition(" ")
    return f"{module}.{name}" in _NAMES or (module == "torch" and name in _TORCH_TYPES)


def _unsafe(name: str, reason: str) -> ModelRefusedError:
    return ModelRefusedError(
        f"{name} is not safe to load: {reason}; use a checkpoint of plain tensors"
    )
