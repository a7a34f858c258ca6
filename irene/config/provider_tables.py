"""Reading the tables of providers: the framework's keys, and those that the provider declares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from irene.config.document import Setting, Table, plugin_names_in
from irene.config.fields import Field
from irene.config.origins import Origin, dotted
from irene.config.problems import nearest
from irene.config.sections import ProviderTable
from irene.config.tables import TableReader
from irene.domain.kinds import Kind
from irene.plugin.environment import LOAD

_FED_AUDIO = (Kind.VOICE_TRIGGER, Kind.VAD, Kind.ASR, Kind.LANGUAGE)
_SHARING = (*_FED_AUDIO, Kind.TTS, Kind.RESAMPLING, Kind.INTENTS)
"""kinds whose providers share the work"""
_TIMED = (*_SHARING, Kind.INTENT_RECOGNITION)
"""kinds whose providers are waited for no longer than their deadline"""
ENGINE_KINDS = frozenset(
    {
        Kind.VOICE_TRIGGER,
        Kind.ECHO_CANCELLATION,
        Kind.VAD,
        Kind.ASR,
        Kind.LANGUAGE,
        Kind.TTS,
        Kind.RESAMPLING,
    }
)
"""kinds whose providers have an engine, which may run in a process of its own and counts against
the memory budget"""
_LEASED = (Kind.ASR, Kind.TTS, Kind.LANGUAGE)
"""those whose engines may be unloaded for others"""
_SIZES = {"memory_mb", "vram_mb"}
_INPUT_FORMAT = {"sample_rate": ("rate",), "channels": ("capture_channels", "raw_channels")}
"""Options of an input that the framework's keys of its table set, whichever it has."""


