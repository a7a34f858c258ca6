"""Every key that a configuration may hold, to find what an unknown one was meant to be."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from irene.config.fields import Field, fields_of
from irene.config.origins import KeyPath, dotted
from irene.config.problems import nearest
from irene.config.sections import Config, IntentsSection, ProviderTable, SlotSection
from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.plugin.registry import ComponentRegistry
from irene.providers.border import ForeignCode, one_line

AnySection = type[object]

SECTIONS: Mapping[str, AnySection] = {
    item.name: type(item.default_factory())
    for item in dataclasses.fields(Config)
    if item.default_factory is not dataclasses.MISSING and item.name != "origins"
}
"""The class of each section by name, in the order in which they are shown."""

GUIDE_KEYS = frozenset({"chunk_size", "device", "inference_framework", "model_size"})
"""Keys that the tuning guide gives to any provider: one that has no use for them says so."""


class KnownKeys:
    """The keys of every section, and of every provider that is installed."""

    def __init__(self, registry: ComponentRegistry) -> None:
        self.registry = registry
        self.sections = {name: fields_of(cls) for name, cls in SECTIONS.items()}
        self.reserved = {
            name: item
            for name, item in fields_of(ProviderTable).items()
            if name not in ("name", "options")
        }
        self.unreadable: dict[tuple[Kind, str], str] = {}
        """why the options of a provider cannot be understood"""
        self._options: dict[tuple[Kind, str], dict[str, Field]] = {}

    def options(self, kind: Kind, type_name: str) -> dict[str, Field]:
        """Return the keys that a provider declares; none when no plugin offers it."""
        key = (kind, type_name)
        if key not in self._options:
            self._options[key] = self._read_options(kind, type_name)
        return self._options[key]

    def _read_options(self, kind: Kind, type_name: str) -> dict[str, Field]:
        entry = self.registry.entries(kind).get(type_name)
        try:
            with ForeignCode():  # the annotations of a plugin are code
                return {} if entry is None else fields_of(entry.cls.Options)
        except IreneError as error:
            self.unreadable[kind, type_name] = one_line(error)
            return {}

    def options_of_kind(self, kind: Kind) -> set[str]:
        """Return the keys that any provider of this kind knows."""
        found = set(GUIDE_KEYS)
        for type_name in self.registry.entries(kind):
            found.update(self.options(kind, type_name))
        return found

    def following(self, path: KeyPath) -> Iterable[str]:
        """Return the provider names that may follow a key; sections and keys need no help."""
        if len(path) == 2 and path[1] == "providers" and path[0] in set(map(str, Kind)):
            return self.registry.entries(Kind(path[0]))
        return ()

    def suggest(self, table: KeyPath, key: str, siblings: Iterable[str]) -> str:
        """Return what an unknown key was meant to be: a sibling, or a key of another table."""
        sibling = nearest(key, siblings)
        if sibling:
            return sibling
        elsewhere = self._places(table)
        name = key if key in elsewhere else nearest(key, elsewhere, cutoff=0.8)
        return elsewhere.get(name, "")

    def provider_table(self, parent: KeyPath, name: str) -> str:
        """Return the table of the provider that a name under a section's key stands for, or ""."""
        section = parent[0]
        if len(parent) != 2 or not has_providers(SECTIONS[section]):
            return ""
        provider = nearest(name, self.registry.entries(Kind(section)))
        return dotted((section, "providers", provider)) if provider else ""

    def _places(self, table: KeyPath) -> dict[str, str]:
        """Return a dotted key for each name of a key, the nearest to `table` first."""
        names = sorted(self.sections, key=lambda name: name not in table[:1])
        places: dict[str, str] = {}
        for section in names:
            for key in self.sections[section]:
                places.setdefault(key, dotted((section, key)))
            for path in (*self._nested_places(section), *self._option_places(section)):
                places.setdefault(path[-1], dotted(path))
        return places

    def _nested_places(self, section: str) -> Iterable[KeyPath]:
        for name, key in self.sections[section].items():
            yield from ((section, name, nested) for nested in fields_of(key.hint) if key.is_table)

    def _option_places(self, section: str) -> Iterable[KeyPath]:
        if not has_providers(SECTIONS[section]):
            return
        for type_name in self.registry.entries(Kind(section)):
            for key in self.options(Kind(section), type_name):
                yield (section, "providers", type_name, key)


def has_providers(section: AnySection) -> bool:
    """Say whether a section has tables of providers."""
    return issubclass(section, (SlotSection, IntentsSection))
