"""The processes that this one has started, which a sampler cannot look into."""

from __future__ import annotations

from irene.performance.profiling.profile import Worker
from irene.telemetry.process import workers_cpu_s


class ChildProcesses:
    """Tells what processor time they took from `begin` to `end`."""

    def __init__(self) -> None:
        self._before: dict[int, float] = {}

    def begin(self) -> None:
        """Read what they took so far."""
        self._before = {pid: cpu_s for pid, (_, cpu_s) in workers_cpu_s().items()}

    def end(self) -> tuple[Worker, ...]:
        """Return those that run now, the busiest first."""
        found = [
            Worker(pid, name, cpu_s - self._before.get(pid, 0.0))
            for pid, (name, cpu_s) in workers_cpu_s().items()
        ]
        return tuple(sorted(found, key=lambda one: -one.cpu_s))
