"""The processes that this one has started, which a sampler cannot look into."""

from __future__ import annotations

from collections.abc import Sequence

from irene.components.isolation import warden
from irene.performance.profiling.profile import Worker


class ChildProcesses:
    """Tells what processor time they took from `begin` to `end`."""

    def __init__(self) -> None:
        self._before: dict[int, float] = {}

    def begin(self) -> None:
        """Read what they took so far."""
        self._before = {pid: cpu_s for pid, (_, cpu_s) in _children().items()}

    def end(self) -> tuple[Worker, ...]:
        """Return those that run now, the busiest first."""
        found = [
            Worker(pid, name, cpu_s - self._before.get(pid, 0.0))
            for pid, (name, cpu_s) in _children().items()
        ]
        return tuple(sorted(found, key=lambda one: -one.cpu_s))


def _children() -> dict[int, tuple[str, float]]:
    """Return name and processor time, seconds, by the number of the process."""
    import psutil  # takes longer to import than all else here

    found = {}
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
            name = provider_of(child.cmdline()) or child.name()
            found[child.pid] = (name, float(times.user + times.system))
        except psutil.Error:
            continue
    return found


def provider_of(command: Sequence[str]) -> str:
    """Return which provider the process of a command line serves; empty for any other process."""
    if warden.__file__ not in command:
        return ""
    return next(iter(command[command.index(warden.__file__) + 1 :]), "")
