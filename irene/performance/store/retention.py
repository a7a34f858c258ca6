"""Deleting what is too old, or too much."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

_SHARE = 0.1
"""share of the time that the file covers that goes at once when it is too large"""
_MAY_GO = "is_baseline = 0"
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
    times = connection.execute("SELECT min(at) FROM samples").fetchone()
    times += connection.execute("SELECT min(at) FROM utterances").fetchone()
    times += connection.execute(f"SELECT min(at) FROM benchmarks WHERE {_MAY_GO}").fetchone()
    times += connection.execute("SELECT min(at) FROM profiles").fetchone()
    times += connection.execute("SELECT min(at) FROM optimisations").fetchone()
    return min((float(one) for one in times if one is not None), default=None)


def _delete_before(connection: sqlite3.Connection, time: float) -> bool:
    before = connection.total_changes
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("DELETE FROM samples WHERE at < ?", (time,))
        connection.execute("DELETE FROM utterances WHERE at < ?", (time,))
        connection.execute("DELETE FROM profiles WHERE at < ?", (time,))
        connection.execute("DELETE FROM alerts WHERE ifnull(cleared, raised) < ?", (time,))
        connection.execute(f"DELETE FROM benchmarks WHERE at < ? AND {_MAY_GO}", (time,))
        connection.execute("DELETE FROM runs WHERE seen < ?", (time,))
        connection.execute("DELETE FROM optimisations WHERE at < ?", (time,))
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return connection.total_changes > before
