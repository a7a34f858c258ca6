"""`python -m irene.studies.overhead.telemetry`: what measuring costs, and in a whole question.

The share of a question is calls times cost: two runs of one question differ by more than that.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from irene.domain.clock import SystemClock
from irene.domain.events import Event, SessionEnded, SpeechSynthesized
from irene.errors import ProviderFailedError
from irene.performance.benchmark.command import Command, Figure
from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.goal import Goal
from irene.performance.benchmark.probe import Probe
from irene.performance.benchmark.rounds import Pace
from irene.pipeline.assistant import Assistant
from irene.pipeline.figures.of_events import EventFigures
from irene.telemetry.costs import StageCosts
from irene.telemetry.performance_metrics import PerformanceMetrics
from irene.telemetry.recorder import Recorder
from irene.telemetry.trace import Trace

BLOCK = "telemetry"
"""name of the measured block of the page"""
N_THREADS = 4
MOST_SHARE = 0.01
"""of the processor time of a question"""
_N = 1000
"""blocks within one loop"""
_OVERRIDES = ("outputs.default_provider=none",)
_BARE = "the clock, read twice"
_SINGLE, _NESTED = "measure()", "measure(), one in another"
GOALS = (
    Goal("one measured block", _SINGLE, 0.6),
    Goal("the same, beside the bare clock", _SINGLE, 8.0, against=_BARE),
    Goal("one of two nested blocks", _NESTED, 0.6),
)
_STAGE, _SPAN = "a stage of a chunk", "a span of a session"
_EVENT, _SESSION, _SNAPSHOT = "an event", "the end of a session", "a snapshot of all figures"


@dataclass(frozen=True)
class Question:
    """One recorded question, answered as fast as possible."""

    cpu_s: float
    """processor time from the beginning of the run to its end, seconds"""
    wall_s: float
    """time that passed meanwhile, seconds"""
    calls: Mapping[str, int]
    """how often each part of telemetry was at work, by the names of the probes"""
    spans: Mapping[str, Any]
    """where its time went"""

    def spent_s(self, costs_s: Mapping[str, float]) -> float:
        """Return the time of all calls, seconds, at these costs."""
        return sum(number * costs_s[name] for name, number in self.calls.items())


def measure_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure a block that does nothing, in every way in which one can be measured."""
    metrics, clock = PerformanceMetrics(), SystemClock()
    empty = metrics.measure("decorated")(_nothing)
    probes = (
        Probe(_SINGLE, _many(lambda: _single(metrics)), _N),
        Probe(_NESTED, _many(lambda: _nested(metrics)), 2 * _N),
        Probe(f"measure(), in {N_THREADS} threads at once", _threaded(metrics), _N),
        Probe("a decorated function", _many(lambda: _calls(empty)), _N),
        Probe("start_timer(), stop_timer()", _many(lambda: _by_hand(metrics)), _N),
        Probe(_BARE, _many(lambda: _bare(clock.monotonic)), _N),
    )
    title = "One block that is measured and does nothing"
    return Comparison("measure", title, _SINGLE, "one block", goals=GOALS).measured(probes, pace)


