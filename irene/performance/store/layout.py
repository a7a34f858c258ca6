"""The tables of the file, and opening it: made when it is missing, renewed when it is old."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from irene.errors import ConfigurationError

_PATIENCE_S = 1.0
"""how long a file is waited for that another program has locked"""
_WAL_BYTES = 4_000_000
"""what is left of the write-ahead log after it was copied into the file"""

_FIRST = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, assistant TEXT NOT NULL, pid INTEGER NOT NULL, version TEXT NOT NULL,
    config TEXT NOT NULL, began REAL NOT NULL, seen REAL NOT NULL, ended TEXT,
    dropped INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE series (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    name TEXT NOT NULL, labels TEXT NOT NULL, statistic TEXT NOT NULL, kind TEXT NOT NULL,
    unit TEXT NOT NULL, UNIQUE (run, name, labels, statistic)
);
CREATE TABLE samples (
    series INTEGER NOT NULL REFERENCES series ON DELETE CASCADE, at REAL NOT NULL,
    value REAL NOT NULL, PRIMARY KEY (series, at)
) WITHOUT ROWID;
CREATE TABLE utterances (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    session INTEGER NOT NULL, at REAL NOT NULL, reason TEXT NOT NULL, speech_s REAL,
    provider TEXT NOT NULL, rtf REAL
);
CREATE INDEX utterances_by_time ON utterances (run, at);
CREATE TABLE spans (
    utterance INTEGER NOT NULL REFERENCES utterances ON DELETE CASCADE, number INTEGER NOT NULL,
    parent INTEGER, name TEXT NOT NULL, start_ms REAL NOT NULL, duration_ms REAL NOT NULL,
    exclusive_ms REAL NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (utterance, number)
) WITHOUT ROWID;
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    name TEXT NOT NULL, series TEXT NOT NULL, statistic TEXT NOT NULL, threshold REAL NOT NULL,
    raised REAL NOT NULL, value REAL NOT NULL, cleared REAL, cleared_value REAL
);
CREATE TABLE providers (
    run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE, at REAL NOT NULL,
    reports TEXT NOT NULL
);
"""
_BENCHMARKS = """
CREATE TABLE benchmarks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, fingerprint TEXT NOT NULL,
    config TEXT NOT NULL, recordings TEXT NOT NULL, name TEXT NOT NULL, component TEXT NOT NULL,
    note TEXT NOT NULL, is_trusted INTEGER NOT NULL, is_baseline INTEGER NOT NULL DEFAULT 0,
    content TEXT NOT NULL
);
CREATE INDEX benchmarks_by_time ON benchmarks (at);
"""
_PROFILES = """
CREATE TABLE profiles (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    config TEXT NOT NULL, level TEXT NOT NULL, seconds REAL NOT NULL, cpu_s REAL NOT NULL,
    top TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX profiles_by_time ON profiles (at);
"""
_OPTIMISATIONS = """
CREATE TABLE optimisations (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, version TEXT NOT NULL, config TEXT NOT NULL,
    goal TEXT NOT NULL, limits TEXT NOT NULL, trials INTEGER NOT NULL, seconds REAL NOT NULL,
    recordings INTEGER NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, changes TEXT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX optimisations_by_time ON optimisations (at);
"""
_STEPS = (_FIRST, _PROFILES, _BENCHMARKS, _OPTIMISATIONS)
"""what leads from each layout to the next; the number of steps taken is the file's user_version"""
LAYOUT = len(_STEPS)


def open_to_write(path: Path) -> sqlite3.Connection:
    """Return a connection to the file, made or brought to this layout where necessary.

    Writers go through a write-ahead log, so that readers are never held up and a process that is
    killed leaves a whole file: what was committed is in it. A machine that loses power may lose
    what its system had not written to the disk yet, never the file.

    Raises:
        ConfigurationError: it cannot be written, is damaged, no such file, or of a later irene.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise refusal(path, error) from None
    try:
        return _made_ready(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise refusal(path, error) from None
    except BaseException:
        connection.close()
        raise


def _made_ready(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    _require_known(connection, path)
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    connection.execute("PRAGMA foreign_keys = ON")
    _migrate(connection)
    path.chmod(0o600)
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    with transaction(connection):  # two assistants may find an old file at the same time
        done = _version(connection)
        for step in _STEPS[done:]:
            for statement in filter(str.strip, step.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {LAYOUT}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do what is in a `with` block as a whole, or not at all; others wait for its end."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def open_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot change the file; an assistant may write it meanwhile.

    Raises:
        ConfigurationError: there is no such file, it is damaged, or of another layout.
    """
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", timeout=5.0, uri=True)
    except sqlite3.Error as error:
        raise refusal(path, error) from None
    try:
        _require_known(connection, path)
        version = _version(connection)
        if version == 0:  # its disk was full before it had any table
            raise ConfigurationError(f"{path}: nothing is recorded in it yet; start `irene run`")
        if version < LAYOUT:
            raise ConfigurationError(
                f"{path}: an earlier irene wrote it; run the assistant once to renew it"
            )
    except sqlite3.Error as error:
        connection.close()
        raise refusal(path, error) from None
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def file_to_write(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for a `with` block that writes; it is made when it is missing.

    Raises:
        ConfigurationError: it cannot be written, is damaged, no such file, or of a later irene.
    """
    with closing(open_to_write(path)) as connection:
        try:
            yield connection
        except sqlite3.Error as error:
            raise refusal(path, error) from None


@contextmanager
def file_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for a `with` block that reads.

    Raises:
        ConfigurationError: there is no such file, it is damaged, or of another layout.
    """
    with closing(open_to_read(path)) as connection:
        try:
            yield connection
        except sqlite3.Error as error:
            raise refusal(path, error) from None


def is_current(path: Path) -> bool:
    """Whether a file has the tables of this irene, or later ones; an old one has fewer.

    Raises:
        ConfigurationError: it is damaged.
    """
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            return _version(connection) >= LAYOUT
    except sqlite3.Error as error:
        raise refusal(path, error) from None


def _require_known(connection: sqlite3.Connection, path: Path) -> None:
    found = _version(connection)
    if found > LAYOUT:
        raise ConfigurationError(
            f"{path}: a later irene wrote it (layout {found}, this one knows {LAYOUT}); "
            "set performance.store_path to another file"
        )


def _version(connection: sqlite3.Connection) -> int:
    with closing(connection.execute("PRAGMA user_version")) as found:
        return int(found.fetchone()[0])


def is_passing(error: sqlite3.Error) -> bool:
    """Whether the next try may succeed: the file is locked, or the disk is full."""
    text = str(error)
    return isinstance(error, sqlite3.OperationalError) and (
        "locked" in text or "busy" in text or "full" in text
    )


def refusal(path: Path, error: Exception) -> ConfigurationError:
    """Return what keeps a file from being used, in one line with the cure."""
    if isinstance(error, OSError):
        reason = (error.strerror or str(error)).lower()
        return ConfigurationError(f"{path}: {reason}; set performance.store_path, or store = false")
    if isinstance(error, sqlite3.OperationalError):
        if "locked" in str(error) or "busy" in str(error):
            return ConfigurationError(f"{path}: another program has locked it")
        return ConfigurationError(f"{path}: {error}; set performance.store_path, or store = false")
    return ConfigurationError(f"{path}: is damaged ({error}); move it away and a new one is made")
