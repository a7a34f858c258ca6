"""What a search found, and what a file was worth that it has written."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from irene.performance.optimising.arms import Arm, Change
from irene.performance.optimising.confirming import Confirmation
from irene.performance.optimising.goals import Limit, Metric
from irene.performance.optimising.judging import Judge
from irene.performance.optimising.request import Request


@dataclass
class Outcome:
    """What a search found."""

    request: Request
    baseline: Arm
    """the configuration as it is"""
    arms: list[Arm] = field(default_factory=list)
    """all that was tried, the baseline first; of the search, not of the confirmation"""
    reasons: dict[int, str] = field(default_factory=dict)
    """why an arm (its place in `arms`) was given up"""
    untried: dict[str, str] = field(default_factory=dict)
    """keys that could not be tried, and why"""
    confirmation: Confirmation | None = None
    """None when nothing looked better, or there was no time left"""
    pending: tuple[Change, ...] = ()
    """what looked better when the search was interrupted, and was not confirmed"""
    n_trials: int = 0
    seconds: float = 0.0
    is_interrupted: bool = False
    """whether Ctrl-C ended it"""
    wakes: bool = True
    """whether the wake word was heard in the recordings"""
    n_recordings: int = 0

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is proposed: changes that are proven."""
        return self.confirmation.proposal.changes if self.confirmation else ()

    @property
    def before(self) -> dict[Metric, float]:
        """Metrics of the configuration as it is: the confirmation's if there is one."""
        fresh = self.confirmation.baseline.values() if self.changes and self.confirmation else {}
        return fresh or self.baseline.values()

    @property
    def after(self) -> dict[Metric, float]:
        """Metrics with what is proposed; those of before when nothing is."""
        proposed = self.confirmation.proposal.values() if self.changes and self.confirmation else {}
        return proposed or self.before

    @property
    def missed(self) -> tuple[Limit, ...]:
        """Limits that the configuration breaks with all that is proposed."""
        values = self.after
        return tuple(
            limit
            for limit in self.request.limits
            if limit.excess(values.get(limit.metric, inf)) > 0
        )

    @property
    def nearest(self) -> Arm | None:
        """The arm that is the least beyond the limits, of all that worked."""
        judge = Judge(self.request.goal, self.request.limits)
        working = [arm for arm in self.arms if not arm.failure and arm.rounds]
        return min(working, key=judge.excess, default=None)


@dataclass(frozen=True)
class Check:
    """What a file was worth after it was written: the former one and the new one, side by side."""

    before: dict[Metric, float]
    after: dict[Metric, float]
    n_rounds: int
    reverted: str = ""
    """why the former content was put back; empty when the new one stays"""
