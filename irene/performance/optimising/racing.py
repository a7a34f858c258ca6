"""Looking for something better: one key after the other, its values in a race.

Coordinate descent: each key is tried on top of the best configuration so far. In a race every
surviving value hears the same recordings as the best so far, which is measured along, so that
drift of the machine is seen and cancels; after each round the worse half leaves (successive
halving: K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter
optimization", AISTATS 2016). A race proves nothing: what wins it is confirmed on fresh rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from irene.performance.optimising.arms import Arm
from irene.performance.optimising.judging import Judge
from irene.performance.optimising.rounds import Rounds

_ROUNDS = 3
"""rounds that the last one in a race is measured"""


@dataclass
class Race:
    """The contest of one key's values against the best configuration so far."""

    judge: Judge
    rounds: Rounds
    baseline: Arm
    """the configuration as it is: nobody may make more errors"""
    reserve: int = 0
    """trials that are left for the confirmation"""
    losers: list[tuple[Arm, str]] = field(default_factory=list)
    """who left, and why"""

    def run(self, incumbent: Arm, challengers: Sequence[Arm]) -> Arm:
        """Return the winner: the incumbent unless a challenger looks better to the end."""
        alive = list(challengers)
        for number in range(1, _ROUNDS + len(challengers)):
            if not alive or not self.rounds.measure([incumbent, *alive], self.reserve):
                break
            alive = self._sound(alive)
            alive.sort(key=lambda arm: self.judge.merit(incumbent, arm))
            if number > 1 and alive and not self.judge.looks_better(incumbent, alive[0]):
                break
            if len(alive) == 1 and len(alive[0].rounds) >= _ROUNDS:
                return alive[0]
            self._halve(alive, incumbent)
        for arm in alive:
            self._leave(arm, "not better")
        return incumbent

    def _sound(self, arms: Sequence[Arm]) -> list[Arm]:
        sound = []
        for arm in arms:
            if reason := self.judge.broken(arm, self.baseline):
                self._leave(arm, reason)
            else:
                sound.append(arm)
        return sound

    def _halve(self, alive: list[Arm], incumbent: Arm) -> None:
        """Let the worse half leave; a tie of one is kept."""
        for arm in alive[ceil(len(alive) / 2) :]:
            self._leave(arm, "others looked better")
        del alive[ceil(len(alive) / 2) :]

    def _leave(self, arm: Arm, reason: str) -> None:
        self.losers.append((arm, reason))
