"""Processing time of stages that run once per chunk, summed until somebody asks."""

from __future__ import annotations

from types import TracebackType

from irene.domain.clock import Clock
from irene.telemetry.trace import Span, Trace


class Stopwatch:
    """The time of one stage: a `with` block adds to it; not to be nested in itself.

    What runs for every chunk notes `began_s = stopwatch.now()` instead, and calls
    `took(began_s)`: half the price of a `with`.
    """

    __slots__ = ("_began", "calls", "now", "seconds")

    def __init__(self, clock: Clock) -> None:
        self.now = clock.monotonic
        """the time of the clock, seconds"""
        self._began = 0.0
        self.seconds = 0.0
        """clock seconds since it was last cleared"""
        self.calls = 0
        """blocks since it was last cleared"""

    def __enter__(self) -> None:
        self._began = self.now()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.took(self._began)

    def add(self, seconds: float) -> None:
        """Add one call that has taken so long."""
        self.seconds += seconds
        self.calls += 1

    def took(self, began_s: float) -> None:
        """Add what has passed since then."""
        self.seconds += self.now() - began_s
        self.calls += 1


class StageCosts:
    """Sums processing time and calls by stage name; used by one thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stages: dict[str, Stopwatch] = {}
        self.since_s = clock.monotonic()
        """clock time from which on the sums count"""

    def now_s(self) -> float:
        """Return the time of the clock."""
        return self._clock.monotonic()

    def measure(self, stage: str) -> Stopwatch:
        """Return what adds the time of a `with` block to a stage; always the same for a name."""
        stopwatch = self._stages.get(stage)
        if stopwatch is None:
            stopwatch = self._stages[stage] = Stopwatch(self._clock)
        return stopwatch

    def clear(self) -> None:
        """Start again at zero, as when nothing is going on."""
        for stopwatch in self._stages.values():
            stopwatch.seconds = 0.0
            stopwatch.calls = 0
        self.since_s = self._clock.monotonic()

    def move_to(self, trace: Trace, parent: Span) -> None:
        """Add every stage to a span of a trace and start again at zero."""
        for stage, stopwatch in self._stages.items():
            if stopwatch.calls:
                trace.add(stage, stopwatch.seconds, parent, stopwatch.calls)
        self.clear()
