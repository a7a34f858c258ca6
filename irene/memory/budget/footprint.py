"""An amount of memory of both kinds, and how much of it is in use."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from irene.memory.usage import return_free_memory


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes of RAM and of a graphics card's memory."""

    ram: int = 0
    """bytes of main memory"""
    vram: int | None = 0
    """bytes of graphics memory; None where nobody can measure it"""

    @classmethod
    def of_mb(cls, ram_mb: float | None, vram_mb: float | None) -> Footprint:
        """Return an amount that is given in 10^6 bytes; None is nothing."""
        return cls(int((ram_mb or 0) * 1e6), int((vram_mb or 0) * 1e6))

    def __sub__(self, other: Footprint) -> Footprint:
        """Return the growth since another measurement, at least 0."""
        vram = None
        if self.vram is not None and other.vram is not None:
            vram = max(0, self.vram - other.vram)
        return Footprint(max(0, self.ram - other.ram), vram)

    def at_least(self, other: Footprint) -> Footprint:
        """Return the larger amount of each kind; what is not known is nothing."""
        return Footprint(max(self.ram, other.ram), max(self.vram or 0, other.vram or 0))


NOTHING = Footprint()
Measure = Callable[[], Footprint]


def memory_in_use() -> Footprint:
    """Return what this process and its children hold now.

    RAM is resident memory, after the C library has handed back what nobody uses. VRAM is what is
    taken of the first card by everybody, so that only its growth means anything; None without a
    card, or without `pynvml` or a loaded `torch` to ask.
    """
    return_free_memory()
    return Footprint(_resident(), _taken_of_card())


def _resident() -> int:
    import psutil

    own = psutil.Process()
    n_bytes = int(own.memory_info().rss)
    for child in own.children(recursive=True):
        with suppress(psutil.Error):  # it has ended meanwhile
            n_bytes += int(child.memory_info().rss)
    return n_bytes


def _taken_of_card() -> int | None:
    torch = sys.modules.get("torch")  # loading it only to ask would take longer than any answer
    cuda: Any = getattr(torch, "cuda", None)
    if cuda is not None and cuda.is_available():
        free, total = cuda.mem_get_info()
        return int(total - free)
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return None
    try:
        nvml.nvmlInit()
        return int(nvml.nvmlDeviceGetMemoryInfo(nvml.nvmlDeviceGetHandleByIndex(0)).used)
    except nvml.NVMLError:  # no card, or no driver
        return None
