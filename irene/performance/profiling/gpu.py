"""What NVIDIA's graphics processors do, as their own tool tells it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass

_TOOL = "nvidia-smi"
_QUERY = (
    "--query-gpu=name,utilization.gpu,memory.used,memory.total",
    "--format=csv,noheader,nounits",
)
_PATIENCE_S = 5.0
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Gpu:
    """One graphics processor at one moment."""

    name: str
    utilization: float
    """share of the last moment in which it worked, 0 to 1"""
    used_bytes: int
    """memory that is taken"""
    total_bytes: int
    """memory that it has"""


def read_gpus() -> list[Gpu]:
    """Return every one; none where there is none, or the tool is missing or fails. Blocks."""
    tool = shutil.which(_TOOL)
    if tool is None:
        return []
    try:
        done = subprocess.run(
            (tool, *_QUERY), capture_output=True, text=True, timeout=_PATIENCE_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [gpu for line in done.stdout.splitlines() if (gpu := _read(line)) is not None]


def _read(line: str) -> Gpu | None:
    """Return what a line tells; None where it says `[N/A]`, as some boards do."""
    try:
        name, *numbers = [part.strip() for part in line.split(",")]
        utilization, used, total = map(float, numbers)
    except ValueError:
        return None
    return Gpu(name, utilization / 100, round(used * _MIB), round(total * _MIB))
