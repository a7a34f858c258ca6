"""What irene does, beside what else could be used: the values of one run, and whether they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from irene.performance.benchmark.conditions import Conditions
from irene.performance.benchmark.goal import Goal, Judgement, judge
from irene.performance.benchmark.rounds import Series

_FEWEST_ROUNDS = 10
"""below that, the interval of a median is little more than a guess"""
_MOST_SCATTER = 0.05
_MOST_DRIFT = 0.05
_LEAST_CPU_SHARE = 0.9
_MOST_STEPS = 0.01
"""share of a sample that one step of the clock may be"""


@dataclass(frozen=True)
class Comparison:
    """Probes that were measured in turns."""

    key: str
    """short name, for files and commands"""
    title: str
    ours: str
    """name of the probe that the others are compared with"""
    unit: str
    """what one operation is, in words: `20 ms of audio`"""
    found: Mapping[str, Series]
    """by name; holds `ours`"""
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """whatever a reader should know: versions, what could not be measured"""

    def doubts(self, conditions: Conditions) -> tuple[str, ...]:
        """Return reasons not to trust these values."""
        return (*conditions.doubts(), *self._own_doubts(conditions.clock_s))

    def judgements(self, conditions: Conditions) -> tuple[Judgement, ...]:
        """Return what became of every goal."""
        trusted = not self.doubts(conditions)
        return tuple(judge(goal, self.found, trusted) for goal in self.goals)

    def _own_doubts(self, clock_s: float) -> Iterator[str]:
        rounds = min(len(series.samples) for series in self.found.values())
        if rounds < _FEWEST_ROUNDS:
            yield f"only {rounds} rounds"
        for series in self.found.values():
            yield from (f"{series.name}: {doubt}" for doubt in doubts_of(series, clock_s))


def doubts_of(series: Series, clock_s: float) -> Iterator[str]:
    """Yield reasons not to trust the values of one probe."""
    seconds = series.seconds
    if seconds.relative > _MOST_SCATTER:
        yield f"scatters by {100 * seconds.relative:.0f} %"
    if abs(seconds.drift) > _MOST_DRIFT:
        yield f"second half {100 * seconds.drift:+.0f} % against the first"
    if series.cpu_share < _LEAST_CPU_SHARE:
        yield f"had a processor for {100 * series.cpu_share:.0f} % of its time"
    shortest_s = min(sample.wall_s for sample in series.samples)
    if clock_s > _MOST_STEPS * shortest_s:
        yield f"one step of the clock is {1e6 * clock_s:.3g} µs, a sample {1e6 * shortest_s:.3g} µs"
