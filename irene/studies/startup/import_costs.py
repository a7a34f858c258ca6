"""Which packages an import spends its time on."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| \s*(\S+)$")


@dataclass(frozen=True)
class ImportCost:
    """What the modules of one top-level package cost together."""

    package: str
    n_modules: int
    own_ms: float
    """time inside the modules themselves, without what they import, milliseconds"""


def import_costs(code: str) -> list[ImportCost]:
    """Return what a line of Python imports in a new interpreter; dearest first.

    `-X importtime` slows every import a little. A line that starts threads will not do: modules
    that several threads import at once are charged with the time that they wait for each other.

    Raises:
        CalledProcessError: the line failed.
    """
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], check=True, capture_output=True, text=True
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
