"""Which provider fills which slot: every provider of every working plugin, by kind and name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from irene.domain.kinds import Kind
from irene.errors import ConfigurationError
from irene.models.catalogue import CatalogueModel
from irene.plugin.host import PluginHost, PluginReport, ProviderClass, installed_plugins
from irene.providers.provider import Provider


@dataclass(frozen=True)
class ProviderEntry:
    """One provider class and the plugin that offers it."""

    cls: ProviderClass
    plugin: PluginReport

    @property
    def kind(self) -> Kind:
        """Slot that the provider fills."""
        return self.cls.kind

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self.cls.name


class ComponentRegistry:
    """Every provider that the plugins of one host offer."""

    def __init__(self, host: PluginHost) -> None:
        self.plugins = host.plugins
        self.left_out = host.left_out
        self._entries: dict[Kind, dict[str, ProviderEntry]] = {kind: {} for kind in Kind}
        for plugin in host.plugins:
            for cls in plugin.providers:
                self._entries[cls.kind][cls.name] = ProviderEntry(cls, plugin)

    @classmethod
    def installed(cls, disabled: tuple[str, ...] = ()) -> ComponentRegistry:
        """Return the registry of every installed plugin but the disabled ones."""
        return cls(PluginHost(installed_plugins(), disabled))

    def models(self) -> list[CatalogueModel]:
        """Return the models that plugins add to the catalogue."""
        return [model for plugin in self.plugins for model in plugin.models]

    def entries(self, kind: Kind) -> Mapping[str, ProviderEntry]:
        """Return the providers of one kind by name."""
        return self._entries[kind]

    def find(self, kind: Kind, name: str) -> ProviderEntry:
        """Return one provider.

        Raises:
            ConfigurationError: nobody offers it; the message names the nearest known name.
        """
        known = self._entries[kind]
        if name in known:
            return known[name]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
        raise ConfigurationError(f"no {kind} provider is called {name!r}; {hint}")

    def create(self, kind: Kind, name: str, options: object = None) -> Provider[Any]:
        """Return a new, unloaded provider with these options (None: its defaults)."""
        cls = self.find(kind, name).cls
        if options is None:
            fields = getattr(cls.Options, "__dataclass_fields__", {}).values()
            needed = [one.name for one in fields if one.default is one.default_factory]
            if needed:
                raise ConfigurationError(
                    f"{kind} provider {name!r} needs {', '.join(needed)}; "
                    f"set them under [{kind}.providers.{name}]"
                )
        return cls(options)
