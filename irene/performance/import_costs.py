"""Which imports the start of a program spends its time on."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| \s*(\S+)$")


@dataclass(frozen=True)
class ImportCost:
    """What the modules of one top-level package cost together."""

    package: str
    n_modules: int
    own_ms: float
    """time inside the modules themselves, without what they import, milliseconds"""


def import_costs(module: str, arguments: Sequence[str], folder: Path) -> list[ImportCost]:
    """Return what `python -m module arguments`, run in a folder, imports; dearest first.

    `-X importtime` slows every import a little, and modules that several threads import at once
    are charged with the time that they wait for each other.

    Raises:
        CalledProcessError: the program failed.
    """
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", module, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return sum_up(done.stderr.splitlines())


def sum_up(lines: Iterable[str]) -> list[ImportCost]:
    """Return the costs per top-level package from the lines of `-X importtime`."""
    times: Counter[str] = Counter()
    modules: Counter[str] = Counter()
    for line in lines:
        if found := _LINE.match(line):
            package = found[2].split(".")[0]
            times[package] += int(found[1])
            modules[package] += 1
    return [ImportCost(name, modules[name], us / 1000) for name, us in times.most_common()]
