"""What irene does, beside what else could be used: the values of one run, and whether they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from irene.performance.benchmark.conditions import Conditions
from irene.performance.benchmark.goal import Goal, Judgement, judge
from irene.performance.benchmark.probe import Again, Clock, Subject
from irene.performance.benchmark.rounds import Pace, Series, in_turns, ratios

FEWEST_ROUNDS = 10
"""below that, the interval of a median is little more than a guess"""
_MOST_DIFFERENCE = 0.03


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
    found: Mapping[str, Series] = field(default_factory=dict)
    """by name; holds `ours`, once it has been measured"""
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()
    """whatever a reader should know: versions, what could not be measured"""
    again: Series | None = None
    """`ours`, measured a second time in every round"""

    def measured(self, subjects: Sequence[Subject], pace: Pace) -> Comparison:
        """Return the comparison with what was found, of `ours` twice."""
        ours = next(subject for subject in subjects if subject.name == self.ours)
        control = Again(ours)
        found = in_turns([*subjects, control], pace)
        again = found.pop(control.name)
        return replace(self, found=found, again=again)

    def doubts(self, conditions: Conditions) -> tuple[str, ...]:
        """Return reasons not to trust these values."""
        return (*conditions.doubts(), *self.weaknesses(conditions.clock_s))

    def judgements(self, conditions: Conditions) -> tuple[Judgement, ...]:
        """Return what became of every goal."""
        trusted = not self.doubts(conditions)
        return tuple(judge(goal, self.found, trusted) for goal in self.goals)

    @property
    def clock(self) -> Clock:
        """What was taken for time."""
        return self.found[self.ours].clock

    def weaknesses(self, clock_s: float) -> Iterator[str]:
        """Yield what speaks against the values themselves, on whatever machine.

        Args:
            clock_s: smallest step of the clock, seconds.
        """
        rounds = min(len(series.samples) for series in self.found.values())
        if rounds < FEWEST_ROUNDS:
            yield f"only {rounds} rounds"
        for weakness in WEAKNESSES:
            yield from self._worst(weakness, clock_s)
        if (difference := self.difference()) is not None and difference > _MOST_DIFFERENCE:
            yield f"the same work, measured twice, differs by {100 * difference:.0f} %"

    def difference(self) -> float | None:
        """Return by what share `ours` differs from itself; None when it was measured once."""
        if self.again is None:
            return None
        return abs(ratios(self.again, self.found[self.ours]).median - 1.0)

    def _worst(self, weakness: Weakness, clock_s: float) -> Iterator[str]:
        """Yield how many probes have a weakness, and which of them most."""
        degrees = {name: weakness.degree(one, clock_s) for name, one in self.found.items()}
        weak = {name: value for name, value in degrees.items() if value > weakness.most}
        if weak:
            worst = max(weak, key=lambda name: weak[name])
            share = f"{100 * weak[worst]:.0f} %"
            yield f"{weakness.what.format(share)} ({worst}; {len(weak)} of {len(degrees)})"


@dataclass(frozen=True)
class Weakness:
    """Something that speaks against the values of a probe."""

    what: str
    """in words, with a place for the degree"""
    most: float
    """degree that is still accepted"""
    degree: Callable[[Series, float], float]
    """from a series and the smallest step of the clock in seconds"""
    waits_matter: bool = False
    """whether it is none where the work itself waits"""


def _lost(series: Series, clock_s: float) -> float:
    return 1.0 - series.cpu_share if series.clock == "wall" else 0.0


def _coarseness(series: Series, clock_s: float) -> float:
    shortest_s = min(sample.wall_s for sample in series.samples)
    return clock_s / shortest_s if shortest_s else 1.0


WEAKNESSES = (
    Weakness("times scatter by {}", 0.05, lambda series, _: series.seconds.relative),
    Weakness(
        "the second half differs from the first by {}",
        0.05,
        lambda series, _: abs(series.seconds.drift),
    ),
    Weakness("no processor for {} of its time", 0.1, _lost, waits_matter=True),
    Weakness("one step of the clock is {} of a sample", 0.01, _coarseness),
)
