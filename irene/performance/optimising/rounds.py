"""Rounds of trials: every configuration hears the same recordings, one after the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from irene.domain.clock import Clock
from irene.performance.optimising.arms import Arm
from irene.performance.optimising.trial import TrialResult

Run = Callable[[Arm, tuple[int, ...]], TrialResult]
"""Measures an arm on the recordings with these indices."""


@dataclass(frozen=True)
class Budget:
    """What a search may take."""

    minutes: float = 10.0
    trials: int | None = None
    """None: as many as there is time for"""


class Rounds:
    """Runs rounds until the budget is used up; the order within a round is drawn anew each time.

    Rounds take the groups of recordings in turn (as the instances of F-race: M. Birattari et al.,
    "A racing algorithm for configuring metaheuristics", GECCO 2002).
    """

    def __init__(
        self,
        run: Run,
        blocks: Sequence[tuple[int, ...]],
        budget: Budget,
        clock: Clock,
        *,
        on_trial: Callable[[Arm, TrialResult], None] = lambda arm, result: None,
        seed: int = 0,
    ) -> None:
        self.n_trials = 0
        """trials that were run"""
        self.blocks = tuple(blocks)
        """groups of recordings"""
        self._run = run
        self._budget = budget
        self._clock = clock
        self._on_trial = on_trial
        self._random = random.Random(seed)
        self._began_s = clock.monotonic()
        self._n_rounds = 0

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return self._clock.monotonic() - self._began_s

    def affords(self, n_trials: int) -> bool:
        """Return whether so many more trials fit into the budget, going by those so far."""
        budget = self._budget
        each_s = self.seconds / self.n_trials if self.n_trials else 0.0
        in_time = self.seconds + n_trials * each_s <= 60 * budget.minutes
        return in_time and (budget.trials is None or self.n_trials + n_trials <= budget.trials)

    def measure(self, arms: Sequence[Arm], reserve: int = 0) -> bool:
        """Run one round of all arms that have not failed; False when it does not fit any more.

        Trials of the reserve are kept for later.
        """
        alive = [arm for arm in arms if not arm.failure]
        if not self.affords(len(alive) + reserve):
            return False
        indices = self.blocks[self._n_rounds % len(self.blocks)]
        number, self._n_rounds = self._n_rounds, self._n_rounds + 1
        for arm in self._random.sample(alive, len(alive)):
            result = self._run(arm, indices)
            self.n_trials += 1
            if result.failure and arm.rounds:  # it did work: the machine may have been to blame
                result = self._run(arm, indices)
                self.n_trials += 1
            arm.take(number, indices, result)
            self._on_trial(arm, result)
        return True
