"""The processes that this one has started, which a sampler cannot look into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from irene.components.isolation import warden
from irene.performance.profiling.profile import Worker
from irene.telemetry.process import workers_cpu_s

if TYPE_CHECKING:
    import psutil


class ChildProcesses:
    """Tells what processor time they took from `begin` to `end`."""

    def __init__(self) -> None:
        self._before: dict[int, float] = {}

    def begin(self) -> None:
        """Read what they took so far."""
        self._before = {pid: cpu_s for pid, (_, cpu_s) in workers_cpu_s(_name).items()}

    def end(self) -> tuple[Worker, ...]:
        """Return those that run now, the busiest first."""
        found = [
            Worker(pid, name, cpu_s - self._before.get(pid, 0.0))
            for pid, (name, cpu_s) in workers_cpu_s(_name).items()
        ]
        return tuple(sorted(found, key=lambda one: -one.cpu_s))


def _name(child: psutil.Process) -> str:
    return provider_of(child.cmdline()) or child.name()


def provider_of(command: Sequence[str]) -> str:
    """Return which provider the process of a command line serves; empty for any other process."""
    if warden.__file__ not in command:
        return ""
    return next(iter(command[command.index(warden.__file__) + 1 :]), "")
