"""What a search is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from irene.performance.optimising.goals import Goal, Limit, Metric
from irene.performance.optimising.questions import Source
from irene.performance.optimising.rounds import Budget


@dataclass(frozen=True)
class Request:
    """What a search is asked for."""

    source: str | None = None
    """path or name of the configuration; None looks in the usual places"""
    overrides: tuple[str, ...] = ()
    """`SECTION.KEY=VALUE`, on top of it"""
    recordings: tuple[Source, ...] = ()
    """none: those that come with irene"""
    goal: Goal = Goal.LATENCY
    limits: tuple[Limit, ...] = ()
    budget: Budget = field(default_factory=Budget)
    only: tuple[str, ...] = ()
    """beginnings of the keys that may be turned; none: all"""

    @property
    def is_realtime(self) -> bool:
        """Whether delays are asked for: they are true only at the speed of speech."""
        limited = {limit.metric for limit in self.limits}
        return self.goal is Goal.LATENCY or Metric.LATENCY in limited
