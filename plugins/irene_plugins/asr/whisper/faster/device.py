"""Where a model computes, and with what kind of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from irene import ProviderUnavailableError

ComputeType = Literal[
    "auto",
    "int8",
    "int8_float32",
    "int8_float16",
    "int8_bfloat16",
    "int16",
    "float16",
    "bfloat16",
    "float32",
]
_PREFERRED = {
    "cpu": ("int8", "float32"),
    "cuda": ("float16", "int8_float16", "int8_float32", "float32"),
}
"""what auto takes: the first that the device has"""


@dataclass(frozen=True)
class Device:
    """A device that is there, and a type of numbers that it computes with."""

    name: str
    """cpu or cuda"""
    compute_type: str
    """as CTranslate2 calls it"""


def choose(device: str, compute_type: str) -> Device:
    """Return where to compute and with what.

    Args:
        device: auto, cpu or cuda; auto takes a GPU if there is one.
        compute_type: auto, or a type of CTranslate2.

    Raises:
        ProviderUnavailableError: there is no such device, or it has not got this type.
    """
    import ctranslate2

    has_gpu = ctranslate2.get_cuda_device_count() > 0
    if device == "cuda" and not has_gpu:
        raise ProviderUnavailableError(
            'asr.providers.faster-whisper.device = "cuda": CTranslate2 finds no CUDA device; '
            '"auto" or "cpu" would be right'
        )
    name = device if device != "auto" else ("cuda" if has_gpu else "cpu")
    return Device(name, _chosen(name, compute_type, ctranslate2.get_supported_compute_types(name)))


def _chosen(device: str, compute_type: str, supported: set[str]) -> str:
    if compute_type == "auto":
        return next((one for one in _PREFERRED[device] if one in supported), "float32")
    if compute_type not in supported:
        raise ProviderUnavailableError(
            f'asr.providers.faster-whisper.compute_type = "{compute_type}": the {device} here '
            f'has {", ".join(sorted(supported))}; "auto" would be right'
        )
    return compute_type
