"""The whole of a search: what there is, what is tried, what is proven, what is proposed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from math import inf
from pathlib import Path

from irene.config.loading import load_config, registry_for
from irene.config.rewriting import Written
from irene.config.sections import Config
from irene.domain.clock import Clock, SystemClock
from irene.errors import ConfigurationError, IreneError, ProviderFailedError
from irene.performance.optimising.arms import Arm, Change
from irene.performance.optimising.confirming import confirm, trials_needed
from irene.performance.optimising.goals import Metric
from irene.performance.optimising.judging import Judge
from irene.performance.optimising.knobs import Knob, Scene, Turn, turns
from irene.performance.optimising.outcome import Check, Outcome
from irene.performance.optimising.questions import (
    blocks_of,
    bundled,
    prepare,
    rates_of,
    shape_of,
)
from irene.performance.optimising.racing import Race
from irene.performance.optimising.request import Request
from irene.performance.optimising.rounds import Budget, Rounds
from irene.performance.optimising.trial import TrialRequest, TrialResult
from irene.performance.optimising.trial_process import RunTrial, fresh_trial
from irene.performance.optimising.wanted_keys import require_turnable
from irene.plugin.registry import ComponentRegistry
from irene.providers.border import one_line

_BLOCK_S = 20.0
"""audio that a round hears at least, where there is so much"""
_CHECKS = 3
"""rounds in which a file that was written is compared with what it was"""
_LONGEST_SILENCE_S = 1.0
"""end silence of the slowest candidate; the configuration's own may be longer"""


Report = Callable[[str, "Arm | None", "TrialResult | None"], None]
"""Takes what is done now, and after a trial the arm and its result."""


def _say_nothing(stage: str, arm: Arm | None, result: TrialResult | None) -> None:
    """Nobody looks on."""


def optimise(
    request: Request,
    *,
    registry: ComponentRegistry | None = None,
    run: RunTrial | None = None,
    clock: Clock | None = None,
    report: Report = _say_nothing,
) -> Outcome:
    """Search the configuration by trials and return what is proven better; nothing is written.

    Blocks for as long as the budget says. Ctrl-C ends it with what is known.

    Args:
        request: what is asked for.
        registry: providers that are there; None: of the plugins that the configuration asks for.
        run: runs a trial; None: each in a process of its own.
        clock: what the budget is measured by.
        report: is told what goes on.

    Raises:
        ConfigurationError: the configuration is wrong, or a limit cannot be measured.
        AudioFormatError: a recording cannot be used.
        ProviderFailedError: the configuration does not work as it is.
    """
    with Search(request, registry=registry, run=run, clock=clock, report=report) as search:
        return search.run()


