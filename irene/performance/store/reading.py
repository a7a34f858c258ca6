"""Reading what is kept, also while an assistant writes it."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from irene.performance.store.layout import open_to_read, refusal
from irene.performance.store.rows import LONGEST_STEADY_S, RunFacts, SeriesKey


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run of an assistant, as the file has it."""

    number: int
    """its row"""
    facts: RunFacts
    seen: float
    """time of its latest measurement, seconds since 1970 (UTC)"""
    ended: str | None
    """why it ended; None while it runs, and when it was killed"""
    dropped: int
    """rows that could not be written in time"""


@dataclass(frozen=True, slots=True)
class KeptSpan:
    """A stage of one command."""

    utterance: int
    """row of the command"""
    name: str
    parent: str
    """name of the stage that it is a part of; empty for the whole session"""
    duration_ms: float


@dataclass(frozen=True, slots=True)
class KeptUtterance:
    """A command."""

    number: int
    """its row"""
    at: float
    """when it ended, seconds since 1970 (UTC)"""
    reason: str
    speech_s: float | None
    provider: str
    """the recogniser that understood it"""
    rtf: float | None
    """its real-time factor"""


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert that there was, or is."""

    name: str
    series: str
    statistic: str
    threshold: float
    raised: float
    """seconds since 1970 (UTC)"""
    value: float
    """what raised it"""
    cleared: float | None
    """None while it lasts, and when the run ended before it did"""


@dataclass(frozen=True, slots=True)
class Extent:
    """Which measurements are asked for."""

    runs: Sequence[int]
    """rows of the runs"""
    since: float
    """seconds since 1970 (UTC)"""

    @property
    def marks(self) -> str:
        """A place holder of SQL for each run."""
        return ", ".join("?" * len(self.runs))

    @property
    def values(self) -> tuple[float, ...]:
        """What stands for the place holders: the runs, then the time."""
        return (*self.runs, self.since)


Points = Sequence[tuple[float, float]]
"""times (seconds since 1970) and values, oldest first; a value holds until the next one"""


class StoreReader:
    """What the file of an assistant holds; to be closed.

    Raises:
        ConfigurationError: on making it and on every question: the file is missing or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        """the file"""
        self._connection = open_to_read(path)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def runs(self) -> list[KeptRun]:
        """Return every run, the latest first."""
        rows = self._rows(
            "SELECT id, assistant, pid, version, config, began, seen, ended, dropped FROM runs"
            " ORDER BY began DESC, id DESC"
        )
        return [KeptRun(row[0], RunFacts(*row[1:6]), *row[6:]) for row in rows]

    def utterances(self, extent: Extent) -> list[KeptUtterance]:
        """Return the commands, oldest first."""
        rows = self._rows(
            "SELECT id, at, reason, speech_s, provider, rtf FROM utterances"
            f" WHERE run IN ({extent.marks}) AND at >= ? ORDER BY at",
            extent.values,
        )
        return [KeptUtterance(*row) for row in rows]

    def spans(self, extent: Extent) -> list[KeptSpan]:
        """Return the stages of those commands."""
        rows = self._rows(
            "SELECT s.utterance, s.name, ifnull(p.name, ''), s.duration_ms FROM utterances u"
            " JOIN spans s ON s.utterance = u.id"
            " LEFT JOIN spans p ON p.utterance = s.utterance AND p.number = s.parent"
            f" WHERE u.run IN ({extent.marks}) AND u.at >= ? ORDER BY u.at, s.number",
            extent.values,
        )
        return [KeptSpan(*row) for row in rows]

    def samples(self, extent: Extent) -> dict[SeriesKey, Points]:
        """Return every series; one that several runs have goes on from one run to the next.

        The first point may be from before: a value that does not change is written now and then.
        """
        series = self._rows(
            "SELECT id, name, labels, statistic, kind, unit FROM series"
            f" WHERE run IN ({extent.marks}) ORDER BY name, labels, statistic",
            extent.runs,
        )
        keys: dict[SeriesKey, list[int]] = defaultdict(list)
        for number, name, labels, statistic, kind, unit in series:
            key = SeriesKey(name, _labels(json.loads(labels)), statistic, kind, unit)
            keys[key].append(number)
        found = {key: self._points(numbers, extent.since) for key, numbers in keys.items()}
        return {key: points for key, points in found.items() if points}

    def _points(self, series: Sequence[int], since: float) -> list[tuple[float, float]]:
        """Return the points of series that go on from one to the next, oldest first."""
        marks = ", ".join("?" * len(series))
        points = self._rows(
            f"SELECT at, value FROM samples WHERE series IN ({marks}) AND at >= ? ORDER BY at",
            (*series, since - LONGEST_STEADY_S - 1),
        )
        n_before = sum(1 for at, _ in takewhile(lambda point: point[0] <= since, points))
        return points[max(0, n_before - 1) :]

    def alerts(self, extent: Extent) -> list[KeptAlert]:
        """Return the alerts that were on, oldest first."""
        rows = self._rows(
            "SELECT name, series, statistic, threshold, raised, value, cleared FROM alerts"
            f" WHERE run IN ({extent.marks}) AND ifnull(cleared, 1e99) >= ? ORDER BY raised",
            extent.values,
        )
        return [KeptAlert(*row) for row in rows]

    def providers(self, run: int) -> list[dict[str, Any]]:
        """Return how the providers of a run did last."""
        rows = self._rows("SELECT reports FROM providers WHERE run = ?", (run,))
        return [dict(report) for row in rows for report in json.loads(row[0])]

    def _rows(self, question: str, values: Sequence[object] = ()) -> list[Any]:
        try:
            with closing(self._connection.execute(question, values)) as answer:
                return answer.fetchall()
        except sqlite3.Error as error:
            raise refusal(self.path, error) from None


def _labels(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


@contextmanager
def reading(path: Path) -> Iterator[StoreReader]:
    """Open a file for a `with` block.

    Raises:
        ConfigurationError: the file is missing or damaged.
    """
    reader = StoreReader(path)
    try:
        yield reader
    finally:
        reader.close()
