"""Making one provider from its table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from irene.components.chain.candidate import Candidate
from irene.components.chain.news import Report
from irene.components.isolation.isolating import isolated
from irene.components.isolation.reports import WorkerReports
from irene.components.isolation.settings import WorkerSettings
from irene.components.making.limits import worker_call_s
from irene.components.making.model_memory import enrol_in_budget
from irene.components.making.stock import Stock, Stocked
from irene.config.sections import Config, ProviderTable, SlotSection
from irene.domain.kinds import Kind
from irene.memory.budget.models import ModelBudget
from irene.plugin.registry import ComponentRegistry
from irene.providers.provider import Provider
from irene.providers.shared_engines import SharedEngines
from irene.telemetry.recorder import Recorder


@dataclass(frozen=True)
class Shared:
    """What the providers of all slots have in common."""

    models: ModelBudget
    """what loaded models may take"""
    engines: SharedEngines
    """engines that they hold between them"""
    recorder: Recorder
    """what takes the figures of all parts"""


class ProviderMaker:
    """Makes the providers of a configuration, or takes those that are in stock; loads none."""

    def __init__(
        self,
        config: Config,
        registry: ComponentRegistry,
        report: Report,
        shared: Shared,
        stock: Stock,
    ) -> None:
        """`stock` holds the providers that may be used as they are."""
        self.made: list[Stocked] = []
        """every provider that was made, or taken from the stock"""
        self._config = config
        self._registry = registry
        self._report = report
        self._shared = shared
        self._stock = stock

    def forget(self) -> None:
        """Hold none of the providers any more that were there or were made."""
        self._stock, self.made = Stock(), []

    def find(self, kind: Kind, section: SlotSection, name: str) -> Candidate[Any]:
        """Return a provider by the name of its table, else by the name of its class."""
        if name in section.providers:
            return self.candidate(kind, section.providers[name])
        return self.candidate(kind, ProviderTable(name=name, type=name))

    def candidate(self, kind: Kind, table: ProviderTable) -> Candidate[Any]:
        """Return the provider that a table describes, under the table's name.

        Raises:
            ConfigurationError: there is no such provider, or its options are wrong.
        """
        call_s = worker_call_s(kind, table, self._config)
        provider = self._stock.take(kind, table, call_s) or self._created(kind, table, call_s)
        section = getattr(self._config, str(kind))
        enrol_in_budget(self._shared.models, provider, table, section, self._report)
        self.made.append(Stocked(kind, table, provider, call_s))
        return Candidate(table.name, provider)

    def _created(self, kind: Kind, table: ProviderTable, call_s: float | None) -> Provider[Any]:
        provider = self._registry.create(kind, table.type, table.options)
        provider.engines = self._shared.engines
        provider.metrics = self._shared.recorder.stages
        if table.max_concurrency is not None and hasattr(provider.capabilities, "max_concurrency"):
            limit = table.max_concurrency
            provider.capabilities = replace(provider.capabilities, max_concurrency=limit)
        made = provider if call_s is None else self._isolated(provider, table, call_s)
        provider.configured_as = made.configured_as = table.name
        return made

    def _isolated(
        self, provider: Provider[Any], table: ProviderTable, call_s: float
    ) -> Provider[Any]:
        """Return what stands for a provider that runs in processes of its own."""
        settings = WorkerSettings(
            workers=table.workers or 1,
            memory_limit_mb=table.memory_limit_mb,
            start_s=self._config.assistant.load_timeout_ms / 1000,
            call_s=call_s,
        )
        reports = WorkerReports(provider.kind, table.name, self._report, self._shared.recorder)
        return isolated(provider, settings, reports)
