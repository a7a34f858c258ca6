"""The memory budget of an assistant's models, as its configuration says."""

from __future__ import annotations

from functools import partial

from irene.components.chain.news import Report
from irene.config.provider_tables import ENGINE_KINDS
from irene.config.sections import MemorySection, ProviderTable, Routing, SlotSection
from irene.domain.clock import Clock
from irene.domain.events import ModelsUnloaded, ProviderFailed
from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.memory.budget.footprint import Footprint
from irene.memory.budget.models import BudgetLimits, ModelBudget, Pressure
from irene.memory.budget.residence import Tenancy
from irene.providers.border import one_line
from irene.providers.provider import Provider

_COME_AND_GO = frozenset({Kind.ASR, Kind.TTS, Kind.LANGUAGE})
"""kinds whose every use is a call that holds a lease; the others have streams open all the time"""
_PRIORITY = 5


def budget_of(section: MemorySection, report: Report, clock: Clock) -> ModelBudget:
    """Return the budget that a configuration sets, which reports what gives way."""

    def tell(pressure: Pressure) -> None:
        report(
            ModelsUnloaded(
                model=pressure.model,
                unloaded=pressure.unloaded,
                freed_mb=_megabytes(pressure.freed),
                excess_mb=_megabytes(pressure.excess),
            )
        )

    return ModelBudget(limits_of(section), tell, clock)


def limits_of(section: MemorySection) -> BudgetLimits:
    """Return what all models together may take."""
    return BudgetLimits.of_mb(section.ram_budget_mb, section.vram_budget_mb)


def enrol_in_budget(
    budget: ModelBudget,
    provider: Provider[object],
    table: ProviderTable,
    section: SlotSection,
    report: Report,
) -> None:
    """Give a provider its place in the budget, on the terms of its table.

    That it could not be freed is reported: it is no failure of whoever needs the room.
    """
    kind = provider.kind
    if kind not in ENGINE_KINDS:
        return
    alone = isinstance(section, Routing) and section.strategy != "primary_fallback"
    tenancy = Tenancy(
        name=f"{kind} provider {table.name!r}",
        declared=Footprint.of_mb(table.memory_mb, table.vram_mb),
        priority=_PRIORITY if table.memory_priority is None else table.memory_priority,
        stays=kind not in _COME_AND_GO,
        stands_by=not alone and table.name != section.default_provider,
    )
    if provider.residence is None:
        provider.residence = budget.enrol(
            provider, tenancy, partial(_unload, provider, table.name, report)
        )
    else:
        provider.residence.tenancy = tenancy


def _unload(provider: Provider[object], name: str, report: Report) -> None:
    try:
        provider.close()
    except IreneError as error:
        report(ProviderFailed(kind=str(provider.kind), provider=name, reason=one_line(error)))


def _megabytes(amount: Footprint) -> float:
    return round((amount.ram + (amount.vram or 0)) / 1e6, 1)
