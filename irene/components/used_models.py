"""Which models the providers of a configuration use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from irene.config.sections import Config
from irene.config.sections.providers import ProviderTable
from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry


@dataclass(frozen=True)
class UsedModel:
    """A model that an option of a provider names."""

    key: str
    """dotted key of the option"""
    kind: str
    """folder of the kind of model, which is the provider's name"""
    model: str
    """name or path"""


def used_models(config: Config, registry: ComponentRegistry) -> list[UsedModel]:
    """Return the models of every provider that the configuration may call on."""
    return [used for kind in Kind for used in _of_kind(kind, config, registry)]


def _of_kind(kind: Kind, config: Config, registry: ComponentRegistry) -> Iterator[UsedModel]:
    section = getattr(config, str(kind), None)
    if section is None or not getattr(section, "enabled", True):
        return
    known = registry.entries(kind)
    for name in dict.fromkeys(_names(section)):
        table = section.providers.get(name) or ProviderTable(name=name, type=name)
        entry = known.get(table.type or name)
        if entry is None or not table.enabled:
            continue
        options = table.options if table.options is not None else entry.cls.Options()
        for key, model in _models(options):
            yield UsedModel(f"{kind}.providers.{name}.{key}", entry.name, model)


def _names(section: object) -> Iterator[str]:
    """Yield the providers that a section names."""
    for key in ("default_provider", "stop_provider"):
        if name := getattr(section, key, ""):
            yield name
    for key in ("fallback_providers", "tiers"):
        yield from getattr(section, key, ())


def _models(options: object) -> Iterator[tuple[str, str]]:
    """Yield the models that the options of a provider name, with the option's key."""
    for one in fields(options):  # type: ignore[arg-type] # `Options` is a dataclass
        if one.metadata.get("path") != "model":
            continue
        value = getattr(options, one.name)
        for model in (value,) if isinstance(value, str) else value:
            if model:
                yield one.name, model
