"""Rows and files for the tests of the store."""

import time
from pathlib import Path

from irene.domain.clock import SystemClock
from irene.performance.store.retention import Retention
from irene.performance.store.rows import RunFacts, SampleRow, SeriesKey, UtteranceRow
from irene.performance.store.writer import StoreWriter

NOW = 1_900_000_000.0
GONE = 2**31 - 1
"""number that no system gives to a process"""
FOREVER = Retention(days=1e5, max_mb=0)
DEPTH = SeriesKey("queue_depth", (("queue", "input"),))
SPANS = {
    "name": "session",
    "start_ms": 0.0,
    "duration_ms": 900.0,
    "exclusive_ms": 100.0,
    "children": [
        {
            "name": "listening",
            "start_ms": 0.0,
            "duration_ms": 500.0,
            "exclusive_ms": 480.0,
            "children": [
                {
                    "name": "vad",
                    "start_ms": 0.0,
                    "duration_ms": 20.0,
                    "exclusive_ms": 20.0,
                    "count": 98,
                }
            ],
        },
        {"name": "asr", "start_ms": 500.0, "duration_ms": 300.0, "exclusive_ms": 300.0},
    ],
}


def facts(began=NOW, assistant="irene", pid=GONE):
    return RunFacts(assistant, pid, "0.1.0", "demo", began)


def sample(value, at=NOW, key=DEPTH):
    return SampleRow(at, {key: value})


def utterance(session=1, at=NOW, spans=SPANS):
    return UtteranceRow(session, at, "answered", 2.0, "pocketsphinx", 0.5, spans)


def writer_of(path: Path, **options):
    retention = options.pop("retention", FOREVER)
    run = options.pop("run", facts())
    clock = options.pop("clock", SystemClock())
    return StoreWriter(path, run, retention, clock, **options)


def written(path: Path, *rows, **options):
    """Write rows and return the writer, closed."""
    writer = writer_of(path, **options)
    writer.start()
    for row in rows:
        writer.put(row)
    writer.close()
    return writer


def wait_for(condition, limit_s=20.0):
    """Wait until something is so."""
    until = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.005)
