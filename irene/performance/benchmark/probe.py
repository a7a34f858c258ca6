"""One thing whose time is measured, and how often it must be done for a clock to see it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import repeat
from typing import Literal, Protocol

from irene.performance.benchmark.timer import SystemTimer, Timer

Clock = Literal["wall", "cpu"]
"""`wall`: the time that passes, for a machine that is left alone. `cpu`: the time that processors
work for the process, which other programs lengthen little; only for work that never waits"""
_MOST_LOOPS = 10**9
_STEP_UP = 10
"""most by which the number of loops grows from one trial to the next: the first may mislead"""


@dataclass(frozen=True)
class Sample:
    """How long a number of loops took."""

    wall_s: float
    """time that passed, seconds"""
    cpu_s: float
    """time that processors worked for the process of the probe, seconds"""

    def seconds(self, clock: Clock) -> float:
        """Return the time by one of the two clocks."""
        return self.wall_s if clock == "wall" else self.cpu_s


class Subject(Protocol):
    """Whatever can be measured: a probe in this process, or one in another."""

    @property
    def name(self) -> str:
        """What it is called in tables; unique within a comparison."""
        ...

    @property
    def n_operations(self) -> float:
        """Operations, seconds of audio, or whatever is counted, in one loop."""
        ...

    def sample(self, n_loops: int) -> Sample:
        """Do the work that many times and return how long it took."""
        ...


@dataclass(frozen=True)
class Probe:
    """Work in this process.

    A sample contains the work, one turn of a loop and one call: some hundredths of a microsecond,
    which are not subtracted. Where the work itself is as short, put many into one loop.
    """

    name: str
    run: Callable[[int], object]
    """does the work of so many loops"""
    n_operations: float = 1.0
    """how much of what is counted one loop holds"""
    before: Callable[[], object] | None = None
    """prepares a sample; is not timed"""
    timer: Timer = field(default_factory=SystemTimer, repr=False)

    @classmethod
    def of(cls, name: str, operation: Callable[[], object], n_operations: float = 1.0) -> Probe:
        """Return a probe that calls something once per loop."""
        return cls(name, looped(operation), n_operations)

    def sample(self, n_loops: int) -> Sample:
        """Do the work that many times and return how long it took."""
        if self.before is not None:
            self.before()
        timer = self.timer
        cpu_s, wall_s = timer.cpu_s(), timer.wall_s()
        self.run(n_loops)
        passed_s = timer.wall_s() - wall_s
        return Sample(passed_s, timer.cpu_s() - cpu_s)


@dataclass(frozen=True)
class Again:
    """A subject once more, as if it were another: how much that differs is what cannot be told."""

    subject: Subject

    @property
    def name(self) -> str:
        """What tells it from the first."""
        return f"{self.subject.name}, again"

    @property
    def n_operations(self) -> float:
        """As many as the subject's."""
        return self.subject.n_operations

    def sample(self, n_loops: int) -> Sample:
        """Do the subject's work."""
        return self.subject.sample(n_loops)


def looped(operation: Callable[[], object]) -> Callable[[int], None]:
    """Return a function that calls `operation` as often as it is told."""

    def run(n_loops: int) -> None:
        for _ in repeat(None, n_loops):
            operation()

    return run


def calibrated(subject: Subject, at_least_s: float, clock: Clock = "wall") -> int:
    """Return how many loops take at least about so long, so that the clock's steps do not matter.

    The shorter of two samples counts: a number that was found in a disturbed moment would be too
    small ever after.
    """
    n_loops = 1
    while n_loops < _MOST_LOOPS:
        took_s = min(subject.sample(n_loops).seconds(clock) for _ in range(2))
        if took_s >= at_least_s:
            break
        wanted = n_loops * at_least_s / took_s if took_s > 0 else math.inf
        n_loops = max(n_loops + 1, math.ceil(min(wanted * 1.1, n_loops * _STEP_UP)))
    return n_loops
