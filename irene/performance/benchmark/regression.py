"""Whether something has become slower than it was on this machine, as far as that can be told.

The size of a change is the ratio of medians over rounds; whether it is more than noise, its
bootstrap interval over runs and blocks of rounds tells (see `bootstrap.of_series_ratio`). It has to
be sure and large: the interval lies beyond a twentieth, the ratio beyond a tenth, since a change
that is sure need not matter (A. Georges, D. Buytaert, L. Eeckhout, "Statistically rigorous Java
performance evaluation", OOPSLA 2007), and moving a program in memory alone changes some by a few
percent (T. Mytkowicz and others, "Producing wrong data without doing anything obviously wrong!",
ASPLOS 2009). The more parts are compared, the surer each of them has to be (Bonferroni).

Every round has the time of a yardstick beside it. Only what is slower by the clock and also in
yardsticks is slower: a machine that is slower today slows both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from irene.performance.benchmark.benchmark_run import BenchmarkRun
from irene.performance.benchmark.bootstrap import (
    CONFIDENCE,
    TOLERANCE,
    Change,
    Interval,
    of_series_ratio,
)
from irene.performance.benchmark.measurement import Measurement
from irene.performance.benchmark.settings import differences
from irene.performance.measuring.spread import Spread

LEAST_CHANGE = 0.10
"""change of speed, as a share, that is worth a word"""
_MOST_KEYS = 3
_OTHER_MACHINE = 0.05
"""change of the machine's own speed that is told"""


class Judgement(Enum):
    """What can be said about a part."""

    SLOWER = Change.SLOWER.value
    FASTER = Change.FASTER.value
    SAME = Change.SAME.value
    UNJUDGED = "not judged"


@dataclass(frozen=True)
class Compared:
    """A part, before and after."""

    name: str
    """`COMPONENT PROVIDER`"""
    judgement: Judgement
    why: str = ""
    """what else is to be said: why it is not judged, or what the machine did"""
    before_s: float | None = None
    """median time of a call before, seconds; None where it was not measured"""
    after_s: float | None = None
    """and after"""
    ratio: float | None = None
    """after by before, by the clock"""
    interval: Interval | None = None
    """of the ratio"""
    relative: float | None = None
    """after by before, in yardsticks"""

    @property
    def component(self) -> str:
        """The component that it is a part of."""
        return self.name.partition(" ")[0]

    @property
    def is_slower(self) -> bool:
        """Whether it has surely become slower, and by more than does not matter."""
        return self.judgement is Judgement.SLOWER


def compare(
    before: Sequence[BenchmarkRun],
    after: BenchmarkRun,
    *,
    strictly: bool = True,
    least: float = LEAST_CHANGE,
) -> list[Compared]:
    """Return what has become of each part of a run, in its order.

    Args:
        before: runs of one configuration, the latest first; at least one.
        after: the run that is looked at.
        strictly: whether only runs that can be trusted, on one machine, with the same settings
            and recordings, are judged; otherwise what differs is told.
        least: change that is worth a word, as a share.
    """
    names = [one.key for one in after.measurements]
    n_compared = sum(before[0].of(*key) is not None for key in names) or 1
    comparing = _Comparing(tuple(before), after, strictly, least, n_compared)
    return [comparing.of(one) for one in after.measurements]


def confirmed(first: Sequence[Compared], again: Sequence[Compared]) -> list[Compared]:
    """Return the first comparison, where only that is slower which is so in both."""
    by_name = {one.name: one for one in again}
    return [_confirmed(one, by_name.get(one.name)) for one in first]


def _confirmed(one: Compared, again: Compared | None) -> Compared:
    if not one.is_slower or again is None or again.is_slower:
        return one
    if again.judgement is Judgement.UNJUDGED:
        why = f"it was slower, and measured again, {again.why}"
        return replace(one, judgement=Judgement.UNJUDGED, why=why)
    return replace(again, why="it was slower at first, and no more when it was measured again")


