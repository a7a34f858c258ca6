"""Entries that survive a restart: one JSON file, whole at any moment."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import datetime, timezone, tzinfo
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from irene import Clock, ProviderFailedError, Services, replace_file
from irene_plugins.intents.agenda.turns import PATIENCE_S, Turn

VERSION = 1
"""of the file; a file of another version is set aside, not guessed at"""
_AGAIN_S = 1.0
"""time after which what nobody was told is tried again"""
_TOLERANCE_S = 0.001
"""how much earlier than due is due: clocks count microseconds, and round"""


class Entry(Protocol):
    """What a ledger keeps: a frozen dataclass of plain values that checks itself.

    It raises TypeError or ValueError when it is made from values that it does not know.
    """

    @property
    def number(self) -> int:
        """Unlike that of any other entry; those that came later have higher ones."""
        ...

    def due_at(self, zone: tzinfo) -> float | None:
        """Return when it is due, in seconds since the epoch; None while it waits for nothing."""
        ...


EntryT = TypeVar("EntryT", bound=Entry)


class Ledger(Generic[EntryT]):
    """Keeps entries, has them written down, and wakes its owner when one is due.

    Every change is on the disk before the method returns. A disk that takes nothing costs a
    warning, not an entry. What another program writes (`irene ask`, beside an assistant that
    listens) is noticed before the next change, and from time to time; within `turn` it writes
    nothing. All methods may be called from any thread.
    """

    def __init__(
        self,
        services: Services,
        file: StateFile | None,
        read: Callable[..., EntryT],
        wake: Callable[[], None],
        *,
        looks_again_s: float = 30.0,
        spare_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Read what is kept.

        Args:
            services: the clock, and who wakes the owner.
            file: where entries are kept; None keeps them until the end.
            read: makes an entry of a table.
            wake: called when an entry is due, or may be.
            looks_again_s: time after which what another program wrote is noticed at last.
            spare_s: time for which entries that are due are left to other programs.
        """
        self._services = services
        self._file = file
        self._read = read
        self._wake = wake
        self._looks_again_s = looks_again_s
        self._spare_s = spare_s
        self._lock = threading.RLock()
        self._entries: dict[int, EntryT] = {}
        self._cancel_wake: Callable[[], None] | None = None
        self._refresh()

    @contextmanager
    def turn(self, patience_s: float = PATIENCE_S) -> Iterator[bool]:
        """Have the file to oneself: what is read within the block stays as it is.

        Yields False when another program kept it for so many seconds, and may be at work on it.
        """
        with nullcontext(True) if self._file is None else self._file.turn.taken(patience_s) as mine:
            yield mine

    def entries(self) -> list[EntryT]:
        """Return all entries, in the order in which they came."""
        with self._lock:
            self._refresh()
            return sorted(self._entries.values(), key=lambda entry: entry.number)

    def next_number(self) -> int:
        """Return a number that no entry has."""
        with self._lock:
            return max(self._entries, default=0) + 1

    def put(self, *entries: EntryT) -> None:
        """Add entries, or replace those of the same numbers."""
        with self._lock:
            self._refresh()
            self._entries.update({entry.number: entry for entry in entries})
            self.save()

    def drop(self, entries: Iterable[EntryT]) -> None:
        """Remove entries."""
        with self._lock:
            self._refresh()
            for entry in entries:
                self._entries.pop(entry.number, None)
            self.save()

    def take_due(self, following: Callable[[EntryT], EntryT | None]) -> list[EntryT]:
        """Return the entries that are due, the earliest first, and put what follows in their place.

        Those that are left to other programs for a while are not among them.

        Nothing is written yet: call `save` once they have been dealt with, so that whoever is
        interrupted in between deals with them again and not never.
        """
        now = self._services.clock.now()
        latest_s = _TOLERANCE_S - self._spare_s()
        with self._lock:
            self._refresh()
            due = [
                one for one in self._entries.values() if self._seconds_left(one, now) <= latest_s
            ]
            due.sort(key=lambda entry: self._seconds_left(entry, now))
            for entry in due:
                del self._entries[entry.number]
                if (next_one := following(entry)) is not None:
                    self._entries[next_one.number] = next_one
            return due

    def give_back(self, due: Iterable[EntryT]) -> None:
        """Keep what was taken as due and not dealt with; the owner is woken for it in a while."""
        with self._lock:
            self._entries.update({entry.number: entry for entry in due})
            if self._file is not None:  # where it stands still
                self._file.forget()
            self.schedule(not_within_s=_AGAIN_S)

    def save(self) -> None:
        """Write everything down, and have the owner woken for the next entry that is due."""
        with self._lock:
            if self._file is not None:
                entries = sorted(self._entries.values(), key=lambda entry: entry.number)
                self._file.write(_tables(entries))
            self.schedule()

    def schedule(self, not_within_s: float = 0.0) -> None:
        """Have the owner woken when the first entry is due, or to look for new ones.

        Not within so many seconds, though one may be due by then.
        """
        now = self._services.clock.now()
        with self._lock:
            self.close()
            spare_s, zone = self._spare_s(), zone_of(now)
            known = (entry.due_at(zone) for entry in self._entries.values())
            instants = [instant + spare_s for instant in known if instant is not None]
            first = min([*instants, now.timestamp() + self._looks_again_s])
            first = max(first, now.timestamp() + not_within_s)
            when = datetime.fromtimestamp(first, timezone.utc)
            self._cancel_wake = self._services.call_at(when, self._wake)

    def close(self) -> None:
        """Cancel the next wake-up; saving an entry orders one again."""
        with self._lock:
            if self._cancel_wake is not None:
                self._cancel_wake()
                self._cancel_wake = None

    def _refresh(self) -> None:
        """Take over what stands in the file, when it is another than the one read or written."""
        if self._file is None:
            return
        tables = self._file.read()
        if tables is not None:
            zone = zone_of(self._services.clock.now())
            entries = _checked(tables, self._file, self._read, zone)
            self._entries = {entry.number: entry for entry in entries}

    def _seconds_left(self, entry: EntryT, now: datetime) -> float:
        due_at = entry.due_at(zone_of(now))
        return float("inf") if due_at is None else due_at - now.timestamp()


