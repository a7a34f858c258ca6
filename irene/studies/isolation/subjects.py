"""Providers to measure, here and in workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from irene.components.isolation.isolating import isolated
from irene.components.isolation.proxy import IsolatedProvider
from irene.components.isolation.reports import WorkerReports
from irene.components.isolation.settings import WorkerSettings
from irene.domain.events import Event
from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry
from irene.providers.provider import Provider
from irene.studies.listening_cost.silent_engines import SilentVad


@dataclass(frozen=True)
class Engine:
    """A provider with the options that it is measured with."""

    kind: Kind
    name: str
    model: Path | None = None
    """a model instead of the default one"""
    max_concurrency: int | None = None
    """streams at a time, instead of the default"""

    def provider(self, registry: ComponentRegistry) -> Provider[Any]:
        """Return it, not loaded."""
        if self.name == SilentVad.name:
            return SilentVad()
        entry = registry.find(self.kind, self.name)
        options = None if self.model is None else entry.cls.Options(model=str(self.model))
        provider = registry.create(self.kind, self.name, options)
        if self.max_concurrency is not None:
            limited = replace(provider.capabilities, max_concurrency=self.max_concurrency)
            provider.capabilities = limited
        return provider


@contextmanager
def in_workers(
    engine: Engine, registry: ComponentRegistry, workers: int = 1
) -> Iterator[tuple[IsolatedProvider, list[Event]]]:
    """Give a provider, loaded and warm in workers, and what is reported about them."""
    events: list[Event] = []
    reports = WorkerReports(engine.kind, engine.name, events.append)
    provider = isolated(engine.provider(registry), WorkerSettings(workers=workers), reports)
    try:
        provider.warm_up()
        yield provider, events
    finally:
        provider.close()


@contextmanager
def here(engine: Engine, registry: ComponentRegistry) -> Iterator[Provider[Any]]:
    """Give a provider, loaded and warm in this process."""
    provider = engine.provider(registry)
    try:
        provider.warm_up()
        yield provider
    finally:
        provider.close()
