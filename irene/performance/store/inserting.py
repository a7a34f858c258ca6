"""Writing rows into the tables; every call belongs into a transaction of the caller."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from irene.performance.store.rows import (
    STEADY_S,
    AlertRow,
    ProvidersRow,
    Row,
    RunFacts,
    SampleRow,
    SeriesKey,
    UtteranceRow,
)


class Inserter:
    """Writes the rows of one run; a sample of a series is written when it is news."""

    def __init__(self, connection: sqlite3.Connection, facts: RunFacts) -> None:
        self._connection = connection
        self._facts = facts
        self._run = 0
        self._series: dict[SeriesKey, int] = {}
        self._latest: dict[int, tuple[float, float]] = {}

    def begin(self) -> None:
        """Write the run itself."""
        facts = self._facts
        began = self._connection.execute(
            "INSERT INTO runs (assistant, pid, version, config, began, seen)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (facts.assistant, facts.pid, facts.version, facts.config, facts.began, facts.began),
        )
        self._run = int(began.lastrowid or 0)

    def insert(self, rows: Sequence[Row]) -> None:
        """Write rows in their order."""
        for row in rows:
            if isinstance(row, SampleRow):
                self._insert_samples(row)
            elif isinstance(row, UtteranceRow):
                self._insert_utterance(row)
            elif isinstance(row, AlertRow):
                self._insert_alert(row)
            else:
                self._insert_providers(row)
        if rows:
            self.note(max(row.at for row in rows))

    def note(self, at: float, dropped: int = 0, ended: str | None = None) -> None:
        """Write until when the run was seen, what was lost since the last time, and its end."""
        self._connection.execute(
            "UPDATE runs SET seen = max(seen, ?), dropped = dropped + ?, ended = ifnull(?, ended)"
            " WHERE id = ?",
            (at, dropped, ended, self._run),
        )

    def forget_series(self) -> None:
        """Look every series up again: a transaction was undone, or old rows were deleted."""
        self._series.clear()
        self._latest.clear()

    def _insert_samples(self, row: SampleRow) -> None:
        news = [(self._id_of(key), row.at, value) for key, value in row.values.items()]
        news = [one for one in news if self._is_news(*one)]
        self._connection.executemany("INSERT OR REPLACE INTO samples VALUES (?, ?, ?)", news)
        self._latest.update({series: (at, value) for series, at, value in news})

    def _is_news(self, series: int, at: float, value: float) -> bool:
        latest_at, latest = self._latest.get(series, (float("-inf"), 0.0))
        return value != latest or at - latest_at >= STEADY_S

    def _id_of(self, key: SeriesKey) -> int:
        found = self._series.get(key)
        if found is None:
            found = self._series[key] = self._looked_up(key)
        return found

    def _looked_up(self, key: SeriesKey) -> int:
        named = (self._run, key.name, json.dumps(dict(key.labels)), key.statistic)
        self._connection.execute(
            "INSERT OR IGNORE INTO series (run, name, labels, statistic, kind, unit)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*named, key.kind, key.unit),
        )
        ids = self._connection.execute(
            "SELECT id FROM series WHERE run = ? AND name = ? AND labels = ? AND statistic = ?",
            named,
        )
        return int(ids.fetchone()[0])

    def _insert_utterance(self, row: UtteranceRow) -> None:
        inserted = self._connection.execute(
            "INSERT INTO utterances (run, session, at, reason, speech_s, provider, rtf)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._run, row.session, row.at, row.reason, row.speech_s, row.provider, row.rtf),
        )
        number = inserted.lastrowid
        self._connection.executemany(
            "INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(number, *span) for span in _flat(row.spans)],
        )

    def _insert_alert(self, row: AlertRow) -> None:
        if row.is_over:
            self._connection.execute(
                "UPDATE alerts SET cleared = ?, cleared_value = ?"
                " WHERE run = ? AND name = ? AND series = ? AND cleared IS NULL",
                (row.at, row.value, self._run, row.name, row.series),
            )
            return
        self._connection.execute(
            "INSERT INTO alerts (run, name, series, statistic, threshold, raised, value)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._run, row.name, row.series, row.statistic, row.threshold, row.at, row.value),
        )

    def _insert_providers(self, row: ProvidersRow) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO providers VALUES (?, ?, ?)",
            (self._run, row.at, json.dumps(list(row.reports))),
        )


def _flat(spans: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    """Yield number, number of the parent, name and times of each span, as the tree is read."""
    waiting: list[tuple[int | None, Mapping[str, Any]]] = [(None, spans)] if spans else []
    number = 0
    while waiting:
        parent, span = waiting.pop()
        times = (span["start_ms"], span["duration_ms"], span["exclusive_ms"])
        yield (number, parent, span["name"], *times, span.get("count", 1))
        waiting += [(number, child) for child in reversed(span.get("children", ()))]
        number += 1
