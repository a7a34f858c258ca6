"""From a document to a checked configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from irene.config.cross_checks import check_names
from irene.config.document import Setting, Table
from irene.config.known_keys import SECTIONS, KnownKeys, has_providers
from irene.config.layers import Source, misjoined, read_layers
from irene.config.origins import Origin, dotted
from irene.config.problems import Problem
from irene.config.provider_tables import ProviderReader, wanted_names
from irene.config.sections import Config
from irene.config.tables import TableReader
from irene.domain.kinds import Kind
from irene.files.places import expand_home
from irene.plugin.registry import ComponentRegistry


def read_config(
    source: Source,
    registry: ComponentRegistry,
    overrides: Sequence[str],
    environ: Mapping[str, str] | None,
) -> tuple[Config, list[Problem]]:
    """Return the configuration and everything that is wrong with it, in order of place.

    With an error among the problems the configuration must not be used.

    Raises:
        ConfigurationError: the source cannot be found or read.
    """
    known = KnownKeys(registry)
    document = read_layers(source, overrides, environ, known.following)
    reader = TableReader(document, known)
    root = document.root
    reader.unknown_keys(root, SECTIONS)
    _warn_of_variables(reader, os.environ if environ is None else environ)
    sections = {name: _SectionReader(reader, name).read(root) for name in SECTIONS}
    problems = sorted(reader.problems, key=_place)
    warnings = tuple(problem for problem in problems if problem.level == "warning")
    config = Config(
        name=document.name,
        path=document.path,
        origins=reader.origins,
        warnings=warnings,
        **{name: section for name, section in sections.items() if section is not None},
    )
    return config, problems


def _warn_of_variables(reader: TableReader, variables: Mapping[str, str]) -> None:
    """Warn of variables that look as if they set a key, and set none."""
    sections = reader.known.sections
    keys = ((section, key) for section in sections for key in sections[section])
    for name, meant in misjoined(variables, keys):
        reader.warn(Origin("environment", name, None), "has no effect", meant)


def _place(problem: Problem) -> tuple[str, int, str]:
    return problem.file, problem.line or 0, problem.key


class _SectionReader:
    """Reads one section."""

    def __init__(self, reader: TableReader, name: str) -> None:
        self._reader = reader
        self._name = name
        self._cls: type[Any] = SECTIONS[name]
        self._keys = dict(reader.known.sections[name])
        self._keys.pop("providers", None)

    def read(self, root: Table) -> Any:
        """Return the section, or None when it could not be read."""
        entry = root.entries.get(self._name)
        if isinstance(entry, Setting):
            self._reader.report(entry.origin, "found a value", f"a table: [{self._name}]")
            return None
        values = self._reader.values(entry, self._keys)
        if entry is not None:
            self._reader.unknown_keys(entry, self._reader.known.sections[self._name])
        section = self._reader.build(self._cls, values, entry)
        check_names(self._reader, self._name, section)
        if section is None or not has_providers(self._cls):
            return section
        values["providers"] = self._providers(section, entry)
        self._check_section(section, values["providers"])
        return self._cls(**values)

    def _providers(self, section: Any, table: Table | None) -> Any:
        providers = table.entries.get("providers") if table is not None else None
        if isinstance(providers, Setting):
            self._reader.report(providers.origin, "found a value", "a table of tables")
            providers = None
        required = getattr(section, "enabled", True) and not self._may_miss(section, table)
        providers_of_kind = ProviderReader(self._reader, Kind(self._name), required)
        return providers_of_kind.read(providers, self._wanted(section, table))

    def _may_miss(self, section: Any, table: Table | None) -> bool:
        """Return whether nobody has asked for a provider that the assistant can do without."""
        is_asked_for = table is not None and "default_provider" in table.entries
        return getattr(section, "default_may_miss", False) and not is_asked_for

    def _wanted(self, section: Any, table: Table | None) -> dict[str, Origin]:
        """Return the names of the providers that the section uses, with their origins."""
        if self._name == Kind.INTENTS:
            origin = self._origin(table, "handlers")
            handlers = [(name, origin) for name in section.handlers]
            fallback = self._origin(table, "fallback")
            return wanted_names([*handlers, *((name, fallback) for name in section.fallback)])
        fallback = self._origin(table, "fallback_providers")
        names = [(name, fallback) for name in section.fallback_providers]
        names += self._wanted_tiers(section, table)
        default = self._origin(table, "default_provider")
        if not section.default_provider and getattr(section, "enabled", True):
            self._reader.report(default, "no provider is named", "the name of a provider")
        return wanted_names([(section.default_provider, default), *names])

    def _wanted_tiers(self, section: Any, table: Table | None) -> list[tuple[str, Origin]]:
        """Return the tiers of a section that has some; one that nobody wrote may be missing."""
        is_written = table is not None and "tiers" in table.entries
        offered = self._reader.known.registry.entries(Kind(self._name))
        tiers = [name for name in getattr(section, "tiers", ()) if is_written or name in offered]
        return [(name, self._origin(table, "tiers")) for name in tiers]

    def _origin(self, table: Table | None, key: str) -> Origin:
        entry = table.entries.get(key) if table is not None else None
        return self._default_origin(key) if entry is None else entry.origin

    def _default_origin(self, key: str) -> Origin:
        return Origin(place=self._reader.document.file, key=f"{self._name}.{key}")

    def _check_section(self, section: Any, providers: Mapping[str, Any]) -> None:
        """Report what only shows when a section is seen with its providers and files."""
        if self._name == Kind.INTENTS:
            self._check_folders(section.sentences)
            return
        default = providers.get(section.default_provider)
        if default is None or default.enabled or not getattr(section, "enabled", True):
            return
        origin = self._reader.origins[dotted((self._name, "providers", default.name, "enabled"))]
        others = [providers[name] for name in section.fallback_providers if name in providers]
        if any(other.enabled for other in others):
            self._reader.warn(origin, "disables the default provider; a fallback stands in")
        else:
            message = "disables the default provider, and no fallback is enabled"
            self._reader.report(origin, message)

    def _check_folders(self, folders: tuple[str, ...]) -> None:
        for folder in folders:
            origin = self._reader.origins["intents.sentences"]
            if not expand_home(folder).is_dir():
                self._reader.report(origin, f"no folder {folder}", "a folder of LANGUAGE/*.yaml")
