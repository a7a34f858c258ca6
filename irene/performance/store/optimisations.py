"""What became of each search for a better configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from irene.performance.store.layout import file_to_read, file_to_write

_COLUMNS = (
    "at, version, config, goal, limits, trials, seconds, recordings, before, after, changes, state"
)


@dataclass(frozen=True, slots=True)
class OptimisationRow:
    """A search that came to its end."""

    at: float
    """when it ended, seconds since 1970 (UTC)"""
    version: str
    """version of irene"""
    config: str
    """name of the configuration"""
    goal: str
    """`latency`, `cpu`, `memory` or `accuracy`"""
    limits: Sequence[str] = ()
    """as the command line writes them"""
    trials: int = 0
    """how many there were"""
    seconds: float = 0.0
    """how long it took"""
    recordings: int = 0
    """how many were heard"""
    before: Mapping[str, float] = field(default_factory=dict)
    """metrics of the configuration as it was, by name"""
    after: Mapping[str, float] = field(default_factory=dict)
    """metrics with the changes"""
    changes: Sequence[Mapping[str, Any]] = ()
    """each with `key`, `before`, `after` and `evidence`"""
    state: str = "nothing"
    """`nothing` (no change was proven better), `proposed`, `applied`, `reverted` or `missed` (a
    limit could not be kept)"""


def keep(path: Path, row: OptimisationRow) -> None:
    """Write a search into the file.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    with file_to_write(path) as connection:
        connection.execute(
            f"INSERT INTO optimisations ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            _written(row),
        )


def kept(path: Path) -> list[OptimisationRow]:
    """Return every search that the file holds, the latest first.

    Raises:
        ConfigurationError: there is no such file, or it is damaged.
    """
    with file_to_read(path) as connection:
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM optimisations ORDER BY at DESC, id DESC"
        ).fetchall()
    return [_read(row) for row in rows]


def _written(row: OptimisationRow) -> tuple[object, ...]:
    return (
        *(row.at, row.version, row.config, row.goal, json.dumps(list(row.limits))),
        *(row.trials, row.seconds, row.recordings),
        *(json.dumps(dict(row.before)), json.dumps(dict(row.after))),
        *(json.dumps([dict(one) for one in row.changes]), row.state),
    )


def _read(row: Sequence[Any]) -> OptimisationRow:
    at, version, config, goal, limits, trials, seconds, recordings, *rest = row
    before, after, changes, state = rest
    return OptimisationRow(
        *(at, version, config, goal, tuple(json.loads(limits)), trials, seconds, recordings),
        *(json.loads(before), json.loads(after), tuple(json.loads(changes)), state),
    )
