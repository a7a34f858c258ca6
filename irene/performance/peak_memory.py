"""The most memory that this process has ever taken."""

from __future__ import annotations

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """Return the most resident memory so far, 10^6 bytes.

    Linux keeps it for the program that runs now; `getrusage`, which the others have, would there
    include the process that this one was forked from.
    """
    if _STATUS.exists():
        lines = _STATUS.read_text().splitlines()
        kibibytes = next(line for line in lines if line.startswith("VmHWM:")).split()[1]
        return int(kibibytes) * 1024 / 1e6
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / 1e6
