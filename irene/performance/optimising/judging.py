"""Which of two configurations is better, for a goal and within limits, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from irene.performance.optimising.arms import Arm, errors_of
from irene.performance.optimising.evidence import ALPHA, Evidence, of_differences, of_ratios
from irene.performance.optimising.goals import Goal, Limit, Metric, excess_of
from irene.performance.optimising.trial import TrialResult

LEAST_GAIN = 0.03
"""improvement, as a share, below which a change is not worth a line in a file"""
_SAME = 1e-6
_GUARDED = (Metric.UNANSWERED, Metric.WER)


@dataclass(frozen=True)
class Judge:
    """Compares arms: limits come first, then the goal; errors never rise unasked.

    An arm with more errors than the configuration as it is, on the same recordings, is out, unless
    a limit says how many there may be.
    """

    goal: Goal
    limits: tuple[Limit, ...] = ()
    has_references: bool = False
    """whether it is known what is said, so that words can be counted"""

    @property
    def metric(self) -> Metric:
        """What the goal makes smaller."""
        return self.goal.metric(self.has_references)

    def excess(self, arm: Arm) -> float:
        """Return how far an arm is beyond the limits; 0.0 within."""
        return excess_of(self.limits, arm.values())

    def broken(self, arm: Arm, baseline: Arm) -> str:
        """Return why an arm is out, in one line; empty when it is not."""
        if arm.failure:
            return arm.failure
        limited = {limit.metric for limit in self.limits}
        for metric in _GUARDED:
            rise = 0.0 if metric in limited else error_rise(baseline, arm, metric)
            if rise > _SAME:
                what = "words wrong" if metric is Metric.WER else "recordings not understood"
                return f"{rise:.3g} more {what}"
        return ""

    def merit(self, before: Arm, after: Arm) -> tuple[float, float]:
        """Return a value that is the lower the better `after` looks beside `before`.

        Only rounds count that both have; (0.0, 0.0) is no difference.
        """
        excess = self.excess(after) - self.excess(before) if self.limits else 0.0
        evidence = compare(before, after, self.metric)
        if not evidence.is_ratio:
            return _rounded(excess), evidence.change
        return _rounded(excess), log(evidence.change) if evidence.n else 0.0

    def looks_better(self, before: Arm, after: Arm) -> bool:
        """Whether it is worth to go on with `after`: no proof."""
        excess, change = self.merit(before, after)
        least = log(1.0 - LEAST_GAIN) if not self.metric.is_share else -_SAME
        return excess < 0.0 or (excess == 0.0 and change < least)

    def deciding(self, before: Arm, after: Arm) -> tuple[Metric, ...]:
        """Return the metrics in which `after` has to be proven better.

        Those whose limits `before` exceeds and `after` exceeds less; the goal's where both keep to
        the same limits; none where `after` exceeds more.
        """
        excess = _rounded(self.excess(after) - self.excess(before))
        if excess > 0.0:
            return ()
        if excess == 0.0:
            return (self.metric,)
        was, now = before.values(), after.values()
        return tuple(
            limit.metric
            for limit in self.limits
            if limit.excess(now.get(limit.metric, 0.0)) < limit.excess(was.get(limit.metric, 0.0))
        )

    def proves(self, before: Arm, after: Arm, baseline: Arm, alpha: float = ALPHA) -> bool:
        """Whether it is proven that `after` is better, for at least one of what decides."""
        if self.broken(after, baseline):
            return False
        deciding = self.deciding(before, after)
        each = alpha / max(1, len(deciding))
        return any(compare(before, after, one, each).gains(LEAST_GAIN) for one in deciding)


def compare(before: Arm, after: Arm, metric: Metric, alpha: float = ALPHA) -> Evidence:
    """Return what the rounds that two arms have in common say about one metric."""
    if metric.is_share:
        return _errors(before, after, metric, alpha)
    common = sorted(before.rounds.keys() & after.rounds.keys())
    logs = [_log_ratio(before.rounds[one][1], after.rounds[one][1], metric) for one in common]
    return of_ratios([one for one in logs if one is not None], alpha)


def error_rise(before: Arm, after: Arm, metric: Metric) -> float:
    """Return how many more errors there are on recordings that both have heard."""
    was, _ = errors_of(before.heard(), metric)
    now, _ = errors_of(after.heard(), metric)
    return sum(now[index] - was[index] for index in was.keys() & now.keys())


def _errors(before: Arm, after: Arm, metric: Metric, alpha: float) -> Evidence:
    was, sizes = errors_of(before.heard(), metric)
    now, _ = errors_of(after.heard(), metric)
    common = sorted(was.keys() & now.keys())
    differences = [now[index] - was[index] for index in common]
    return of_differences(differences, [sizes[index] for index in common], alpha)


def _log_ratio(before: TrialResult, after: TrialResult, metric: Metric) -> float | None:
    """Return the mean over recordings; those count that have the metric in both."""
    if metric is Metric.RSS:
        return log(after.rss_mb / before.rss_mb) if before.rss_mb and after.rss_mb else None
    name = "latency_ms" if metric is Metric.LATENCY else "cpu_s"
    pairs = [
        (getattr(was, name), getattr(now, name))
        for was, now in zip(before.heard, after.heard, strict=True)
    ]
    if metric is Metric.CPU:  # one recording may take less than a tick of the processor's clock
        pairs = [tuple(sum(column) for column in zip(*pairs, strict=True))]
    logs = [log(now / was) for was, now in pairs if was and now]
    return sum(logs) / len(logs) if logs else None


def _rounded(excess: float) -> float:
    return 0.0 if abs(excess) < _SAME else excess
