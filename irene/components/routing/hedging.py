"""When a second provider is asked as well: after most answers of the first would have come."""

from __future__ import annotations

from irene.components.routing.latency import LatencyTracker
from irene.components.routing.retry_budget import hedge_budget

_SHARE = 0.95


class HedgePolicy:
    """Hedged requests (J. Dean, L. A. Barroso, "The Tail at Scale", CACM 56(2), 2013).

    The second call starts when 95 % of the first one's recent answers would have come, and a budget
    bounds the extra load also when all of them become slow at once. Not thread-safe.
    """

    def __init__(self, share: float) -> None:
        """`share` is the number of second calls per call, in the long run."""
        self._budget = hedge_budget(share)

    def called(self) -> None:
        """Note a call that may be hedged."""
        self._budget.called()

    def after_s(self, latency: LatencyTracker) -> float | None:
        """Return how long to wait before asking a second one, seconds; None while unknown."""
        return latency.quantile_s(_SHARE)

    def may(self, now_s: float) -> bool:
        """Take a second call out of the budget; return False when it is spent."""
        return self._budget.spend(now_s)