class Search:
    """One search, and what is done with its outcome; its recordings live as long as its block.

    ::

        with Search(Request("irene.toml")) as search:
            outcome = search.run()
            if outcome.changes:
                search.check(write(proposal("irene.toml", outcome.changes)))
    """

    def __init__(
        self,
        request: Request,
        *,
        registry: ComponentRegistry | None = None,
        run: RunTrial | None = None,
        clock: Clock | None = None,
        report: Report = _say_nothing,
    ) -> None:
        """Get ready, as `optimise` says."""
        self._request = request
        self._registry = registry or registry_for(request.source, overrides=request.overrides)
        self._run_trial = run or fresh_trial
        self._clock = clock or SystemClock()
        self._report = report
        self._stage = "as it is"
        self._folder = Path(tempfile.mkdtemp(prefix="irene-optimise-"))
        try:
            self._get_ready(request)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Search:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Delete the recordings that were made ready."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _get_ready(self, request: Request) -> None:
        config = self._config = self._load(Arm())
        sources = request.recordings or bundled()
        silence_s = max(_LONGEST_SILENCE_S, config.vad.end_silence_ms / 1000)
        self._questions = prepare(sources, config, self._registry, self._folder, silence_s)
        has_references = any(one.reference for one in self._questions)
        self._judge = Judge(request.goal, request.limits, has_references)
        self._require_measurable(has_references)
        self._wakes = config.voice_trigger.enabled
        baseline = Arm()
        self.outcome = Outcome(request, baseline, [baseline], n_recordings=len(self._questions))
        self._rounds = self._made_rounds()
        if request.only:
            choices = turns(self._registry, self._scene(), request.goal)
            require_turnable(request.only, choices, config, request.goal)

    def run(self) -> Outcome:
        """Search; return what was found."""
        try:
            self._measure_baseline()
            best = self._descend()
        except KeyboardInterrupt:
            self.outcome.is_interrupted = True
        else:
            self._confirm(best)
        self.outcome.n_trials = self._rounds.n_trials
        self.outcome.seconds = self._rounds.seconds
        return self.outcome

    def check(self, written: Written) -> Check:
        """Measure a file that was written beside what it was before; put that back if it is worse.

        Ctrl-C puts it back as well.
        """
        former, new = Arm(), Arm()
        sources = {former: str(written.backup), new: str(written.path)}

        def trial(arm: Arm, indices: tuple[int, ...]) -> TrialResult:
            return self._run_trial(self._made(sources[arm], (), indices))

        self._stage = "checking the file"
        rounds = Rounds(trial, self._rounds.blocks, Budget(inf), self._clock, on_trial=self._note)
        n = max(_CHECKS, len(self._rounds.blocks))
        try:
            for _ in range(n):
                rounds.measure([former, new])
        except KeyboardInterrupt:
            reason = "interrupted before it was measured"
        else:
            reason = self._judge.broken(new, former)
            if not reason and self._judge.merit(former, new) >= (0.0, 0.0):
                reason = "the goal is not better with it"
        if reason:
            written.revert()
        return Check(former.values(), new.values(), n, reason)

    def _require_measurable(self, has_references: bool) -> None:
        limited = {limit.metric for limit in self._request.limits}
        if Metric.WER in limited and not has_references:
            raise ConfigurationError(
                "--limit wer: it is not known what the recordings say; give --reference FILE"
            )

    def _made_rounds(self) -> Rounds:
        blocks = blocks_of(self._questions, _BLOCK_S)
        return Rounds(self._trial, blocks, self._request.budget, self._clock, on_trial=self._note)

    def _trial(self, arm: Arm, indices: tuple[int, ...]) -> TrialResult:
        self._report(self._stage, arm, None)
        overrides = tuple(one.override for one in arm.changes)
        return self._run_trial(self._made(self._request.source, overrides, indices))

    def _made(
        self, source: str | None, overrides: tuple[str, ...], indices: tuple[int, ...]
    ) -> TrialRequest:
        questions = tuple(self._questions[index] for index in indices)
        overrides = (*self._request.overrides, *overrides)
        return TrialRequest(source, overrides, questions, self._request.is_realtime, self._wakes)

    def _note(self, arm: Arm, result: TrialResult) -> None:
        self._report(self._stage, arm, result)

    def _measure_baseline(self) -> None:
        """Hear all recordings once; without the wake word when it is in none of them."""
        baseline = self.outcome.baseline
        self._hear_all(baseline)
        if self._wakes and not self._has_woken(baseline):
            self._wakes = False
            baseline.rounds.clear()
            self._hear_all(baseline)
        self.outcome.wakes = self._wakes

    def _hear_all(self, baseline: Arm) -> None:
        for _ in self._rounds.blocks:
            if not self._rounds.measure([baseline]):
                raise ConfigurationError(
                    "--minutes or --trials: too few to hear the recordings once; give it more"
                )
            if baseline.failure:
                raise ProviderFailedError(f"the configuration as it is: {baseline.failure}")

    def _has_woken(self, baseline: Arm) -> bool:
        return any(one.has_woken for each in baseline.heard().values() for one in each)

    def _descend(self) -> Arm:
        best = self.outcome.baseline
        for name, turn in turns(self._registry, self._scene(), self._request.goal):
            before, best = best, self._turned(name, turn, best)
            self.outcome.pending = best.changes
            if best is not before:
                self._config = self._load(best)
        return best

    def _turned(self, name: str, turn: Turn, best: Arm) -> Arm:
        """Race the values of one key; return the winner."""
        knob = turn(self._config)
        if isinstance(knob, str) and self._is_wanted(name):
            self.outcome.untried[name] = knob
        if not isinstance(knob, Knob) or not knob.values or not self._is_wanted(knob.key):
            return best
        reserve = trials_needed(len(best.changes) + 1, len(self._rounds.blocks))
        if not self._rounds.affords(len(knob.values) + 1 + reserve):
            self.outcome.untried[knob.key] = "too little of the budget was left"
            return best
        self._stage = knob.key
        challengers = self._challengers(knob, best)
        race = Race(self._judge, self._rounds, self.outcome.baseline, reserve)
        try:
            return race.run(best, challengers)
        finally:
            for arm, reason in race.losers:
                self.outcome.reasons[self.outcome.arms.index(arm)] = reason

    def _is_wanted(self, key: str) -> bool:
        return not self._request.only or key.startswith(self._request.only)

    def _challengers(self, knob: Knob, best: Arm) -> list[Arm]:
        """Return an arm for each value; one that the configuration refuses is told and left out."""
        sound = []
        for value in knob.values:
            arm = best.changed(Change(knob.key, knob.before, value, knob.why, knob.caution))
            self.outcome.arms.append(arm)
            try:
                self._load(arm)
            except IreneError as error:
                arm.failure = one_line(error)
                self.outcome.reasons[len(self.outcome.arms) - 1] = arm.failure
            else:
                sound.append(arm)
        return sound

    def _confirm(self, best: Arm) -> None:
        self.outcome.pending = ()
        if not best.changes:
            return
        self._stage = "proving it"
        self.outcome.confirmation = confirm(best, self._judge, self._rounds)

    def _scene(self) -> Scene:
        rate = shape_of(self._config, self._registry).sample_rate
        return Scene(
            wakes=self._wakes,
            has_others=any(one.reference == "" for one in self._questions),
            sample_rates=frozenset({rate} if rate else rates_of(self._questions)),
        )

    def _load(self, arm: Arm) -> Config:
        overrides = (*self._request.overrides, *(one.override for one in arm.changes))
        return load_config(self._request.source, registry=self._registry, overrides=overrides)
