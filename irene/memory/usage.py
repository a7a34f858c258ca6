"""How much memory is used, of how much: by this process, or by everybody on the machine."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


@dataclass(frozen=True, slots=True)
class Usage:
    """Memory in use, and its limit."""

    used: int
    """bytes"""
    limit: int
    """bytes, more than 0"""

    @property
    def share(self) -> float:
        """What is used of the limit; 1 is all."""
        return self.used / self.limit


ReadUsage = Callable[[], Usage]


def usage_of(limit_mb: float | None) -> ReadUsage | None:
    """Return what reads the usage that a configured limit (10^6 bytes) is about; None for 0.

    With a limit that is this process's resident memory. Without one (None) it is what the machine
    uses, or the control group with a limit of its own that is closer to it, such as a container.
    """
    if limit_mb is None:
        return machine_usage
    return partial(process_usage, int(limit_mb * 1e6)) if limit_mb > 0 else None


def process_usage(limit: int) -> Usage:
    """Return the resident memory of this process, with a limit in bytes."""
    import psutil

    return Usage(psutil.Process().memory_info().rss, limit)


def machine_usage(cgroups: Path = _CGROUPS, own: Path = _OWN_CGROUP) -> Usage:
    """Return what is used where this process lives: of whichever limit is closest.

    Args:
        cgroups: where the tree of control groups is mounted (cgroup v2).
        own: the file that says which one this process is in.
    """
    import psutil

    memory = psutil.virtual_memory()
    usages = [Usage(memory.total - memory.available, memory.total)]
    with suppress(OSError, ValueError, IndexError):
        group = own.read_text().split("0::/")[1].splitlines()[0]
        folder = cgroups / group
        for level in (folder, *folder.parents):
            usages += _group_usage(level)
            if level == cgroups:
                break
    return max(usages, key=lambda usage: usage.share)


def _group_usage(folder: Path) -> list[Usage]:
    """Return the usage of a control group that has a limit; file pages that can go do not count."""
    try:
        limit = int((folder / "memory.max").read_text())
        used = int((folder / "memory.current").read_text())
        lines = (folder / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):  # no such file, or the limit is "max"
        return []
    reclaimable = sum(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
    return [Usage(used - reclaimable, limit)] if limit > 0 else []


def return_free_memory() -> None:
    """Let the C library hand back to the system what it holds and nobody uses (glibc only)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
