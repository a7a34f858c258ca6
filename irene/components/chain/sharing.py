"""How the providers of a slot share the work, and what its section of the file says of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from irene.components.calls.deadline import HANG_KEY, NO_LIMIT, Limit
from irene.components.routing.settings import BreakerSettings, RoutingSettings
from irene.config.sections import BreakerTable, ProviderTable, Routing


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration says of one provider's share of the work."""

    weight: float = 1.0
    """share of the calls, relative to the others; 0 serves only when no other can"""
    deadline_s: float | None = None
    """longest call, seconds, instead of the slot's"""


@dataclass(frozen=True, slots=True)
class Sharing:
    """How the providers of a slot share the work."""

    settings: RoutingSettings = field(default_factory=RoutingSettings)
    """what holds for all of them"""
    terms: Mapping[str, Terms] = field(default_factory=dict)
    """what holds for one, by its name"""
    hung_s: float | None = None
    """time after which a call counts as hung that has no deadline, seconds; None: never"""
    longest_s: float | None = None
    """time after which it does however much there is to do, seconds; None: no such"""
    hung_by: str = HANG_KEY
    """the key of the configuration that says so"""
    load_s: float | None = None
    """longest time that a provider may take to load, seconds; None: no limit"""

    def deadline_s(self, name: str) -> float | None:
        """Return how long a provider may take, seconds; None: no limit."""
        own_s = self.terms[name].deadline_s if name in self.terms else None
        return self.settings.deadline_s if own_s is None else own_s

    def limit(self, granted_s: float = 0.0) -> Limit:
        """Return how long a call without a deadline may take; so much more for what it is to do."""
        if self.hung_s is None:
            return NO_LIMIT
        most_s = granted_s if self.longest_s is None else self.longest_s - self.hung_s
        return Limit(self.hung_s, self.hung_by, max(0.0, min(granted_s, most_s)))


def sharing_of(section: object, providers: Mapping[str, ProviderTable]) -> Sharing:
    """Return what a section and the tables of its providers say; the usual where it says nothing.

    In some slots providers only stand in for one another, and their sections have no such keys.
    """
    settings = _settings(section) if isinstance(section, Routing) else RoutingSettings()
    terms = {name: _terms(table) for name, table in providers.items()}
    return Sharing(settings, terms)


def _settings(section: Routing) -> RoutingSettings:
    return RoutingSettings(
        strategy=section.strategy,
        deadline_s=_seconds(section.deadline_ms),
        breaker=_breaker(section.breaker),
        spill_s=section.spill_ms / 1000,
        retry_share=section.retry_share,
        hedge_share=section.hedge_share,
    )


def _breaker(table: BreakerTable) -> BreakerSettings:
    return BreakerSettings(
        window_s=table.window_ms / 1000,
        min_calls=table.min_calls,
        failure_rate=table.failure_rate,
        failures_in_row=table.failures_in_row,
        slow_s=_seconds(table.slow_ms),
        slow_rate=table.slow_rate,
        open_s=table.open_ms / 1000,
        max_open_s=table.max_open_ms / 1000,
        jitter=table.jitter,
        trials=table.trials,
    )


def _terms(table: ProviderTable) -> Terms:
    weight = 1.0 if table.weight is None else table.weight
    return Terms(weight, _seconds(table.deadline_ms))


def _seconds(limit_ms: int | None) -> float | None:
    return None if limit_ms is None else limit_ms / 1000
