"""`python -m irene.studies.overhead.store`: what it costs to keep and to watch measurements.

What the event loop pays is apart from what the writer's and the observer's threads pay.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from irene.domain.clock import SystemClock
from irene.domain.events import SessionEnded, SpeechEnded, Transcript
from irene.performance.alerts.defaults import DEFAULT_ALERTS
from irene.performance.alerts.evaluation import Alerts
from irene.performance.alerts.figures import Figures, compared
from irene.performance.benchmark.command import Command, Figure
from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.goal import Goal
from irene.performance.benchmark.probe import Probe
from irene.performance.benchmark.rounds import Pace
from irene.performance.store.inserting import Inserter
from irene.performance.store.layout import open_to_write
from irene.performance.store.retention import Retention
from irene.performance.store.rows import RunFacts, SampleRow, UtteranceRow
from irene.performance.store.writer import StoreWriter
from irene.performance.watching.commands_seen import CommandsSeen
from irene.performance.watching.observer import SeriesKeys, sampled
from irene.telemetry.catalogue import METRICS
from irene.telemetry.metrics import MetricKind
from irene.telemetry.recorder import Recorder

BLOCK = "store"
"""name of the measured block of the page"""
_BATCH = 50
_N_TURNS = 500
"""turns, a millisecond each, for which an event loop is watched"""
_TRIALS = 8
_EACH = 10
"""turns from one command to the next: a hundred commands a second"""
_NOTE = "the three events of a command, on the event loop"
_ALONE = "a command in a transaction of its own"
_TOGETHER = f"a command of {_BATCH} in one transaction"
_LOOK = "a look: every figure kept, every rule held against it"
NOTE_GOALS = (Goal(_NOTE, _NOTE, 100.0),)
LOOK_GOALS = (Goal("a look, of each second", _LOOK, 10_000.0),)
_FACTS = RunFacts("irene", 1, "0", "demo", 0.0)
_FOREVER = Retention(1e5, 0)


def _span(name: str, *children: Mapping[str, Any]) -> dict[str, Any]:
    times = {"start_ms": 1.0, "duration_ms": 20.0, "exclusive_ms": 20.0}
    return {"name": name, **times, "children": list(children)}


def _command(session: int, at: float) -> UtteranceRow:
    listening = ("resample", "wake", "vad", "capture", "asr_streaming")
    response = ("endpoint", "asr", "intent", "tts", "playback_start")
    spans = _span(
        "session",
        _span("listening", *map(_span, listening)),
        _span("response", *map(_span, response)),
        _span("playback"),
    )
    return UtteranceRow(session, at, "answered", 2.0, "vosk", 0.2, spans)


def note_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure what the event loop pays for a command: its events are noted, its row is put."""
    with _file() as path:
        writer = StoreWriter(path, _FACTS, _FOREVER, SystemClock())
        seen = CommandsSeen(SystemClock())
        events = (
            SpeechEnded(session=1, start_s=0.0, end_s=2.0),
            Transcript(session=1, text="", provider="vosk", start_s=0, end_s=2, latency_ms=1),
            SessionEnded(session=1, reason="answered", spans=_command(1, 0.0).spans),
        )

        def note() -> None:
            for event in events:
                row = seen.note(event)
                if row is not None:
                    writer.put(row)

        comparison = Comparison(
            "note",
            "A command, noted",
            _NOTE,
            "one command",
            goals=NOTE_GOALS,
            notes=(_hold_up(path),),
        )
        measured = comparison.measured((Probe.of(_NOTE, note),), pace)
    return measured


def write_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure what the writer's thread pays for a command with its 14 stages."""
    with _file() as path:
        connection = open_to_write(path)
        inserter = Inserter(connection, _FACTS)
        inserter.begin()

        def write(n: int) -> Callable[[], None]:
            rows = [_command(number, float(number)) for number in range(n)]

            def work() -> None:
                connection.execute("BEGIN IMMEDIATE")
                inserter.insert(rows)
                connection.execute("COMMIT")

            return work

        probes = (Probe.of(_TOGETHER, write(_BATCH), _BATCH), Probe.of(_ALONE, write(1)))
        comparison = Comparison("write", "A command, written", _TOGETHER, "one command")
        measured = comparison.measured(probes, pace)
        connection.close()
    return measured


def look_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure a look at a recorder in which every metric has a value."""
    recorder, clock = _full_recorder(), SystemClock()
    figures, alerts, keys = Figures(), Alerts(DEFAULT_ALERTS, clock), SeriesKeys()

    def look() -> None:
        snapshot = recorder.snapshot()
        SampleRow(0.0, sampled(snapshot.readings, keys))
        readings = compared(snapshot.readings, DEFAULT_ALERTS)
        alerts.look(figures.of(readings, clock.monotonic()))

    n = len(recorder.snapshot().readings)
    title = f"A look at {n} figures, once a second on a thread of its own"
    comparison = Comparison("look", title, _LOOK, "one look", goals=LOOK_GOALS)
    return comparison.measured((Probe.of(_LOOK, look),), pace)


def _hold_up(path: Path) -> str:
    """Return how long an event loop is held up at most while commands are written, in words."""
    idle_s = min(asyncio.run(_longest_turn(None)) for _ in range(_TRIALS))
    busy_s = min(asyncio.run(_longest_turn(_begun(path, n))) for n in range(_TRIALS))
    return (
        f"longest time between two turns of an event loop that looks every millisecond (least of "
        f"{_TRIALS} trials): {1e3 * busy_s:.1f} ms while a command is put and written every "
        f"{_EACH} ms, {1e3 * idle_s:.1f} ms while none is"
    )


def _begun(path: Path, number: int) -> StoreWriter:
    writer = StoreWriter(path.with_name(f"{number}.db"), _FACTS, _FOREVER, SystemClock())
    writer.start()
    return writer


async def _longest_turn(writer: StoreWriter | None) -> float:
    longest, before = 0.0, time.perf_counter()
    for number in range(_N_TURNS):
        if writer is not None and number % _EACH == 0:
            writer.put(_command(number, float(number)))
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    if writer is not None:
        await asyncio.get_running_loop().run_in_executor(None, writer.close)
    return longest


def _full_recorder() -> Recorder:
    recorder = Recorder()
    for metric in METRICS:
        labels = ["hit" if label == "result" else "a" for label in metric.labels]
        if metric.kind is MetricKind.COUNTER:
            recorder.counter(metric, *labels).add()
        elif metric.kind is MetricKind.GAUGE:
            recorder.gauge(metric, *labels).set(1.0)
        else:
            histogram = recorder.histogram(metric, *labels)
            for number in range(1000):
                histogram.observe(number / 1000)
    return recorder


@contextmanager
def _file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "performance.db"


FIGURES: dict[str, Figure] = {
    "note": note_cost,
    "write": write_cost,
    "look": look_cost,
}
"""by the names that `--only` takes"""
main = Command(
    "irene.studies.overhead.store",
    "Measure what it costs to keep and to watch measurements.",
    BLOCK,
    FIGURES,
).run


if __name__ == "__main__":
    sys.exit(main())
