"""Turning the tables of a document into dataclasses, and collecting what is wrong with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from irene.config.document import Document, Setting, Table
from irene.config.fields import Field, fields_of
from irene.config.known_keys import KnownKeys
from irene.config.origins import Origin, dotted
from irene.config.problems import Problem, nearest
from irene.config.secrets import is_secret, masked
from irene.config.table_lists import tables_in
from irene.config.toml_text import format_value
from irene.config.values import MisfitError, choices, fit
from irene.domain.argument_checks import shortened
from irene.errors import IreneError
from irene.files.places import expand_home


class TableReader:
    """Reads values of tables into the types of their fields; every problem is kept."""

    def __init__(self, document: Document, known: KnownKeys) -> None:
        self.document = document
        self.known = known
        self.problems = list(document.problems)
        self.origins: dict[str, Origin] = {}

    def values(self, table: Table | None, keys: Mapping[str, Field]) -> dict[str, Any]:
        """Return the values of the keys that a table gives, as their fields want them."""
        read: dict[str, Any] = {}
        for name, entry in table.entries.items() if table is not None else ():
            if name in keys:
                value = self._value(entry, keys[name])
                if value is not _WRONG:
                    read[name] = value
                    self._note_secrets(entry)
                    self._note_effect(entry, keys[name], value)
        return read

    def _value(self, entry: Setting | Table, key: Field) -> Any:
        """Return one value as its field wants it, or `_WRONG` after reporting it."""
        self._remember(entry)
        if isinstance(entry, Setting) and entry.broken:
            return _WRONG
        if key.is_table:
            return self._nested(entry, key)
        if key.row is not None:
            return self._listed(entry, key, key.row)
        given = entry.value if isinstance(entry, Setting) else entry.plain()
        readings = entry.readings if isinstance(entry, Setting) else ()
        for reading in (given, *readings):
            try:
                value = fit(key.hint, _as_list(reading, key))
            except MisfitError:
                continue
            if key.allows(value):
                return self._resolved(value, key, entry.origin)
        if not (isinstance(entry, Table) and self._report_misplaced(entry, key)):
            self._report_misfit(entry, key, given)
        return _WRONG

    def _nested(self, entry: Setting | Table, key: Field) -> Any:
        """Return a table within a section, or `_WRONG` after reporting it."""
        if isinstance(entry, Setting):
            self.report(entry.origin, "found a value", f"a table: [{dotted(entry.path)}]")
            return _WRONG
        keys = fields_of(key.hint)
        values = self.values(entry, keys)
        self.unknown_keys(entry, keys)
        built = self.build(key.hint, values, entry)
        return _WRONG if built is None else built

    def _listed(self, entry: Setting | Table, key: Field, row: type[Any]) -> Any:
        """Return a list of tables, or `_WRONG` after reporting what is wrong in it."""
        tables = None
        if isinstance(entry, Setting):
            tables = tables_in(entry, self.document.lines)
        if tables is None:
            self.report(entry.origin, f"found {_kind(entry)}", f"tables: [[{dotted(entry.path)}]]")
            return _WRONG
        built = [self._row(table, row) for table in tables]
        return _WRONG if None in built else tuple(built)

    def _row(self, table: Table, row: type[Any]) -> Any:
        keys = fields_of(row)
        n_before = len(self.problems)
        values = self.values(table, keys)
        self.unknown_keys(table, keys)
        return None if len(self.problems) > n_before else self.build(row, values, table)

    def _remember(self, entry: Setting | Table) -> None:
        self.origins[dotted(entry.path)] = entry.origin
        for child in entry.entries.values() if isinstance(entry, Table) else ():
            self._remember(child)

    def _report_misfit(self, entry: Setting | Table, key: Field, given: Any) -> None:
        shown = shortened(format_value(masked(given, entry.path, self.origins)))
        suggestion = nearest(str(given), map(str, choices(key.hint)))
        self.report(entry.origin, f"found {shown}", key.expected, suggestion)

    def _report_misplaced(self, table: Table, key: Field) -> bool:
        """Report options of providers that are not under `providers`; return False without any."""
        n_before = len(self.problems)
        for name, entry in table.entries.items():
            meant = self.known.provider_table(table.path, name)
            if meant and isinstance(entry, Table):
                message = f"{dotted(table.path)} is {key.expected}"
                self.report(entry.origin, message, suggestion=meant)
        return len(self.problems) > n_before

    def _resolved(self, value: Any, key: Field, origin: Origin) -> Any:
        """Resolve a path that a file gives, relative to that file."""
        kind, folder = key.metadata.get("path"), self.document.folder
        if not kind or folder is None or origin.layer != "file":
            return value
        if isinstance(value, tuple):
            return tuple(_resolve(item, folder, kind) for item in value)
        return _resolve(value, folder, kind) if isinstance(value, str) else value

    def _note_effect(self, entry: Setting | Table, key: Field, value: Any) -> None:
        reason = key.metadata.get("no_effect")
        if reason and value != key.default:
            self.warn(entry.origin, str(reason))

    def _note_secrets(self, entry: Setting | Table) -> None:
        """Warn of secrets that stand in the file itself: it is copied, shown and sent about."""
        if isinstance(entry, Table):
            for child in entry.entries.values():
                self._note_secrets(child)
            return
        origin = entry.origin
        is_plain = origin.layer == "file" and self.document.path is not None and not origin.secret
        if is_plain and entry.value and is_secret(entry.path[-1]):
            cure = "keep it in a file of its own, ${file:PATH}, or in a variable, ${NAME}"
            self.warn(origin, f"a secret in the configuration itself: {cure}")

    def unknown_keys(self, table: Table, known: Iterable[str]) -> None:
        """Report each key of a table that is none of the known ones."""
        siblings = set(known)
        for name in table.entries.keys() - siblings:
            entry = table.entries[name]
            suggestion = self.known.suggest(table.path, name, siblings)
            what = "unknown table" if isinstance(entry, Table) else "unknown key"
            self.report(entry.origin, what, suggestion=suggestion)

    def build(
        self, cls: type[Any], values: Mapping[str, Any], table: Table | None, key: str = ""
    ) -> Any:
        """Make the dataclass; what it refuses is a problem of its table.

        Without a table, it is one of that dotted key. Returns None when it could not be made.
        """
        n_before = len(self.problems)
        missing = [
            item.name
            for item in dataclasses.fields(cls)
            if item.init and _is_required(item) and item.name not in values
        ]
        origin = Origin(place=self.document.file, key=key) if table is None else table.origin
        for name in missing:
            self.report(origin, f"required key {name!r} is missing")
        if missing:
            return None
        try:
            return cls(**values)
        except Exception as error:  # noqa: BLE001 - border: options are a plugin's own code
            if n_before == len(self.problems):
                self._report_refusal(error, table, origin)
            return None

    def _report_refusal(self, error: Exception, table: Table | None, origin: Origin) -> None:
        """Report what a dataclass refused, at the key that the message begins with."""
        expected = isinstance(error, (ValueError, IreneError))
        message = str(error) if expected else f"{type(error).__name__}: {error}"
        first = message.split(maxsplit=1)[0].strip("'\"`:,") if message else ""
        entry = None if table is None else table.entries.get(first)
        self.report(origin if entry is None else entry.origin, message)

    def report(
        self, origin: Origin, message: str, expected: str = "", suggestion: str = ""
    ) -> None:
        """Keep an error about the value of this origin."""
        problem = Problem(origin.file, origin.line, origin.key, message, expected, suggestion)
        self.problems.append(problem)

    def warn(self, origin: Origin, message: str, suggestion: str = "") -> None:
        """Keep a warning about the value of this origin."""
        self.problems.append(
            Problem(origin.file, origin.line, origin.key, message, "", suggestion, "warning")
        )


_WRONG = object()


def _kind(entry: Setting | Table) -> str:
    return "a table" if isinstance(entry, Table) else "a value"


def _is_required(item: dataclasses.Field[Any]) -> bool:
    return item.default is item.default_factory is dataclasses.MISSING


def _as_list(value: Any, key: Field) -> Any:
    return [value] if isinstance(value, str) and key.metadata.get("one") else value


def _resolve(path: str, folder: Path, kind: object) -> str:
    """Return a path relative to a folder; a bare name may stand for a model."""
    if not path or path == "-" or (kind == "model" and len(Path(path).parts) == 1):
        return path
    return str(folder / expand_home(path))
