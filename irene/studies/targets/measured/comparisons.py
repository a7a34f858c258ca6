"""Figures that are measured in turns with what they are compared with."""

from __future__ import annotations

import asyncio

from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.goal import Goal
from irene.performance.benchmark.timer import SystemTimer, resolution_s
from irene.performance.measuring.spread import Spread
from irene.studies.audio_core.buffers import append_cost, loan_cost
from irene.studies.audio_core.clips import clip_cost
from irene.studies.audio_core.listening import chunk_cost
from irene.studies.overhead.router import call_cost
from irene.studies.overhead.store import look_cost, note_cost
from irene.studies.overhead.telemetry import measure_cost, telemetry_share
from irene.studies.targets.finding import Absent, Finding, Nature
from irene.studies.targets.limit import Limit, at_least, at_most
from irene.studies.targets.target import Effort, Found

_MISSING = "Not measured: "
MICROSECONDS, AS_LONG, AS_FAST = "µs", "times as long", "times as fast"


def chunk(effort: Effort) -> Found:
    """What the framework does to 20 ms of a microphone, beside soxr, and Pipecat where it is."""
    measured = chunk_cost(effort.pace, effort.peers)
    names = "chunk-cost", "chunk-against-soxr", "chunk-lean-pipecat", "chunk-usual-pipecat"
    return _by_goal(measured, *names)


def clip(effort: Effort) -> Found:
    """A whole clip that is new, beside the bare call of soxr."""
    return _by_goal(clip_cost(effort.pace, None), "clip-conversion")


def append(effort: Effort) -> Found:
    """Appending to the ring buffer, beside joining arrays."""
    found = _by_goal(append_cost(effort.pace, None), "ring-append", "ring-against-concatenate")
    return {
        **found,
        "service-append": found["ring-append"],
        "service-append-ratio": found["ring-against-concatenate"],
    }


def loan(effort: Effort) -> Found:
    """Memory that is lent and given back."""
    return _by_goal(loan_cost(effort.pace, None), "pool-loan")


def measuring(effort: Effort) -> Found:
    """A block that is measured and does nothing."""
    return _by_goal(
        measure_cost(effort.pace, None), "measure", "measure-against-clock", "measure-nested"
    )


def router(effort: Effort) -> Found:
    """A call through the router that returns at once."""
    return _by_goal(call_cost(effort.pace, None), "router-call", "router-call-timer")


def keeping(effort: Effort) -> Found:
    """What keeping and watching measurements costs the event loop and its own thread."""
    return {
        **_by_goal(note_cost(effort.pace, None), "store-note"),
        **_by_goal(look_cost(effort.pace, None), "store-look"),
    }


def question(effort: Effort) -> Found:
    """The share of a recorded question's processor time that is spent on measuring it."""
    share = asyncio.run(telemetry_share(effort.pace))
    return {"telemetry-share": Finding(Spread((100 * share,)), Nature.RATIO)}


def limit_of(goal: Goal) -> Limit:
    """Return the limit that a goal of a comparison sets, in the unit that people read."""
    if not goal.against:
        return at_most(goal.at_most, MICROSECONDS)
    if goal.at_most < 1:
        return at_least(round(1 / goal.at_most, 2), AS_FAST)
    return at_most(goal.at_most, AS_LONG)


def _by_goal(comparison: Comparison, *targets: str) -> Found:
    """Return what was found for each goal of a comparison, by the targets in the same order."""
    doubts = tuple(comparison.weaknesses(resolution_s(SystemTimer())))
    pairs = zip(targets, comparison.goals, strict=True)
    return {target: _finding(goal, comparison, doubts) for target, goal in pairs}


def _finding(goal: Goal, comparison: Comparison, doubts: tuple[str, ...]) -> Finding | Absent:
    figures = goal.figures(comparison.found)
    if figures is None:
        reasons = (note.removeprefix(_MISSING).rstrip(".") for note in comparison.notes)
        return Absent(f"others were not measured: {'; '.join(reasons)}")
    if limit_of(goal).is_least:
        figures = Spread(tuple(1 / one for one in figures.values))
    return Finding(figures, Nature.RATIO if goal.against else Nature.TIME, doubts)
