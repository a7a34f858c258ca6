"""What was found out about a target, and what to make of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from irene.performance.benchmark.decision import Decision, decide
from irene.performance.measuring.spread import Spread
from irene.studies.targets.limit import Limit


class Nature(Enum):
    """What other programs on the machine do to values."""

    EXACT = "counted: nothing changes it"
    TIME = "a time, or what becomes of one: a disturbance can only make it worse"
    RATIO = "a ratio of times: a disturbance can change it either way"


@dataclass(frozen=True)
class Finding:
    """Values of one figure."""

    values: Spread
    """one for each time that it was measured, in the target's unit"""
    nature: Nature = Nature.TIME
    doubts: tuple[str, ...] = ()
    """reasons not to trust them"""
    note: str = ""
    """what else a reader should know, in words"""

    @classmethod
    def exact(cls, value: float, note: str = "") -> Finding:
        """Return the finding of something that is counted."""
        return cls(Spread((value,)), Nature.EXACT, note=note)

    def doubted(self, doubts: tuple[str, ...]) -> Finding:
        """Return it with doubts about the whole run before its own, unless it is exact."""
        if self.nature is Nature.EXACT:
            return self
        return replace(self, doubts=(*doubts, *self.doubts))


@dataclass(frozen=True)
class Absent:
    """A figure that cannot be had on this machine."""

    because: str
    """what is missing, and the cure"""


class Outcome(str, Enum):
    """What became of a target."""

    PASS = "pass"
    FAIL = "FAIL"
    NOT_JUDGED = "not judged"
    NOT_APPLICABLE = "not applicable here"
    NOT_MEASURED = "NOT MEASURED"
    """its measurement failed"""

    @property
    def short(self) -> str:
        """What fits into a narrow column."""
        return _SHORT.get(self.value, self.value)

    @property
    def is_missed(self) -> bool:
        """Whether a gate has to stop at it."""
        return self in (Outcome.FAIL, Outcome.NOT_MEASURED)


_SHORT = {"not applicable here": "n. a.", "NOT MEASURED": "FAILED"}


@dataclass(frozen=True)
class Verdict:
    """An outcome and its reason."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()
    """the most telling first; empty for `pass` and `FAIL`: the values are the reason"""

    def __str__(self) -> str:
        if not self.reasons:
            return self.outcome.value
        others = len(self.reasons) - 1
        more = f" (and {others} more)" if others else ""
        return f"{self.outcome.value}, because {self.reasons[0]}{more}"


_OUTCOMES = {
    Decision.MET: Outcome.PASS,
    Decision.MISSED: Outcome.FAIL,
    Decision.UNCERTAIN: Outcome.NOT_JUDGED,
}


def judge(limit: Limit, found: Finding | Absent) -> Verdict:
    """Return what the values say about a limit, by the rule of `decide`."""
    if isinstance(found, Absent):
        return Verdict(Outcome.NOT_APPLICABLE, (found.because,))
    decision = decide(
        limit.costs(found.values),
        limit.most_cost,
        trusted=not found.doubts,
        only_grows=found.nature is Nature.TIME,
    )
    outcome = _OUTCOMES[decision]
    if outcome is not Outcome.NOT_JUDGED:
        return Verdict(outcome)
    return Verdict(outcome, found.doubts or ("the values lie on both sides of the goal",))
