"""The benchmarks that are kept: writing one, and reading those of before."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irene.performance.store.layout import (
    is_current,
    open_to_read,
    open_to_write,
    refusal,
)
from irene.performance.store.retention import Retention, prune


@dataclass(frozen=True, slots=True)
class KeptBenchmark:
    """A benchmark, as the file has it."""

    at: float
    """when it began, seconds since 1970 (UTC)"""
    content: dict[str, Any]
    """everything about it, as plain data"""
    fingerprint: str = ""
    """of the machine"""
    config: str = ""
    """name of the configuration"""
    recordings: str = ""
    """digest of what was heard"""
    name: str = ""
    """of one that a program has made; empty for those of `irene benchmark`"""
    component: str = ""
    """that it is about; empty where it is about several"""
    note: str = ""
    is_trusted: bool = False
    """whether nothing speaks against it"""
    is_baseline: bool = False
    """whether later ones are compared with it"""
    number: int | None = None
    """its row; None before it is written"""


@dataclass(frozen=True, slots=True)
class Which:
    """Which benchmarks are asked for; an empty text asks for all."""

    since: float = 0.0
    """seconds since 1970 (UTC)"""
    name: str | None = ""
    """None asks for all, whoever made them"""
    component: str = ""
    fingerprint: str = ""
    only_baselines: bool = False


_NAMES = (
    *("at", "content", "fingerprint", "config", "recordings"),
    *("name", "component", "note", "is_trusted", "is_baseline"),
)
_COLUMNS = ", ".join(_NAMES)


def keep(
    path: Path,
    one: KeptBenchmark,
    retention: Retention,
    now: float,
    replaces: Sequence[int] = (),
) -> int:
    """Write a benchmark, delete what is too old, and return its number.

    Args:
        path: the file; made when it is missing.
        one: what is written.
        retention: how much is kept.
        now: seconds since 1970 (UTC).
        replaces: numbers of those that nothing is compared with any more.

    Raises:
        ConfigurationError: it cannot be written, or is damaged.
    """
    connection = open_to_write(path)
    try:
        number = _written(connection, one, replaces)
        prune(connection, retention, now)
    except sqlite3.Error as error:
        raise refusal(path, error) from None
    finally:
        connection.close()
    return number


def _written(connection: sqlite3.Connection, one: KeptBenchmark, replaces: Sequence[int]) -> int:
    connection.execute("BEGIN IMMEDIATE")
    try:
        values: tuple[object, ...] = (one.at, json.dumps(one.content), one.fingerprint, one.config)
        values += (one.recordings, one.name, one.component, one.note)
        values += (one.is_trusted, one.is_baseline)
        marks = ", ".join("?" * len(values))
        inserted = connection.execute(
            f"INSERT INTO benchmarks ({_COLUMNS}) VALUES ({marks})", values
        )
        connection.executemany(
            "UPDATE benchmarks SET is_baseline = 0 WHERE id = ?", [(old,) for old in replaces]
        )
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return int(inserted.lastrowid or 0)


def found_in(path: Path, which: Which) -> list[KeptBenchmark]:
    """Return those of a file that are asked for, the latest first; none where there is no file.

    Raises:
        ConfigurationError: the file is damaged, or of a later irene.
    """
    if not path.exists() or not is_current(path):
        return []  # a file of an irene that kept no benchmarks
    with benchmarks_in(path) as file:
        return file.find(which)


class BenchmarkReader:
    """The benchmarks of one file; to be closed.

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

    def find(self, which: Which) -> list[KeptBenchmark]:
        """Return those that are asked for, the latest first."""
        wanted: dict[str, object] = {
            "name": which.name,
            "component": which.component or None,
            "fingerprint": which.fingerprint or None,
            "is_baseline": 1 if which.only_baselines else None,
        }
        asked = {column: value for column, value in wanted.items() if value is not None}
        where = "".join(f" AND {column} = ?" for column in asked)
        condition = f"WHERE at >= ?{where} ORDER BY at DESC, id DESC"
        return self._asked(condition, (which.since, *asked.values()))

    def numbered(self, number: int) -> KeptBenchmark | None:
        """Return the benchmark of a number; None when there is none."""
        found = self._asked("WHERE id = ?", (number,))
        return found[0] if found else None

    def _asked(self, condition: str, values: Sequence[object]) -> list[KeptBenchmark]:
        question = f"SELECT id, {_COLUMNS} FROM benchmarks {condition}"
        try:
            with closing(self._connection.execute(question, values)) as answer:
                return [_kept(row) for row in answer.fetchall()]
        except (sqlite3.Error, ValueError) as error:
            raise refusal(self.path, error) from None


@contextmanager
def benchmarks_in(path: Path) -> Iterator[BenchmarkReader]:
    """Open a file for a `with` block.

    Raises:
        ConfigurationError: the file is missing or damaged.
    """
    reader = BenchmarkReader(path)
    try:
        yield reader
    finally:
        reader.close()


def _kept(row: tuple[Any, ...]) -> KeptBenchmark:
    kept = dict(zip(("number", *_NAMES), row, strict=True))
    for name in ("is_trusted", "is_baseline"):
        kept[name] = bool(kept[name])
    return KeptBenchmark(**{**kept, "content": json.loads(kept["content"])})