def question_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure what telemetry does for one recorded question, and what share of it that is."""
    return asyncio.run(_question_cost(pace))


async def telemetry_share(pace: Pace) -> float:
    """Return what share of a recorded question's processor time telemetry takes, 0 to 1.

    Raises:
        ProviderFailedError: the question was not answered.
    """
    comparison, question = await _measured_question(pace)
    return _spent_s(comparison, question) / question.cpu_s


async def _question_cost(pace: Pace) -> Comparison:
    comparison, question = await _measured_question(pace)
    spent_s = _spent_s(comparison, question)
    calls = ", ".join(f"{number} × {name}" for name, number in question.calls.items())
    share = spent_s / question.cpu_s
    verdict = "met" if share <= MOST_SHARE else "MISSED"
    note = (
        f"One question: {calls}. That is {1e3 * spent_s:.2f} ms of {1e3 * question.cpu_s:.0f} ms "
        f"processor time, {100 * share:.2f} % (at most {100 * MOST_SHARE:g} %: {verdict})."
    )
    return replace(comparison, notes=(note,))


def _spent_s(comparison: Comparison, question: Question) -> float:
    costs_s = {name: series.seconds.median for name, series in comparison.found.items()}
    return question.spent_s(costs_s)


async def _measured_question(pace: Pace) -> tuple[Comparison, Question]:
    async with Assistant.from_config("demo", overrides=_OVERRIDES) as assistant:
        question = await answered(assistant)
        probes = _probes(assistant.recorder, question)
        title = "What telemetry does for one recorded question"
        comparison = Comparison("question", title, _STAGE, "one call").measured(probes, pace)
    return comparison, question


async def answered(assistant: Assistant) -> Question:
    """Have the assistant answer its recording.

    Raises:
        ProviderFailedError: it did not answer.
    """
    events: list[Event] = []
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    async for event in assistant.run():
        events.append(event)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    ended = [event for event in events if isinstance(event, SessionEnded)]
    if [event.reason for event in ended] != ["answered"]:
        raise ProviderFailedError("the demo's question was not answered; `irene demo` shows why")
    spans = ended[0].spans
    calls = {
        _STAGE: sum(_summed(span) for span in _tree(spans)),
        _SPAN: sum(_summed(span) == 1 for span in _tree(spans)),
        _EVENT: len(events) - 1,
        _SESSION: 1,
        _SNAPSHOT: 1 + int(wall_s),
    }
    return Question(cpu_s, wall_s, calls, spans)


def _probes(recorder: Recorder, question: Question) -> tuple[Probe, ...]:
    clock = SystemClock()
    stopwatch, trace = StageCosts(clock).measure("vad"), Trace("session", clock)
    figures = EventFigures(Recorder(clock))
    spoken = SpeechSynthesized(seconds=1.0, provider="espeak", cached=False)
    ended = SessionEnded(reason="answered", spans=question.spans)

    def stage() -> None:
        began_s = stopwatch.now()
        stopwatch.took(began_s)

    def span() -> None:
        with trace.span("asr"):
            pass

    def forget() -> None:
        trace.root.children.clear()

    return (
        Probe.of(_STAGE, stage),
        Probe(_SPAN, Probe.of(_SPAN, span).run, before=forget),
        Probe.of(_EVENT, lambda: figures.note(spoken)),
        Probe.of(_SESSION, lambda: figures.note(ended)),
        Probe.of(_SNAPSHOT, recorder.snapshot),
    )


def _tree(span: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [span, *(one for child in span.get("children", ()) for one in _tree(child))]


def _summed(span: Mapping[str, Any]) -> int:
    return int(span.get("count", 1))


def _nothing() -> None:
    """Stand for a stage that takes no time."""


def _single(metrics: PerformanceMetrics) -> None:
    for _ in range(_N):
        with metrics.measure("single"):
            pass


def _nested(metrics: PerformanceMetrics) -> None:
    for _ in range(_N):
        with metrics.measure("outer"), metrics.measure("inner"):
            pass


def _calls(function: Callable[[], None]) -> None:
    for _ in range(_N):
        function()


def _by_hand(metrics: PerformanceMetrics) -> None:
    for _ in range(_N):
        metrics.start_timer("by hand")
        metrics.stop_timer("by hand")


def _bare(now: Callable[[], float]) -> None:
    for _ in range(_N):
        began_s = now()
        now() - began_s


def _many(run: Callable[[], None]) -> Callable[[int], None]:
    def loops(n_loops: int) -> None:
        for _ in range(n_loops):
            run()

    return loops


def _threaded(metrics: PerformanceMetrics) -> Callable[[int], None]:
    """Return what measures the same number of blocks, shared out among threads."""

    def share(n_loops: int) -> None:
        for _ in range(n_loops * _N // N_THREADS):
            with metrics.measure("shared"):
                pass

    def loops(n_loops: int) -> None:
        threads = [threading.Thread(target=share, args=(n_loops,)) for _ in range(N_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return loops


FIGURES: dict[str, Figure] = {"measure": measure_cost, "question": question_cost}
"""by the names that `--only` takes"""
main = Command(
    "irene.studies.overhead.telemetry",
    "Measure what measuring costs: one block, and all of it in one recorded question.",
    BLOCK,
    FIGURES,
).run


if __name__ == "__main__":
    sys.exit(main())
