"""Every provider that is installed or configured, and whether it is ready."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from irene.components.chain.candidate import Candidate
from irene.config.sections import Config, IntentsSection, ProviderTable
from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.plugin.registry import ComponentRegistry, ProviderEntry
from irene.providers.availability import Availability
from irene.providers.border import ForeignCode, one_line


@dataclass(frozen=True)
class InventoryItem:
    """One provider, as it would be used."""

    kind: str
    """slot that it fills"""
    name: str
    """name of its table in the configuration, which is its own name unless the table says `type`"""
    type: str
    """name of the provider"""
    summary: str
    """one line"""
    use: str | None
    """`default`, `fallback` or `tier` where the configuration uses it, else null"""
    distribution: str
    """installed package that brings it"""
    version: str
    """version of that package"""
    licence: str
    """licences of engine and models"""
    ready: bool
    """whether engine and model are there"""
    missing: str | None
    """what is not there"""
    cure: str | None
    """command or setting that makes it ready"""


def take_inventory(config: Config, registry: ComponentRegistry) -> list[InventoryItem]:
    """Check every provider without loading an engine; in order of kind, used ones first."""
    return [
        item
        for kind in Kind
        for item in sorted(_of_kind(kind, config, registry), key=lambda item: item.use is None)
    ]


def _of_kind(kind: Kind, config: Config, registry: ComponentRegistry) -> Iterator[InventoryItem]:
    section = getattr(config, str(kind))
    tables: dict[str, ProviderTable] = {
        name: table
        for name, table in section.providers.items()
        if table.type in registry.entries(kind)
    }
    uses = _uses(section)
    for name in (*tables, *(name for name in registry.entries(kind) if name not in tables)):
        table = tables.get(name) or ProviderTable(name=name, type=name)
        use = uses.get(name) if table.enabled else None
        yield _item(name, table, use, registry.entries(kind)[table.type])


def _uses(section: object) -> dict[str, str]:
    """Return how a section uses its providers, by name."""
    if isinstance(section, IntentsSection):
        fallbacks = dict.fromkeys(section.fallback, "fallback")
        return {**fallbacks, **dict.fromkeys(section.handlers, "default")}
    if not getattr(section, "enabled", True):
        return {}
    tiers = dict.fromkeys(getattr(section, "tiers", ()), "tier")
    fallbacks = dict.fromkeys(getattr(section, "fallback_providers", ()), "fallback")
    return {**tiers, **fallbacks, getattr(section, "default_provider", ""): "default"}


def _item(name: str, table: ProviderTable, use: str | None, entry: ProviderEntry) -> InventoryItem:
    availability = _check(entry, name, table.options)
    return InventoryItem(
        kind=str(entry.kind),
        name=name,
        type=table.type,
        summary=entry.cls.summary,
        use=use,
        distribution=entry.plugin.distribution,
        version=entry.plugin.version,
        licence=str(entry.cls.licence),
        ready=availability.ready,
        missing=availability.missing or None,
        cure=availability.cure or None,
    )


def _check(entry: ProviderEntry, name: str, options: object) -> Availability:
    try:
        with ForeignCode():
            provider = entry.cls(options)
    except IreneError as error:
        return Availability(
            False, f"it cannot be made: {one_line(error)}", "report it to its author"
        )
    return Candidate(name, provider).availability
