"""Deleting what is too old, or too much."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from irene.config.sections.performance import PerformanceSection
from irene.performance.store.layout import transaction

_SHARE = 0.1
"""share of the time that the file covers that goes at once when it is too large"""
_DATED = {
    "samples": "1",
    "utterances": "1",
    "profiles": "1",
    "benchmarks": "is_baseline = 0",
    "optimisations": "1",
}
"""tables whose rows go by their `at`, and which of them may (SQL)"""
_MOST_ROUNDS = 20
"""rounds of deleting in a row; the rest goes the next time"""


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept; the run that is written now is never deleted as such.

    Nor is a baseline that later benchmarks are compared with.
    """

    days: float
    """age at which rows go"""
    max_mb: float
    """size of the file, 10^6 bytes, above which the oldest rows go; 0: as large as it gets"""

    @classmethod
    def of(cls, section: PerformanceSection) -> Retention:
        """Return what `[performance]` of a configuration says."""
        return cls(section.store_days, section.store_max_mb)


def prune(connection: sqlite3.Connection, retention: Retention, now: float) -> bool:
    """Delete what must go, in one transaction for each step; return whether anything did.

    Args:
        connection: one in which no transaction is open.
        retention: what may stay.
        now: seconds since 1970 (UTC).
    """
    has_deleted = _delete_before(connection, now - 86400 * retention.days)
    if retention.max_mb:
        for _ in range(_MOST_ROUNDS):
            if size_bytes(connection) <= 1e6 * retention.max_mb:
                break
            oldest = _oldest(connection)
            if oldest is None or oldest >= now:
                break
            has_deleted |= _delete_before(connection, oldest + max(1.0, _SHARE * (now - oldest)))
    if has_deleted:
        connection.executescript("PRAGMA incremental_vacuum")  # `execute` frees one page only
    return has_deleted


def size_bytes(connection: sqlite3.Connection) -> int:
    """Return what the file holds, without pages that are free."""
    pages, free, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def _oldest(connection: sqlite3.Connection) -> float | None:
    """Return the time of the oldest sample, utterance, benchmark, profile or search."""
    times = [
        connection.execute(f"SELECT min(at) FROM {table} WHERE {may_go}").fetchone()[0]
        for table, may_go in _DATED.items()
    ]
    return min((float(one) for one in times if one is not None), default=None)


def _delete_before(connection: sqlite3.Connection, time: float) -> bool:
    before = connection.total_changes
    with transaction(connection):
        for table, may_go in _DATED.items():
            connection.execute(f"DELETE FROM {table} WHERE at < ? AND {may_go}", (time,))
        connection.execute("DELETE FROM alerts WHERE ifnull(cleared, raised) < ?", (time,))
        connection.execute("DELETE FROM runs WHERE seen < ?", (time,))
    return connection.total_changes > before
