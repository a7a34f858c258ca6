"""Lists of things to buy and to do, in one SQLite file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TypeVar

from irene import ProviderFailedError

ResultT = TypeVar("ResultT")

MAX_ITEMS = 500
"""items that a list holds at most"""
MAX_LISTS = 50
"""lists that can be made at most"""
MAX_CHARACTERS = 200
"""longest text of an item or a name; what is longer is cut"""

_VERSION = 1
_SCHEMA = """
create table if not exists list (name text primary key) without rowid;
create table if not exists item (
    number integer primary key,
    list text not null,
    key text not null,
    text text not null,
    done integer not null default 0,
    unique (list, key)
);
"""
_SHORTEST_STEM = 3
_LONGEST_ENDING = 2


class ListStore:
    """Named lists of texts that survive a restart.

    Every call opens the file, does one transaction and closes it, so any number of threads and
    processes may share it. A file that SQLite cannot read is renamed, and a new one begun.
    """

    def __init__(self, path: Path, set_aside: Callable[[Path], None] = lambda _: None) -> None:
        self._path = path
        self._set_aside = set_aside
        """is told the new name of a damaged file"""
        self._mending = threading.Lock()

    def check(self) -> None:
        """Read the whole file once, so that damage shows before somebody needs it.

        Raises:
            ProviderFailedError: the file cannot be opened.
        """
        self._do(_check)

    def names(self) -> list[str]:
        """Return the lists that were created, in the order of the alphabet."""
        return self._do(lambda db: _column(db, "select name from list order by name"))

    def create(self, name: str) -> bool:
        """Create a list; False when there is one of that name, or there are too many."""

        def insert(db: sqlite3.Connection) -> bool:
            if len(_column(db, "select name from list")) >= MAX_LISTS:
                return False
            done = db.execute("insert or ignore into list values (?)", (_key(name),))
            return done.rowcount > 0

        return bool(_key(name)) and self._do(insert)

    def forget(self, name: str) -> None:
        """Remove a list and what is on it."""

        def delete(db: sqlite3.Connection) -> None:
            db.execute("delete from item where list = ?", (_key(name),))
            db.execute("delete from list where name = ?", (_key(name),))

        self._do(delete)

    def items(self, name: str) -> list[str]:
        """Return what is open on a list, oldest first."""
        return self._do(lambda db: [text for _, text in _open_items(db, _key(name))])

    def known(self) -> list[str]:
        """Return every text that stands on a list, done or not, latest first."""
        return self._do(
            lambda db: _column(
                db, "select text from item group by key order by max(number) desc limit 200"
            )
        )

    def add(self, name: str, texts: Iterable[str]) -> tuple[list[str], list[str]]:
        """Put texts on a list; return those that are new there, and those that found no room.

        What was done before is new again; what is open already is neither.
        """

        def insert(db: sqlite3.Connection) -> tuple[list[str], list[str]]:
            added: list[str] = []
            refused: list[str] = []
            for text in filter(None, map(tidy, texts)):
                before = [key for key, _ in _open_items(db, _key(name))]
                if _key(text) in before:
                    continue
                if len(before) >= MAX_ITEMS:
                    refused.append(text)
                    continue
                db.execute("delete from item where list = ? and key = ?", (_key(name), _key(text)))
                db.execute(
                    "insert into item (list, key, text) values (?, ?, ?)",
                    (_key(name), _key(text), text),
                )
                added.append(text)
            return added, refused

        return self._do(insert)

    def find(self, name: str, wanted: str) -> str | None:
        """Return the open item that is meant: the very text, or the only one like it.

        `eggs` is like `egg`, and `milk` like `two litres of milk`.
        """
        items = self.items(name)
        same = [text for text in items if _key(text) == _key(wanted)]
        like = same or [text for text in items if _is_like(_key(text), _key(wanted))]
        return like[0] if len(like) == 1 else None

    def remove(self, name: str, text: str) -> None:
        """Take an item off a list."""
        self._change("delete from item where list = ? and key = ?", name, text)

    def complete(self, name: str, text: str) -> None:
        """Mark an item as done: it is no longer open."""
        self._change("update item set done = 1 where list = ? and key = ?", name, text)

    def clear(self, name: str) -> int:
        """Take everything off a list; return how many items were open."""

        def delete(db: sqlite3.Connection) -> int:
            n_open = len(_open_items(db, _key(name)))
            db.execute("delete from item where list = ?", (_key(name),))
            return n_open

        return self._do(delete)

    def _change(self, statement: str, name: str, text: str) -> None:
        self._do(lambda db: db.execute(statement, (_key(name), _key(text))) and None)

    def _do(self, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT:
        try:
            try:
                return self._transaction(work)
            except sqlite3.DatabaseError as error:
                _refuse_what_is_no_damage(error)
            with self._mending:
                return self._mend(work)
        except (sqlite3.Error, OSError) as error:
            raise ProviderFailedError(f"{self._path}: {error}; the lists cannot be used") from error

    def _mend(self, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT:
        """Do the work on the damaged file's successor, which another thread may have begun."""
        try:
            return self._transaction(work)
        except sqlite3.DatabaseError as error:
            _refuse_what_is_no_damage(error)
        self._begin_anew()
        return self._transaction(work)

    def _transaction(self, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT:
        with closing(sqlite3.connect(self._path, timeout=2.0, isolation_level=None)) as db:
            db.execute("begin immediate")
            with db:
                _prepare(db)
                return work(db)

    def _begin_anew(self) -> None:
        """Give a damaged file another name; nothing of it is lost."""
        names = (f"{self._path.stem}.damaged-{number}.sqlite" for number in count(1))
        aside = next(path for path in map(self._path.with_name, names) if not path.exists())
        journal = self._path.with_name(f"{self._path.name}-journal")
        if journal.exists():
            journal.rename(aside.with_name(f"{aside.name}-journal"))
        self._path.rename(aside)
        self._set_aside(aside)


def _refuse_what_is_no_damage(error: sqlite3.DatabaseError) -> None:
    """Raise again what has other reasons: a full disk, a folder without access, a wrong value."""
    others = (
        sqlite3.OperationalError,
        sqlite3.ProgrammingError,
        sqlite3.IntegrityError,
        sqlite3.DataError,
    )
    if isinstance(error, others):
        raise error


def _prepare(db: sqlite3.Connection) -> None:
    version = db.execute("pragma user_version").fetchone()[0]
    if version > _VERSION:
        raise sqlite3.OperationalError(f"written by a later version of irene (format {version})")
    if version < _VERSION:
        for statement in filter(str.strip, _SCHEMA.split(";")):
            db.execute(statement)
        db.execute(f"pragma user_version = {_VERSION}")


def _check(db: sqlite3.Connection) -> None:
    found = _column(db, "pragma quick_check(1)")
    if found != ["ok"]:
        raise sqlite3.DatabaseError(found[0])


def _open_items(db: sqlite3.Connection, name: str) -> list[tuple[str, str]]:
    """Return key and text of what is open, oldest first."""
    statement = "select key, text from item where list = ? and done = 0 order by number"
    return db.execute(statement, (name,)).fetchall()


def _column(db: sqlite3.Connection, statement: str) -> list[str]:
    return [row[0] for row in db.execute(statement)]


def tidy(text: str) -> str:
    """Return the text on one line, without what no database or voice takes."""
    plain = text.encode("utf-8", "ignore").decode().replace("\0", " ")
    return " ".join(plain.split())[:MAX_CHARACTERS].strip()


def _key(text: str) -> str:
    return tidy(text).casefold()


def _is_like(one: str, other: str) -> bool:
    """Whether one has the words of the other, or they differ in their ending alone."""
    short, long = sorted((one, other), key=len)
    if not short:
        return False
    if _holds(long.split(), short.split()):
        return True
    ending = len(long) - len(short)
    return long.startswith(short) and len(short) >= _SHORTEST_STEM and ending <= _LONGEST_ENDING


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    places = range(len(words) - len(part) + 1)
    return any(list(words[at : at + len(part)]) == list(part) for at in places)
