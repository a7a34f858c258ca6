"""Profiles in the file of an assistant: kept whole, listed by what they are of."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from irene.errors import ConfigurationError
from irene.performance.store.layout import file_to_read, file_to_write
from irene.performance.store.retention import Retention, prune

_COLUMNS = "at, kind, name, config, level, seconds, cpu_s, top"


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """What is told of a profile in a list."""

    at: float
    """when it was begun, seconds since 1970 (UTC)"""
    kind: str
    """`recording`, `live` or `block`"""
    name: str
    """files, assistant, or operation"""
    config: str
    level: str
    seconds: float
    """how long it was looked at"""
    cpu_s: float
    """processor time meanwhile, seconds"""
    top: str
    """function with the most time of its own"""


@dataclass(frozen=True, slots=True)
class KeptProfile:
    """A profile that is kept."""

    number: int
    row: ProfileRow


def keep_profile(
    path: Path, row: ProfileRow, body: bytes, retention: Retention | None = None
) -> int:
    """Write a profile and return its number; what is too old, or too much, goes.

    Without a retention nothing goes: the assistant that writes the file sees to that.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    with file_to_write(path) as connection:
        number = _insert(connection, row, body)
        if retention is not None:
            prune(connection, retention, row.at + row.seconds)
    return number


def _insert(connection: sqlite3.Connection, row: ProfileRow, body: bytes) -> int:
    values = (row.at, row.kind, row.name, row.config, row.level, row.seconds, row.cpu_s, row.top)
    inserted = connection.execute(
        f"INSERT INTO profiles ({_COLUMNS}, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, body),
    )
    return int(inserted.lastrowid or 0)


def kept_profiles(path: Path) -> list[KeptProfile]:
    """Return every profile of a file, the latest first.

    Raises:
        ConfigurationError: the file is missing or damaged.
    """
    with file_to_read(path) as connection:
        rows = connection.execute(f"SELECT id, {_COLUMNS} FROM profiles ORDER BY id DESC")
        return [KeptProfile(row[0], ProfileRow(*row[1:])) for row in rows]


def profile_body(path: Path, number: int) -> bytes:
    """Return a profile as it was written.

    Raises:
        ConfigurationError: the file is missing or damaged, or there is no such profile.
    """
    with file_to_read(path) as connection:
        found = connection.execute("SELECT body FROM profiles WHERE id = ?", (number,)).fetchone()
    if found is None:
        raise ConfigurationError(f"{path}: there is no profile {number}; `irene profile --list`")
    return bytes(found[0])
