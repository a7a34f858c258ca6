"""What becomes of many streams that are divided among processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from irene.performance.measuring.fresh_process import run_isolated
from irene.studies.many_streams.trial import Load, Outcome, try_streams

GOALS = {"microwakeword": 2000, "openwakeword": 500}
"""streams that a machine of two cores has to hear in real time"""
WORDS = ("alexa",)
"""as many as an assistant listens for by default; each further one costs about as much again"""
_MOST_DELAY_S = 0.2
_MOST_FEEDER_LATE_S = 0.05
_FULL = 0.9
"""share of its processors from which the hub itself leaves the feeder no time"""


@dataclass(frozen=True)
class Point:
    """One load, divided among processes."""

    parts: tuple[Outcome, ...]

    @property
    def n_streams(self) -> int:
        """Streams of all processes."""
        return sum(part.n_streams for part in self.parts)

    @property
    def is_in_time(self) -> bool:
        """Whether nothing was late, skipped or missed."""
        return all(
            part.p99_delay_s < _MOST_DELAY_S
            and part.n_heard == part.n_expected
            and part.skipped_s + part.lost_s == 0
            for part in self.parts
        )

    def row(self, provider: str) -> tuple[str, ...]:
        """Return the line of the table."""
        parts = self.parts
        hub = sum(part.hub_cpu_s / part.seconds for part in parts)
        feeder = sum(part.feeder_cpu_s / part.seconds for part in parts)
        expected = sum(part.n_expected for part in parts)
        missed = expected - sum(part.n_heard for part in parts)
        return (
            provider,
            str(self.n_streams),
            str(len(parts)),
            f"{100 * hub:.0f} %",
            f"{100 * feeder:.0f} %",
            *(
                f"{1000 * max(getattr(part, name) for part in parts):.0f}"
                for name in ("p50_delay_s", "p99_delay_s", "longest_delay_s")
            ),
            f"{missed} of {expected}",
            f"{sum(part.skipped_s + part.lost_s for part in parts):.1f}",
            str(sum(part.n_others for part in parts)),
            f"{max(part.kb_per_stream for part in parts):.0f}",
            "yes" if self.is_in_time else "no",
        )

    def doubts(self) -> tuple[str, ...]:
        """Return reasons not to trust it: something else than the load made it fail."""
        late_s = max(part.feeder_late_s for part in self.parts)
        is_full = all(part.hub_cpu_s > _FULL * part.seconds for part in self.parts)
        if self.is_in_time or is_full or late_s < _MOST_FEEDER_LATE_S:
            return ()
        return (f"at {self.n_streams} streams the feeder itself was up to {late_s:.2f} s late",)


def measure(load: Load, n_processes: int) -> Point:
    """Return what becomes of a load that is divided among processes.

    Raises:
        IreneError: provider or recordings cannot be used.
    """
    share, rest = divmod(load.n_streams, n_processes)
    loads = [
        replace(load, n_streams=share + (number < rest), seed=number)
        for number in range(n_processes)
    ]
    with ThreadPoolExecutor(n_processes) as pool:
        return Point(tuple(pool.map(lambda one: run_isolated(try_streams, one), loads)))
