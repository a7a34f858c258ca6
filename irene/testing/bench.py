"""A bench to run assistants on: provider classes in, events out.

The assistant is imported when it is run: providers import the rest in processes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from irene.domain.events import Event
from irene.domain.kinds import Kind
from irene.plugin.hookspecs import hook_of
from irene.plugin.host import PluginHost, ProviderClass
from irene.plugin.marker import hookimpl
from irene.plugin.registry import ComponentRegistry
from irene.plugin.source import PluginSource


def plugin_of(name: str, *classes: ProviderClass) -> PluginSource:
    """Return a plugin, as if it were installed, that offers these provider classes."""
    module = ModuleType(f"irene_test_plugin_{name}")
    for kind in Kind:
        offered = [cls for cls in classes if cls.kind is kind]
        if offered:
            setattr(module, hook_of(kind), _hook(offered))
    return PluginSource(name, module.__name__, lambda: module)


def registry_of(
    *classes: ProviderClass, installed: Sequence[PluginSource] = ()
) -> ComponentRegistry:
    """Return a registry of these provider classes and of the given plugins."""
    return ComponentRegistry(PluginHost([*installed, plugin_of("bench", *classes)]))


async def events_of(
    config: Mapping[str, Any], registry: ComponentRegistry, realtime: bool = False
) -> list[Event]:
    """Run an assistant to the end of its input and return everything that happened."""
    from irene.pipeline.assistant import Assistant

    async with Assistant.from_config(config, registry=registry) as assistant:
        return [event async for event in assistant.run(realtime)]


def _hook(classes: list[ProviderClass]) -> Any:
    @hookimpl
    def offer() -> list[ProviderClass]:
        return classes

    return offer
