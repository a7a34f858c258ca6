"""The memory of a process: what it takes now, and the most that it has ever taken."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil

_STATUS = Path("/proc/self/status")


def resident_mb() -> float:
    """Return the resident memory of this process now, 10^6 bytes."""
    return float(psutil.Process().memory_info().rss) / 1e6


def peak_mb() -> float:
    """Return the most resident memory so far, 10^6 bytes.

    Linux keeps it for the program that runs now; `getrusage`, which the others have, would there
    include the process that this one was forked from.
    """
    if _STATUS.exists():
        return _told_mb(_STATUS)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / 1e6


def peak_mb_of(pid: int) -> float:
    """Return the most resident memory of another process so far, 10^6 bytes; 0.0 when it is gone.

    Where the system does not tell that of others, it is what the process takes now.
    """
    try:
        return _told_mb(Path(f"/proc/{pid}/status"))
    except OSError:
        try:
            return float(psutil.Process(pid).memory_info().rss) / 1e6
        except psutil.Error:
            return 0.0


def _told_mb(status: Path) -> float:
    """Return what Linux tells; nothing of a process that has ended and is not waited for yet."""
    lines = status.read_text().splitlines()
    peak = next((line for line in lines if line.startswith("VmHWM:")), "VmHWM: 0")
    return int(peak.split()[1]) * 1024 / 1e6
