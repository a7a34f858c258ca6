"""Providers that exist already, for components that are made anew around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from irene.config.sections import ProviderTable
from irene.domain.kinds import Kind
from irene.providers.provider import Provider

_OUTSIDE = frozenset(
    {
        *("name", "enabled", "sample_rate", "channels", "weight", "deadline_ms"),
        *("memory_mb", "vram_mb", "memory_priority"),
    }
)
"""keys of a provider's table that its engine knows nothing of; one in a process of its own has its
calls ended at the deadline"""
_ENGINE_KEYS = tuple(one.name for one in fields(ProviderTable) if one.name not in _OUTSIDE)


@dataclass(frozen=True)
class Stocked:
    """A provider and what it was made from."""

    kind: Kind
    table: ProviderTable
    provider: Provider[Any]

    def is_like(self, kind: Kind, table: ProviderTable) -> bool:
        """Whether a provider that is made from this table would be the same."""
        is_engine = all(getattr(self.table, key) == getattr(table, key) for key in _ENGINE_KEYS)
        in_time = table.isolation != "process" or self.table.deadline_ms == table.deadline_ms
        return self.kind is kind and is_engine and in_time


class Stock:
    """Gives each of its providers away once: two tables that are alike are two engines."""

    def __init__(self, stocked: Iterable[Stocked] = ()) -> None:
        self._left = sorted(stocked, key=lambda one: not one.provider.is_loaded)

    def take(self, kind: Kind, table: ProviderTable) -> Provider[Any] | None:
        """Return a provider that is as this table wants it; None when there is none left.

        One that is loaded, or has the same name, comes first.
        """
        fitting = [one for one in self._left if one.is_like(kind, table)]
        if not fitting:
            return None
        taken = min(fitting, key=lambda one: one.table.name != table.name)
        self._left = [one for one in self._left if one is not taken]
        return taken.provider
