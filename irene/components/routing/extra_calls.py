"""Calls beyond the first for one question: retries, and second calls while the first one runs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from irene.components.routing.budgets import hedge_budget, retry_budget
from irene.components.routing.provider_record import ProviderRecord
from irene.components.routing.refusing import too_many_retries
from irene.components.routing.settings import RoutingSettings
from irene.components.routing.standings import Standings

_HEDGE_AFTER = 0.95
"""share of a provider's recent answers that would have come before a second one is asked"""


class ExtraCalls:
    """How many extra calls a router may make, and when.

    Guarded by the router's lock, but for `hedge_after_s`, which reads one number. A second call is
    made once most answers would have come: a hedged request (J. Dean, L. A. Barroso, "The Tail at
    Scale", CACM 56(2), 2013). Both kinds have a budget.
    """

    __slots__ = ("_kind", "_standings", "hedges", "is_hedging", "retries")

    def __init__(self, kind: str, settings: RoutingSettings, standings: Standings[Any]) -> None:
        """`kind` is the name of the slot, for messages."""
        self._kind = kind
        self._standings = standings
        self.is_hedging = settings.strategy == "hedged"
        """whether there are second calls at all"""
        self.retries = retry_budget(settings.retry_share)
        """what retries are taken out of"""
        self.hedges = hedge_budget(settings.hedge_share)
        """what second calls are taken out of"""
        if self.is_hedging:
            for record in standings.records:
                record.latency.keep_quantile(_HEDGE_AFTER)

    def count(self, without: Collection[str], now_s: float, budgeted: bool) -> None:
        """Count a call; one with somebody who was tried before is a retry.

        Raises:
            ProviderFailedError: it is `budgeted`, and there were too many retries.
        """
        if without:
            if not self.retries.spend(now_s, at_any_rate=not budgeted):
                raise too_many_retries(self._kind, without)
        elif not self._standings.is_alone:
            self.retries.called()
            if self.is_hedging:
                self.hedges.called()

    def hedge_after_s(self, record: ProviderRecord[Any]) -> float | None:
        """Return how long to wait for this one before a second is asked; None: for ever."""
        can_be = self.is_hedging and not self._standings.is_alone
        return record.latency.kept_s if can_be else None
