"""The machine and the interpreter that figures were measured on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

from irene.cache.keys import digest

_CPU_INFO = Path("/proc/cpuinfo")
_BUSY_SHARE = 0.5
"""load per core above which other programs disturb what is measured"""


@dataclass(frozen=True)
class Machine:
    """A fingerprint: figures with different ones are not to be compared."""

    cpu: str
    """model name"""
    cores: int
    """logical cores"""
    memory_gb: float
    """10^9 bytes"""
    system: str
    """operating system and its release"""
    python: str
    """implementation and version"""
    load: float
    """mean number of running processes in the minute before"""

    @classmethod
    def here(cls) -> Machine:
        """Return the fingerprint of this machine, now."""
        return cls(
            cpu=_cpu_name(),
            cores=os.cpu_count() or 1,
            memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
            system=f"{platform.system()} {platform.release()} {platform.machine()}",
            python=f"{platform.python_implementation()} {platform.python_version()}",
            load=round(psutil.getloadavg()[0], 2),
        )

    @property
    def is_busy(self) -> bool:
        """Whether other programs took a good part of the machine before the measurement."""
        return self.load > _BUSY_SHARE * self.cores

    @property
    def fingerprint(self) -> str:
        """A name of all but the load: the same for the same machine, system and interpreter."""
        return digest(self.cpu, self.cores, self.memory_gb, self.system, self.python)[:16]

    def __str__(self) -> str:
        return (
            f"{self.cpu}, {self.cores} cores, {self.memory_gb:g} GB, {self.system}, {self.python}, "
            f"load {self.load:g} before the run"
        )


def _cpu_name() -> str:
    lines = _CPU_INFO.read_text(errors="replace").splitlines() if _CPU_INFO.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