def shifts(before: Sequence[BenchmarkRun], after: BenchmarkRun, component: str) -> Iterator[str]:
    """Yield what is another thing than before, and would explain a change of a component."""
    last = before[0]
    if last.machine.fingerprint != after.machine.fingerprint:
        yield "another machine, system or Python"
    if component not in ("tts", "intents", "intent_recognition") and (
        last.recordings != after.recordings
    ):
        yield "other recordings"
    keys = differences(last.settings, after.settings, component)
    if keys:
        more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
        yield f"other settings: {', '.join(keys[:_MOST_KEYS])}{more}"


@dataclass(frozen=True)
class _Comparing:
    before: tuple[BenchmarkRun, ...]
    after: BenchmarkRun
    strictly: bool
    least: float
    n_compared: int

    def of(self, one: Measurement) -> Compared:
        """Return what has become of one part."""
        known = [each for run in self.before if (each := run.of(*one.key)) is not None]
        earlier = [each for each in known if each.clock == one.clock]
        if not earlier:
            why = "its time was taken by another clock" if known else "it was not measured before"
            return Compared(one.name, Judgement.UNJUDGED, why)
        found = set_side_by_side(earlier, one, least=self.least, n_compared=self.n_compared)
        reasons = list(shifts(self.before, self.after, one.component))
        if self.strictly:
            reasons += self._doubts(earlier, one)
        if reasons and self.strictly:
            return replace(found, judgement=Judgement.UNJUDGED, why="; ".join(reasons))
        return replace(found, why="; ".join(filter(None, (*reasons, found.why))))

    def _doubts(self, earlier: Sequence[Measurement], one: Measurement) -> Iterator[str]:
        doubts = (*self.after.doubts, *one.doubts)
        if doubts:
            yield f"it cannot be trusted: {doubts[0]}"
        elif self.before[0].doubts or not earlier[0].is_trusted:
            yield "what it is compared with cannot be trusted"


def set_side_by_side(
    earlier: Sequence[Measurement],
    one: Measurement,
    *,
    least: float = LEAST_CHANGE,
    n_compared: int = 1,
) -> Compared:
    """Return what the times of one part say, whether or not they can be trusted.

    Args:
        earlier: the same part in runs of before, the latest first; at least one.
        one: the part now.
        least: change that is worth a word, as a share.
        n_compared: parts that are compared at the same time.
    """
    confidence = 1.0 - (1.0 - CONFIDENCE) / n_compared
    by_clock = _Ratio.of([each.seconds for each in earlier], one.seconds, confidence)
    in_yardsticks = _Ratio.of([each.relative for each in earlier], one.relative, confidence)
    both = (by_clock, in_yardsticks)
    judgement = Judgement.SAME
    if all(each.is_slower(least) for each in both):
        judgement = Judgement.SLOWER
    elif all(each.is_faster(least) for each in both):
        judgement = Judgement.FASTER
    return Compared(
        name=one.name,
        judgement=judgement,
        why=_of_machine(by_clock.middle, in_yardsticks.middle),
        before_s=earlier[0].seconds.median,
        after_s=one.seconds.median,
        ratio=by_clock.middle,
        interval=by_clock.interval,
        relative=in_yardsticks.middle,
    )


@dataclass(frozen=True)
class _Ratio:
    middle: float
    interval: Interval

    @classmethod
    def of(cls, before: Sequence[Spread], after: Spread, confidence: float) -> _Ratio:
        medians = Spread(tuple(one.median for one in before))
        interval = of_series_ratio([after], before, confidence)
        return cls(after.median / medians.median, interval)

    def is_slower(self, least: float) -> bool:
        return self.middle > 1.0 + least and self.interval.low > 1.0 + TOLERANCE

    def is_faster(self, least: float) -> bool:
        return self.middle < 1.0 / (1.0 + least) and self.interval.high < 1.0 / (1.0 + TOLERANCE)


def _of_machine(ratio: float, relative: float) -> str:
    """Return what the machine did, where that is more than nothing."""
    own = ratio / relative
    if abs(own - 1.0) <= _OTHER_MACHINE:
        return ""
    slower = own > 1.0
    share = own - 1.0 if slower else 1.0 / own - 1.0
    return f"the machine itself is {100 * share:.0f} % {'slower' if slower else 'faster'}"
