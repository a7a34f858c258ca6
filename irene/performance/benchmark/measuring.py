"""Measuring works of one slot in turns: calls that fail and what comes first stand apart.

How many calls and rounds: those of a round are as many as the clock needs, the rounds as many as
there is time for, since what differs from round to round (caches, other programs, heat) tells more
than another call right after the last (T. Kalibera, R. Jones, "Rigorous benchmarking in reasonable
time", ISMM 2013).
"""

from __future__ import annotations

import gc
import math
import random
import statistics
import tracemalloc
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from irene.errors import IreneError
from irene.performance.benchmark.measurement import Calls, Cold, Measurement, Round
from irene.performance.benchmark.probe import Clock, Sample
from irene.performance.benchmark.timer import SystemTimer, Timer
from irene.performance.benchmark.work.work import Outcome, Work
from irene.performance.benchmark.yardstick import Yardstick
from irene.performance.measuring.peak_memory import resident_mb
from irene.performance.speech.word_errors import WordErrors
from irene.providers.border import ForeignCode, one_line

MOST_ROUNDS = 30
_MOST_CALLS = 100
"""calls of a round"""
_MOST_PEAK_S = 1.0
"""longest call of which memory is traced: tracing makes it several times as long"""
_TRIES = 3
"""calls that have to fail in a row before a part counts as broken"""

Progress = Callable[[str, int, int], None]
"""takes what is measured, the round, and how many there will be"""


