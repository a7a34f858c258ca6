"""Processing time of stages that run once per chunk, summed until somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from irene.domain.clock import Clock
from irene.telemetry.trace import Span, Trace


class StageCosts:
    """Sums processing time and calls by stage name; used by one thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stages: dict[str, tuple[float, int]] = {}
        self.since_s = clock.monotonic()
        """clock time from which on the sums count"""

    def now_s(self) -> float:
        """Return the time of the clock."""
        return self._clock.monotonic()

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of a `with` block to a stage."""
        began = self._clock.monotonic()
        try:
            yield
        finally:
            seconds, calls = self._stages.get(stage, (0.0, 0))
            self._stages[stage] = (seconds + self._clock.monotonic() - began, calls + 1)

    def clear(self) -> None:
        """Start again at zero, as when nothing is going on."""
        self._stages.clear()
        self.since_s = self._clock.monotonic()

    def move_to(self, trace: Trace, parent: Span) -> None:
        """Add every stage to a span of a trace and start again at zero."""
        for stage, (seconds, calls) in self._stages.items():
            trace.add(stage, seconds, parent, calls)
        self.clear()