class StateFile:
    """A JSON file that is replaced as a whole, so that a power cut leaves the old or the new one.

    What is wrong with it is warned of and never raised.
    """

    def __init__(self, path: Path, warn: Callable[[str], None], clock: Clock) -> None:
        self._path = path
        self._warn = warn
        self.turn = Turn(path.with_suffix(".lock"), clock)
        """who may change the file"""
        self._stamp: tuple[int, int, int] | None = None

    @classmethod
    def of(cls, services: Services, name: str) -> StateFile | None:
        """Return the file of that name in the state folder; None, with a warning, without one."""
        try:
            path = services.state_folder() / f"{name}.json"
        except ProviderFailedError as error:
            services.warn(f"{name}: {error}; they are forgotten at the end")
            return None
        return cls(path, lambda message: services.warn(f"{name}: {message}"), services.clock)

    def read(self) -> list[Mapping[str, Any]] | None:
        """Return the entries when the file is another than the one read or written last.

        None when it is the same, or there is none. One that cannot be read is set aside.
        """
        stamp = self._stamped()
        if stamp is None or stamp == self._stamp:
            return None
        self._stamp = stamp
        try:
            return _entries_of(json.loads(self._path.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            self.set_aside(str(error))
            return None

    def forget(self) -> None:
        """Forget what was read: the next `read` returns the entries."""
        self._stamp = None

    def _stamped(self) -> tuple[int, int, int] | None:
        """Return what tells this file from the one that stood here before; None without one."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def write(self, entries: list[Mapping[str, Any]]) -> None:
        """Replace the file; it is on the disk when this returns."""
        content = json.dumps({"version": VERSION, "entries": entries}, ensure_ascii=False, indent=1)
        try:
            replace_file(self._path, content.encode(errors="backslashreplace"))
            self._stamp = self._stamped()
        except OSError as error:
            self._warn(f"{self._path}: {error.strerror or error}; it would not survive a restart")

    def set_aside(self, reason: str) -> None:
        """Keep a file that cannot be used under another name, and say so."""
        aside = _free_name(self._path)
        try:
            self._path.replace(aside)
            self._warn(f"{self._path}: {reason}; it was set aside as {aside.name}")
        except OSError as error:
            self._warn(f"{self._path}: {reason}; it stays there: {error.strerror or error}")


def zone_of(now: datetime) -> tzinfo:
    """Return the zone of a time that has one."""
    return now.tzinfo or timezone.utc


def _checked(
    tables: Iterable[Mapping[str, Any]],
    file: StateFile,
    read: Callable[..., EntryT],
    zone: tzinfo,
) -> list[EntryT]:
    """Return the entries that make sense; when others do not, the file is set aside as well."""
    entries, reasons = [], []
    for table in tables:
        try:
            entry = read(**table)
            entry.due_at(zone)
            entries.append(entry)
        except (TypeError, ValueError, OverflowError) as error:
            reasons.append(f"an entry makes no sense: {error}")
    if reasons:
        file.set_aside(reasons[0])
        file.write(_tables(entries))
    return entries


def _tables(entries: Iterable[Entry]) -> list[Mapping[str, Any]]:
    return [asdict(entry) for entry in entries]  # type: ignore[call-overload] # dataclasses


def _entries_of(content: Any) -> list[Mapping[str, Any]]:
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise ValueError(f"no file of version {VERSION}")
    entries = content.get("entries")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("`entries` is no list of tables")
    return entries


def _free_name(path: Path) -> Path:
    """Return a name beside a damaged file that nothing has."""
    number = 1
    while (aside := path.with_suffix(f".damaged-{number}.json")).exists():
        number += 1
    return aside
