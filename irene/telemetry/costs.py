"""Processing time of stages that run once per chunk, summed until somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from irene.domain.clock import Clock
from irene.telemetry.trace import Span, Trace


class StageCosts:
    """Sums processing time by stage name; used by one thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of a `with` block to a stage."""
        began = self._clock.monotonic()
        try:
            yield
        finally:
            spent = self._clock.monotonic() - began
            self._seconds[stage] = self._seconds.get(stage, 0.0) + spent

    def clear(self) -> None:
        """Forget everything, as when nothing is going on."""
        self._seconds.clear()

    def move_to(self, trace: Trace, parent: Span) -> None:
        """Add every stage to a span of a trace and start again at zero."""
        for stage, seconds in self._seconds.items():
            trace.add(stage, seconds, parent)
        self._seconds.clear()
