"""The benchmarks that are kept: writing one, and reading those of before."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irene.performance.store.layout import (
    file_to_read,
    file_to_write,
    is_current,
    refusal,
    transaction,
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
    with file_to_write(path) as connection:
        number = _written(connection, one, replaces)
        prune(connection, retention, now)
    return number


def _written(connection: sqlite3.Connection, one: KeptBenchmark, replaces: Sequence[int]) -> int:
    values: tuple[object, ...] = (one.at, json.dumps(one.content), one.fingerprint, one.config)
    values += (one.recordings, one.name, one.component, one.note)
    values += (one.is_trusted, one.is_baseline)
    marks = ", ".join("?" * len(values))
    with transaction(connection):
        inserted = connection.execute(
            f"INSERT INTO benchmarks ({_COLUMNS}) VALUES ({marks})", values
        )
        connection.executemany(
            "UPDATE benchmarks SET is_baseline = 0 WHERE id = ?", [(old,) for old in replaces]
        )
    return int(inserted.lastrowid or 0)


def found_in(path: Path, which: Which) -> list[KeptBenchmark]:
    """Return those of a file that are asked for, the latest first; none where there is no file.

    Raises:
        ConfigurationError: the file is damaged, or of a later irene.
    """
    wanted: dict[str, object] = {
        "name": which.name,
        "component": which.component or None,
        "fingerprint": which.fingerprint or None,
        "is_baseline": 1 if which.only_baselines else None,
    }
    asked = {column: value for column, value in wanted.items() if value is not None}
    where = "".join(f" AND {column} = ?" for column in asked)
    condition = f"WHERE at >= ?{where} ORDER BY at DESC, id DESC"
    return _asked(path, condition, (which.since, *asked.values()))


def numbered_in(path: Path, number: int) -> KeptBenchmark | None:
    """Return the benchmark of a number; None when a file has none, or there is no file.

    Raises:
        ConfigurationError: the file is damaged, or of a later irene.
    """
    found = _asked(path, "WHERE id = ?", (number,))
    return found[0] if found else None


def _asked(path: Path, condition: str, values: Sequence[object]) -> list[KeptBenchmark]:
    if not path.exists() or not is_current(path):
        return []  # a file of an irene that kept no benchmarks
    with file_to_read(path) as connection:
        rows = connection.execute(f"SELECT id, {_COLUMNS} FROM benchmarks {condition}", values)
        try:
            return [_kept(row) for row in rows]
        except ValueError as error:
            raise refusal(path, error) from None


def _kept(row: tuple[Any, ...]) -> KeptBenchmark:
    kept = dict(zip(("number", *_NAMES), row, strict=True))
    for name in ("is_trusted", "is_baseline"):
        kept[name] = bool(kept[name])
    return KeptBenchmark(**{**kept, "content": json.loads(kept["content"])})
