"""Measuring several things in turns, so that a slow minute of the machine hits all of them."""

from __future__ import annotations

import gc
import random
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from irene.performance.benchmark.probe import Clock, Sample, Subject, calibrated
from irene.performance.measuring.spread import Spread


@dataclass(frozen=True)
class Pace:
    """How long and how often everything is measured."""

    rounds: int = 25
    """samples of each subject"""
    at_least_s: float = 0.01
    """time that one sample takes at least, about; seconds"""
    seed: int = 0
    """of the order within each round"""
    clock: Clock = "wall"
    """what is taken for the time of a sample"""


@dataclass(frozen=True)
class Series:
    """What was measured of one subject, round by round."""

    name: str
    n_loops: int
    """loops per sample"""
    n_operations: float
    """operations per loop"""
    samples: tuple[Sample, ...]
    """one per round; at least one"""
    clock: Clock = "wall"
    """which of the two times of a sample counts"""

    @property
    def seconds(self) -> Spread:
        """Seconds per operation, one value per round."""
        n = self.n_loops * self.n_operations
        return Spread(tuple(sample.seconds(self.clock) / n for sample in self.samples))

    @property
    def cpu_share(self) -> float:
        """CPU time per wall time: below 1, something else ran, or the work itself waited."""
        shares = [sample.cpu_s / sample.wall_s for sample in self.samples if sample.wall_s > 0]
        return statistics.median(shares) if shares else 1.0


def in_turns(
    subjects: Iterable[Subject],
    pace: Pace | None = None,
    clean_up: Callable[[], object] = gc.collect,
) -> dict[str, Series]:
    """Measure everything once per round, in an order that changes, and return it by name.

    The first round is thrown away: it fills caches. The garbage collector stays as it is, on
    unless somebody has switched it off, as in programs that people run; it is run between rounds,
    so that nobody pays for what another has left.

    Raises:
        ValueError: there is no round, or two subjects have one name.
    """
    pace = pace or Pace()
    by_name = _by_name(subjects)
    if pace.rounds < 1:
        raise ValueError(f"{pace.rounds} rounds: at least 1")
    n_loops = {name: calibrated(one, pace.at_least_s, pace.clock) for name, one in by_name.items()}
    taken: dict[str, list[Sample]] = {name: [] for name in by_name}
    order, shuffled = list(by_name), random.Random(pace.seed)
    for index in range(pace.rounds + 1):
        shuffled.shuffle(order)
        clean_up()
        for name in order:
            sample = by_name[name].sample(n_loops[name])
            if index > 0:
                taken[name].append(sample)
    return {
        name: Series(name, n_loops[name], by_name[name].n_operations, tuple(samples), pace.clock)
        for name, samples in taken.items()
    }


def ratios(ours: Series, theirs: Series) -> Spread:
    """Return our time per operation over theirs, one value per round.

    The two times of a round lie close together: what slows both of them does not change it.
    """
    pairs = zip(ours.seconds.values, theirs.seconds.values, strict=True)
    return Spread(tuple(our_s / their_s for our_s, their_s in pairs))


def _by_name(subjects: Iterable[Subject]) -> Mapping[str, Subject]:
    by_name: dict[str, Subject] = {}
    for subject in subjects:
        if subject.name in by_name:
            raise ValueError(f"two probes are called {subject.name!r}")
        by_name[subject.name] = subject
    return by_name