class ProviderReader:
    """Reads the tables of one section's providers.

    What the section names must exist if it is `required`: a disabled section may name anything.
    """

    def __init__(self, reader: TableReader, kind: Kind, required: bool) -> None:
        self._reader = reader
        self._kind = kind
        self._required = required
        self._types = reader.known.registry.entries(kind)
        self._tables: tuple[str, ...] = ()
        """names of the tables that there are"""

    def read(self, table: Table | None, wanted: dict[str, Origin]) -> dict[str, ProviderTable]:
        """Return a table for every provider that is wanted or has one.

        Args:
            table: `[SECTION.providers]`, if there is one.
            wanted: names of the providers that the section uses, with the origin of each name.
        """
        entries = table.entries if table is not None else {}
        self._tables = tuple(entries)
        read: dict[str, ProviderTable] = {}
        for name in dict.fromkeys((*wanted, *entries)):
            entry = entries.get(name)
            if isinstance(entry, Setting):
                self._reader.report(entry.origin, "found a value", "a table")
            else:
                origin = wanted.get(name) if self._required else None
                read[name] = self._read_one(name, entry, origin)
        return read

    def _read_one(self, name: str, table: Table | None, wanted: Origin | None) -> ProviderTable:
        values = self._reader.values(table, self._reader.known.reserved)
        type_name = values.get("type", name)
        given = self._own_values(table, type_name, wanted)
        options = self._options(type_name, table, given, values)
        values.setdefault("type", type_name)
        self._check_isolation(table, values)
        return ProviderTable(name=name, options=options, **values)

    def _own_values(
        self, table: Table | None, type_name: str, wanted: Origin | None
    ) -> dict[str, Any]:
        """Return the values of the provider's own keys."""
        if type_name not in self._types:
            self._report_type(table, type_name, wanted)
            return {}
        keys = self._reader.known.options(self._kind, type_name)
        reason = self._reader.known.unreadable.get((self._kind, type_name))
        if reason and wanted is not None:
            self._reader.report(wanted, f"the options of {type_name!r} cannot be read: {reason}")
        elif table is not None and not reason:
            self._check_keys(table, type_name, keys)
        return self._reader.values(table, keys)

    def _options(
        self,
        type_name: str,
        table: Table | None,
        given: dict[str, Any],
        reserved: dict[str, Any],
    ) -> object:
        """Return the provider's options, or None when no plugin offers the provider."""
        entry = self._types.get(type_name)
        if entry is None:
            return None
        keys = self._reader.known.options(self._kind, type_name)
        if self._kind is Kind.INPUT:
            for name in _INPUT_FORMAT.keys() & reserved.keys():
                for option in keys.keys() & set(_INPUT_FORMAT[name]):
                    given.setdefault(option, reserved[name])
        key = dotted((str(self._kind), "providers", type_name))
        return self._reader.build(entry.cls.Options, given, table, key)

    def _check_keys(self, table: Table, type_name: str, keys: dict[str, Field]) -> None:
        """Report unknown keys, and warn of known ones that this provider does not use."""
        own = {*self._reader.known.reserved, *keys}
        idle = self._reader.known.options_of_kind(self._kind) - own
        for name in sorted(idle & table.entries.keys()):
            entry = table.entries[name]
            self._reader.warn(entry.origin, f"has no effect on {type_name!r}")
        self._reader.unknown_keys(table, (*own, *idle & table.entries.keys()))
        for name in sorted(self._idle_reserved(keys) & table.entries.keys()):
            self._reader.warn(table.entries[name].origin, f"has no effect on {type_name!r}")

    def _idle_reserved(self, keys: dict[str, Field]) -> set[str]:
        """Return the framework's keys that do nothing for providers of this kind."""
        idle = set() if self._kind in ENGINE_KINDS else set(_SIZES)
        idle |= set() if self._kind in _LEASED else {"memory_priority"}
        if self._kind in _FED_AUDIO:
            return idle
        options = _INPUT_FORMAT if self._kind is Kind.INPUT else {}
        idle |= {name for name in _INPUT_FORMAT if not keys.keys() & set(options.get(name, ()))}
        idle |= set() if self._kind in _SHARING else {"weight"}
        return idle if self._kind in _TIMED else idle | {"deadline_ms"}

    def _check_isolation(self, table: Table | None, values: dict[str, Any]) -> None:
        """Report a process of its own where there can be none, and keys that are for one only."""
        if table is None:
            return
        if values.get("isolation") == "process":
            self._check_process(table, values)
            return
        for name in ("workers", "memory_limit_mb"):
            if name in values:
                message = 'is for isolation = "process" only'
                self._reader.report(table.entries[name].origin, message)

    def _check_process(self, table: Table, values: dict[str, Any]) -> None:
        """Report several processes of what there is only one of."""
        if self._kind not in ENGINE_KINDS and values.get("workers", 1) > 1:
            what = f"there is one process for each of {self._kind}: it keeps what it was told"
            self._reader.report(table.entries["workers"].origin, what, "1")

    def _report_type(self, table: Table | None, type_name: str, wanted: Origin | None) -> None:
        """Report a type that nobody offers: an error only when the assistant is to use it."""
        entry = table.entries.get("type") if table is not None else None
        names = dict.fromkeys((*self._types, *(() if table is not None else self._tables)))
        near = nearest(type_name, names)
        what = f"nobody offers {self._kind} provider {type_name!r}"
        if wanted is not None:
            known = "" if near or not names else f"one of {', '.join(sorted(names))}"
            if known and table is not None and entry is None:
                known += f" as the type of [{dotted(table.path)}]"
            origin = wanted if entry is None else entry.origin
            self._reader.report(origin, f"{what}{self._absent_plugins()}", known, near)
        elif table is not None:
            origin = table.origin if entry is None else entry.origin
            self._reader.warn(origin, f"{what}: its keys were not checked", near)

    def _absent_plugins(self) -> str:
        """Return in brackets which plugins are not there, and why: one of them may offer it."""
        registry = self._reader.known.registry
        disabled = plugin_names_in(self._reader.document.root, "disabled")
        # Of the others the environment says that they are left out.
        left_out = [one.name for one in registry.left_out if one.name not in disabled]
        broken = [f"{one.name}: {one.error}" for one in registry.plugins if one.error]
        said = {"disabled plugins": disabled, f"not in {LOAD}": left_out, "broken plugins": broken}
        told = "; ".join(f"{why}: {', '.join(names)}" for why, names in said.items() if names)
        return f" ({told})" if told else ""


def wanted_names(values: Sequence[tuple[str, Origin]]) -> dict[str, Origin]:
    """Return names with the origin of each; the first of several counts, empty names do not."""
    found: dict[str, Origin] = {}
    for name, origin in values:
        if name:
            found.setdefault(name, origin)
    return found
