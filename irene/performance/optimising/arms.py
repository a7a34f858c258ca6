"""Configurations that are tried, and all that was measured of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

from irene.config.toml_text import format_value
from irene.performance.optimising.goals import Metric
from irene.performance.optimising.trial import Heard, TrialResult

_PLANE = (Metric.LATENCY, Metric.CPU, Metric.RSS)
"""metrics of the Pareto front, beside the error rate"""


@dataclass(frozen=True)
class Change:
    """One key with another value."""

    key: str
    """dotted, as TOML writes it"""
    before: Any
    after: Any
    why: str = ""
    """what the key is about"""
    caution: str = ""
    """what no recording shows; empty when there is nothing"""

    @property
    def override(self) -> str:
        """The change as `--set` takes it."""
        return f"{self.key}={format_value(self.after)}"

    def __str__(self) -> str:
        return f"{self.key} = {format_value(self.after)}"


@dataclass(eq=False)
class Arm:
    """A configuration that is tried: the user's own with some changes; measured round by round."""

    changes: tuple[Change, ...] = ()
    """none: the user's own"""
    rounds: dict[int, tuple[tuple[int, ...], TrialResult]] = field(default_factory=dict)
    """by number of the round: which recordings were heard, and what came of it"""
    failure: str = ""
    """why it cannot be used; one line"""

    @property
    def label(self) -> str:
        """The changes in one line."""
        return ", ".join(map(str, self.changes)) or "as it is"

    def changed(self, change: Change) -> Arm:
        """Return an arm with one more change; a former change of the same key is replaced."""
        kept = [one for one in self.changes if one.key != change.key]
        return Arm((*kept, change))

    def without(self, change: Change) -> Arm:
        """Return an arm without a change."""
        return Arm(tuple(one for one in self.changes if one != change))

    def take(self, number: int, indices: tuple[int, ...], result: TrialResult) -> None:
        """Note what a round measured; a failure is for good."""
        if result.failure:
            self.failure = result.failure
        else:
            self.rounds[number] = (indices, result)

    def heard(self) -> dict[int, list[Heard]]:
        """Return what became of each recording, by its index, in every round that had it."""
        found: dict[int, list[Heard]] = defaultdict(list)
        for indices, result in self.rounds.values():
            for index, heard in zip(indices, result.heard, strict=True):
                found[index].append(heard)
        return dict(found)

    def values(self) -> dict[Metric, float]:
        """Return every metric that was measured, over all rounds.

        Latency is the median over recordings, CPU the mean, memory the median over rounds.
        """
        heard = self.heard()
        if not heard:
            return {}
        found = {
            Metric.CPU: fmean(fmean([one.cpu_s for one in each]) for each in heard.values()),
            Metric.RSS: median(result.rss_mb for _, result in self.rounds.values()),
        }
        delays = [one.latency_ms for each in heard.values() for one in each]
        known = [one for one in delays if one is not None]
        if known:
            found[Metric.LATENCY] = median(known)
        for metric in (Metric.WER, Metric.UNANSWERED):
            errors, sizes = errors_of(heard, metric)
            if sum(sizes.values()):
                found[metric] = sum(errors.values()) / sum(sizes.values())
        return found


def errors_of(
    heard: Mapping[int, Sequence[Heard]], metric: Metric
) -> tuple[dict[int, float], dict[int, float]]:
    """Return the errors of each recording (mean of its repeats), and what they are counted of."""
    if metric is Metric.UNANSWERED:
        missed = {
            index: fmean([not one.is_understood for one in each]) for index, each in heard.items()
        }
        return missed, dict.fromkeys(missed, 1.0)
    known = {index: each for index, each in heard.items() if each[0].is_known}
    errors = {index: fmean([one.word_errors for one in each]) for index, each in known.items()}
    return errors, {index: float(each[0].n_words) for index, each in known.items()}


def pareto(arms: Sequence[Arm]) -> list[Arm]:
    """Return the arms that no other beats: at most as much of everything, and less of something.

    The error rate is that of words where they are known, else of commands. Arms that failed, or
    lack a metric that others have, are never on the front.
    """
    points = [(arm, point) for arm in arms if not arm.failure and (point := _point(arm))]
    return [arm for arm, point in points if not any(_beats(other, point) for _, other in points)]


def _point(arm: Arm) -> tuple[float, ...] | None:
    values = arm.values()
    error = values.get(Metric.WER, values.get(Metric.UNANSWERED))
    if error is None or not all(metric in values for metric in _PLANE):
        return None
    return (*(values[metric] for metric in _PLANE), error)


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)
