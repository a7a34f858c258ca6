"""`python -m irene.studies.overhead.profiling`: what profiling costs."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from irene.performance.benchmark.command import Command, Figure
from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.goal import Goal
from irene.performance.benchmark.probe import Probe
from irene.performance.benchmark.rounds import Pace
from irene.performance.profiling.allocations import AllocationWatch
from irene.performance.profiling.glances import Glance
from irene.performance.profiling.ownership import Ownership
from irene.performance.profiling.profile import Level, Subject
from irene.performance.profiling.sampler import Sampler
from irene.performance.profiling.tally import Tally
from irene.performance.profiling.watch import Watch
from irene.pipeline.assistant import Assistant
from irene.studies.overhead.telemetry import answered

BLOCK = "profiling"
"""name of the measured block of the page"""
N_THREADS = (4, 16, 64)
_MOST_ROUNDS = 6
"""rounds of whole questions: one takes about a second, and several where allocations are traced"""
_OVERRIDES = ("outputs.default_provider=none",)
_WITHOUT = "without a profile"
_SHARES = {Level.BASIC: 1.1, Level.DETAILED: 1.15}
"""most that a question may take with a profile, beside one without"""


def glance_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure one look at threads that wait, for a watch of the whole process."""
    names = {number: f"{number} threads" for number in N_THREADS}
    goals = (Goal("one look at 16 threads", names[16], 500.0),)
    title = "One look at all threads, which wait"
    comparison = Comparison("glance", title, names[16], "one look", goals=goals)
    crowd = _Crowd()
    probes = [
        Probe(name, crowd.look, before=partial(crowd.become, number))
        for number, name in names.items()
    ]
    try:
        return comparison.measured(probes, pace)
    finally:
        crowd.leave()


def question_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure the demo's question, answered as fast as possible, at each level and without."""
    loop = asyncio.new_event_loop()
    assistant = Assistant.from_config("demo", overrides=_OVERRIDES)
    goals = tuple(
        Goal(f"a question at level {level}", str(level), most, against=_WITHOUT)
        for level, most in _SHARES.items()
    )
    title = "One recorded question, with a profile and without"
    comparison = Comparison("question", title, _WITHOUT, "one question", goals=goals)
    loop.run_until_complete(assistant.__aenter__())
    try:
        probes = [Probe.of(_WITHOUT, lambda: _ask(loop, assistant))]
        probes += [Probe.of(str(one), _profiled(loop, assistant, one)) for one in Level]
        few = replace(pace, rounds=min(pace.rounds, _MOST_ROUNDS))
        return comparison.measured(probes, few)
    finally:
        loop.run_until_complete(assistant.__aexit__(None, None, None))
        loop.close()


class _Listener:
    """A listener that is never called in time: the probe looks itself."""

    interval_s = 3600.0
    loop = None
    wants_tasks = False

    def __init__(self, sampler: Sampler) -> None:
        self._tally = Tally(sampler.book, time.perf_counter())

    def take(self, glance: Glance) -> None:
        """Add it up, as a profile does."""
        self._tally.take(glance)


class _Crowd:
    """A number of threads that wait, and a sampler that looks at them when it is told to."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sampler = Sampler()

    def become(self, number: int) -> None:
        """Be so many threads, for the next sample."""
        self.leave()
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._over.wait, daemon=True) for _ in range(number)
        ]
        for thread in self._threads:
            thread.start()
        self._sampler = Sampler()
        self._sampler.add(_Listener(self._sampler))

    def look(self, n_loops: int) -> None:
        """Look so often."""
        for _ in range(n_loops):
            self._sampler.look()

    def leave(self) -> None:
        """End all threads."""
        self._sampler.close()
        self._over.set()
        for thread in self._threads:
            thread.join()


def _profiled(
    loop: asyncio.AbstractEventLoop, assistant: Assistant, level: Level
) -> Callable[[], object]:
    """Return what answers a question while it is profiled."""

    def ask() -> None:
        allocations = AllocationWatch(Ownership()) if level.has_memory else None
        watch = Watch(Subject("block", "question"), level, loop=loop)
        if allocations is not None:
            allocations.begin()
        watch.begin()
        _ask(loop, assistant)
        watch.end(memory=None if allocations is None else allocations.end())

    return ask


def _ask(loop: asyncio.AbstractEventLoop, assistant: Assistant) -> None:
    loop.run_until_complete(answered(assistant))


FIGURES: dict[str, Figure] = {"glance": glance_cost, "question": question_cost}
"""by the names that `--only` takes"""
main = Command(
    "irene.studies.overhead.profiling",
    "Measure what profiling costs: one look at all threads, and a recorded question at each level.",
    BLOCK,
    FIGURES,
).run


if __name__ == "__main__":
    sys.exit(main())
