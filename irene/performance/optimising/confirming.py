"""Proving what a search found: on fresh rounds, change by change.

What wins a search has been lucky, too, so its measurements are not used again. The configuration as
it is, the proposal, and the proposal without each of its changes are measured side by side; a
change stays when the proposal is proven better with it than without it, at a level that all changes
share (Bonferroni), and the whole when it is proven better than what there is. Changes that are
not proven are dropped and the rest is measured again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from irene.performance.optimising.arms import Arm, Change
from irene.performance.optimising.evidence import ALPHA, Evidence, rounds_needed
from irene.performance.optimising.goals import Metric
from irene.performance.optimising.judging import Judge, compare
from irene.performance.optimising.rounds import Rounds

MOST_CHANGES = 4
"""changes that are confirmed at most: each takes an arm of its own"""
_FUTILE = 3
"""rounds after which a proposal that does not look better is given up"""


@dataclass(frozen=True)
class Proof:
    """A change, and what says that it makes things better."""

    change: Change
    evidence: dict[Metric, Evidence]
    """of every metric: with the change against without it"""
    decided: tuple[Metric, ...]
    """what it was judged by"""


@dataclass
class Confirmation:
    """What was confirmed."""

    baseline: Arm
    """the configuration as it is, measured afresh"""
    proposal: Arm
    """with the changes that are proven; without any when none is"""
    proofs: tuple[Proof, ...] = ()
    dropped: list[tuple[Change, str]] = field(default_factory=list)
    """changes that looked better and are not proven, and why"""
    is_complete: bool = True
    """whether the budget was enough for all rounds"""


def trials_needed(n_changes: int, n_blocks: int) -> int:
    """Return how many trials it takes to confirm so many changes at once."""
    n = min(max(n_changes, 1), MOST_CHANGES)
    arms = 2 + (n if n > 1 else 0)
    return arms * max(rounds_needed(ALPHA / n), n_blocks)


def confirm(found: Arm, judge: Judge, rounds: Rounds) -> Confirmation:
    """Return what of an arm's changes is proven to be better."""
    dropped = [(change, "too many at once") for change in found.changes[MOST_CHANGES:]]
    changes = found.changes[:MOST_CHANGES]
    while changes:
        contest = _Contest(changes, judge, rounds)
        contest.run()
        proven = contest.proven()
        if len(proven) == len(changes) and contest.is_whole_better():
            proofs = tuple(map(contest.proof, changes))
            return Confirmation(contest.baseline, contest.proposal, proofs, dropped)
        is_over = contest.is_cut or not proven or len(proven) == len(changes)
        reason = contest.reason()
        dropped += [(one, reason) for one in changes if is_over or one not in proven]
        if is_over:
            complete = not contest.is_cut
            return Confirmation(contest.baseline, Arm(), (), dropped, complete)
        changes = proven
    return Confirmation(Arm(), Arm(), (), dropped)


class _Contest:
    """One measurement of some changes, together and with each left out."""

    def __init__(self, changes: tuple[Change, ...], judge: Judge, rounds: Rounds) -> None:
        self.baseline = Arm()
        self.proposal = Arm(changes)
        self.is_cut = False
        """whether the budget, or Ctrl-C, ended it early"""
        self._judge = judge
        self._rounds = rounds
        self._alpha = ALPHA / len(changes)
        self._without = {
            change: self.proposal.without(change) if len(changes) > 1 else self.baseline
            for change in changes
        }

    def run(self) -> None:
        arms = [self.baseline, self.proposal]
        arms += [arm for arm in self._without.values() if arm is not self.baseline]
        wanted = max(rounds_needed(self._alpha), len(self._rounds.blocks))
        try:
            for number in range(1, wanted + 1):
                if not self._rounds.measure(arms):
                    self.is_cut = True
                    return
                if number >= _FUTILE and self._is_futile():
                    return
        except KeyboardInterrupt:
            self.is_cut = True

    def _is_futile(self) -> bool:
        if self._judge.broken(self.proposal, self.baseline):
            return True
        return not self._judge.looks_better(self.baseline, self.proposal)

    def proven(self) -> tuple[Change, ...]:
        return tuple(
            change
            for change, without in self._without.items()
            if self._judge.proves(without, self.proposal, self.baseline, self._alpha)
        )

    def is_whole_better(self) -> bool:
        return self._judge.proves(self.baseline, self.proposal, self.baseline)

    def proof(self, change: Change) -> Proof:
        without = self._without[change]
        measured = self.proposal.values().keys() & without.values().keys()
        evidence = {
            metric: compare(without, self.proposal, metric, self._alpha)
            for metric in Metric
            if metric in measured
        }
        return Proof(change, evidence, self._judge.deciding(without, self.proposal))

    def reason(self) -> str:
        broken = self._judge.broken(self.proposal, self.baseline)
        if broken:
            return broken
        n = len(self.proposal.rounds)
        if self.is_cut:
            return f"not proven: there was room for {n} rounds only"
        return f"not better beyond noise in {n} fresh rounds"
