"""How the providers of a slot share the work, as its section of the configuration says."""

from __future__ import annotations

from collections.abc import Mapping

from irene.components.chain import Sharing, Terms
from irene.components.routing.settings import BreakerSettings, RoutingSettings
from irene.config.sections import BreakerTable, ProviderTable, Routing


def sharing_of(
    section: object, providers: Mapping[str, ProviderTable], hung_s: float | None = None
) -> Sharing:
    """Return what a section and the tables of its providers say; the usual where it says nothing.

    In some slots providers only stand in for one another, and their sections have no such keys.
    A call without a deadline counts as hung after `hung_s` seconds; None: never.
    """
    settings = _settings(section) if isinstance(section, Routing) else RoutingSettings()
    terms = {name: _terms(table) for name, table in providers.items()}
    return Sharing(settings, terms, hung_s)


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
