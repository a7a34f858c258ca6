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
"""keys of a provider's table that its engine knows nothing of"""
_ENGINE_KEYS = tuple(one.name for one in fields(ProviderTable) if one.name not in _OUTSIDE)


@dataclass(frozen=True)
class Stocked:
    """A provider and what it was made from."""

    kind: Kind
    table: ProviderTable
    provider: Provider[Any]
    call_s: float | None = None
    """longest call, where its process is ended after that; seconds"""

    def is_like(self, kind: Kind, table: ProviderTable, call_s: float | None) -> bool:
        """Whether a provider that is made from these would be the same."""
        is_engine = all(getattr(self.table, key) == getattr(table, key) for key in _ENGINE_KEYS)
        return self.kind is kind and is_engine and self.call_s == call_s


class Stock:
    """Gives each of its providers away once: two tables that are alike are two engines."""

    def __init__(self, stocked: Iterable[Stocked] = ()) -> None:
        self._left = sorted(stocked, key=lambda one: not one.provider.is_loaded)

    def take(
        self, kind: Kind, table: ProviderTable, call_s: float | None = None
    ) -> Provider[Any] | None:
        """Return a provider that is as it is wanted; None when there is none left.

        One that is loaded, or has the same name, comes first.
        """
        fitting = [one for one in self._left if one.is_like(kind, table, call_s)]
        if not fitting:
            return None
        taken = min(fitting, key=lambda one: one.table.name != table.name)
        self._left = [one for one in self._left if one is not taken]
        return taken.provider