def _untold(name: str, index: int, n_rounds: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Effort:
    """How long and how often each part is measured."""

    seconds: float = 10.0
    """about how long one part is measured"""
    iterations: int | None = None
    """calls of each part, a round each; None: as many as there is time for"""
    fewest_rounds: int = 5
    """rounds of a part that takes longer than there is time for"""
    at_least_s: float = 0.02
    """time that the calls of one round take at least, about; seconds"""
    limit_s: float = 300.0
    """time after which no further round of a slot begins; seconds"""
    clock: Clock = "wall"
    """which time counts"""
    seed: int = 0
    """of the order within each round"""
    traces_memory: bool = True
    """whether one more call of each part is made to see what it allocates"""


@dataclass
class _Part:
    """A work, and what is known of it so far."""

    work: Work
    cold: Cold
    n_calls: int = 1
    n_rounds: int = 1
    turn: int = 0
    rounds: list[Round] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    accuracy: WordErrors | None = None
    """of the first call: later turns leave out some milliseconds of the recordings"""
    peak_kb: float | None = None

    @property
    def made_s(self) -> float:
        """Audio that a call makes, seconds; 0.0 for none."""
        return statistics.median(one.made_s for one in self.outcomes) if self.outcomes else 0.0


class Measuring:
    """Measures the works of one slot, beside a yardstick that never changes."""

    def __init__(
        self,
        effort: Effort,
        *,
        timer: Timer | None = None,
        yardstick: Yardstick | None = None,
        progress: Progress = _untold,
        leave_out: Callable[[Work, str, bool], None] = lambda work, reason, failed: None,
        loaded: Callable[[Work], None] = lambda work: None,
    ) -> None:
        """`leave_out` takes works without times, why, and whether they failed at work.

        `loaded` takes each work that has been loaded.
        """
        self._effort = effort
        self._timer = timer or SystemTimer()
        self._yardstick = yardstick or Yardstick(self._timer)
        self._progress = progress
        self._leave_out = leave_out
        self._loaded = loaded
        self._random = random.Random(effort.seed)
        self.is_interrupted = False
        """whether Ctrl-C ended it before its time"""
        self.is_late = False
        """whether it took longer than it may"""

    def measured(self, works: Sequence[Work]) -> list[Measurement]:
        """Return what was measured of each work that succeeds at all; close all of them.

        Ctrl-C ends it; what was measured until then is returned.
        """
        parts: list[_Part] = []
        try:
            try:
                for work in works:
                    self._begin(work, parts)
                self._take_rounds(parts)
                self._trace_memory(parts)
            except KeyboardInterrupt:
                self.is_interrupted = True
        finally:
            for work in works:
                self._close(work)
        return [found for part in parts if (found := self._found(part)) is not None]

    def _begin(self, work: Work, parts: list[_Part]) -> None:
        """Load a work and call it for the first time; one that cannot be loaded is left out."""
        self._progress(work.name, 0, 0)
        gc.collect()
        before_mb = resident_mb()
        try:
            load_s = self._took_s(work.load)
            warm_up_s = self._took_s(work.warm_up)
        except IreneError as error:
            self._leave_out(work, one_line(error), True)
            return
        self._loaded(work)
        added_mb = max(0.0, resident_mb() - before_mb)
        part = _Part(work, Cold(load_s, warm_up_s, None, added_mb))
        first = self._called(part)
        part.cold = Cold(load_s, warm_up_s, first.wall_s if first else None, added_mb)
        part.accuracy = part.outcomes[0].errors if first else None
        self._calibrate(part)
        parts.append(part)

    def _calibrate(self, part: _Part) -> None:
        """Find out how many calls and rounds there are; a broken part gets as many as it needs."""
        n_tries = 0 if self._effort.iterations else 2
        tried = [self._called(part) for _ in range(n_tries)]
        times_s = [one.seconds(self._effort.clock) for one in tried if one is not None]
        self._count(part, min(times_s, default=math.inf))

    def _count(self, part: _Part, call_s: float) -> None:
        effort = self._effort
        if effort.iterations is not None:
            part.n_calls, part.n_rounds = 1, effort.iterations
        elif math.isinf(call_s):
            part.n_calls, part.n_rounds = 1, _TRIES
        else:
            call_s = max(call_s, 1e-9)
            part.n_calls = min(_MOST_CALLS, max(1, math.ceil(effort.at_least_s / call_s)))
            affordable = math.floor(effort.seconds / (part.n_calls * call_s))
            part.n_rounds = min(MOST_ROUNDS, max(effort.fewest_rounds, affordable))
        part.outcomes.clear()
        part.failures.clear()

    def _take_rounds(self, parts: Sequence[_Part]) -> None:
        began_s = self._timer.wall_s()
        n_rounds = max((part.n_rounds for part in parts), default=0)
        order = list(parts)
        for index in range(n_rounds):
            self._random.shuffle(order)
            gc.collect()
            for part in order:
                if self._timer.wall_s() - began_s > self._effort.limit_s:
                    self.is_late = True
                    return
                if index < part.n_rounds:
                    self._progress(part.work.name, index + 1, part.n_rounds)
                    self._take_round(part)

    def _take_round(self, part: _Part) -> None:
        before_s = self._yardstick.measured_s(self._effort.clock)
        samples = [self._called(part) for _ in range(part.n_calls)]
        after_s = self._yardstick.measured_s(self._effort.clock)
        done = [one for one in samples if one is not None]
        if not done:
            return
        part.times_s += [one.seconds(self._effort.clock) for one in done]
        part.rounds.append(Round.of(done, before_s, after_s))

    def _called(self, part: _Part) -> Sample | None:
        """Call once; return its times, or None when it failed."""
        turn, part.turn = part.turn, part.turn + 1
        timer = self._timer
        cpu_s, wall_s = timer.cpu_s(), timer.wall_s()
        try:
            with ForeignCode():
                outcome = part.work.call(turn)
        except IreneError as error:
            part.failures[one_line(error)] += 1
            return None
        passed_s = timer.wall_s() - wall_s
        part.outcomes.append(outcome)
        return Sample(passed_s, timer.cpu_s() - cpu_s)

    def _trace_memory(self, parts: Sequence[_Part]) -> None:
        for part in parts if self._effort.traces_memory else ():
            is_long = not part.times_s or statistics.median(part.times_s) > _MOST_PEAK_S
            if is_long or tracemalloc.is_tracing():
                continue
            n_outcomes, failures = len(part.outcomes), Counter(part.failures)
            tracemalloc.start()
            try:
                self._called(part)
                part.peak_kb = tracemalloc.get_traced_memory()[1] / 1e3
            finally:
                tracemalloc.stop()
            del part.outcomes[n_outcomes:]
            part.failures = failures

    def _found(self, part: _Part) -> Measurement | None:
        work, failures = part.work, part.failures
        if not part.rounds:
            if failures:
                self._leave_out(work, f"it failed every time: {next(iter(failures))}", True)
            elif self.is_interrupted or self.is_late:
                reason = "interrupted" if self.is_interrupted else "there was no time left"
                self._leave_out(work, f"{reason} before its first round", False)
            return None
        return Measurement(
            component=work.component,
            provider=work.provider,
            what=work.what,
            rounds=tuple(part.rounds),
            calls=Calls.of(part.times_s),
            clock=self._effort.clock,
            audio_s=work.audio_s or part.made_s or None,
            cold=part.cold,
            n_failed=failures.total(),
            failures=tuple(failures),
            accuracy=part.accuracy,
            peak_kb=part.peak_kb,
            further=_medians(part.outcomes),
        )

    def _took_s(self, step: Callable[[], object]) -> float:
        began_s = self._timer.wall_s()
        with ForeignCode():
            step()
        return self._timer.wall_s() - began_s

    def _close(self, work: Work) -> None:
        """Put a work away; what an engine says to that changes nothing."""
        try:
            with ForeignCode():
                work.close()
        except IreneError as error:
            self._leave_out(work, f"it did not close: {one_line(error)}", False)


def _medians(outcomes: Sequence[Outcome]) -> Mapping[str, float]:
    names = dict.fromkeys(name for one in outcomes for name in one.further)
    return {
        name: statistics.median(one.further[name] for one in outcomes if name in one.further)
        for name in names
    }
