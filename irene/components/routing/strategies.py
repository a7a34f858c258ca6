"""In which order providers are tried: pure functions of what is known of them.

Each gives one provider its rank; who has the least is asked first. All but `primary_fallback` put
one that is full behind those that are not, and one of weight 0 behind those.

Every provider is looked at. The power of two choices (M. Mitzenmacher, IEEE TPDS 12(10), 2001) does
nearly as well with two random looks, which pays where there are hundreds, or where what is known is
old. A slot has a handful, and the counts of one process are exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from irene.components.routing.snapshot import ProviderView

StrategyName = Literal[
    "primary_fallback", "round_robin", "least_loaded", "latency_weighted", "hedged"
]
"""the names that the configuration knows"""
Rank = tuple[float, float, float, int]
"""whether it can hardly serve, what the strategy looks at, calls per weight, and position; the last
tells any two apart"""
Strategy = Callable[[ProviderView], Rank]

FORGET_S = 60.0
"""time in which a latency that was not measured again loses its weight, by a factor of e"""
_SHORTEST_S = 1e-6
_FULL, _IDLE = 2, 1
"""what a rank begins with, instead of 0, when it is full, or of weight 0"""


def primary_fallback(one: ProviderView) -> Rank:
    """Ask them as they are configured: the others stand in when the first cannot.

    One that is full keeps its place: to wait for it for a moment beats a worse engine.
    """
    return 0, 0.0, 0.0, one.position


def round_robin(one: ProviderView) -> Rank:
    """Ask first who has had the fewest calls for its weight.

    This is start-time fair queueing (P. Goyal, H. M. Vin, H. Cheng, SIGCOMM 1996): two providers
    that are always free never differ by more than one call each in calls per weight, in any order
    of arrivals, and whoever was away does not make up for it.
    """
    limit = one.max_concurrency
    if limit is not None and one.in_flight >= limit:
        return _FULL, one.turn, 0.0, one.position
    return 0 if one.weight else _IDLE, one.turn, 0.0, one.position


def least_loaded(one: ProviderView) -> Rank:
    """Ask first who works on the fewest calls for its weight; equals take turns."""
    limit, busy, weight = one.max_concurrency, one.in_flight, one.weight
    load = busy / (weight or 1.0)
    if limit is not None and busy >= limit:
        return _FULL, load, one.turn, one.position
    return 0 if weight else _IDLE, load, one.turn, one.position


def latency_weighted(one: ProviderView) -> Rank:
    """Ask first who would answer soonest: latency times the calls before it, over its weight.

    This is the load metric of Twitter Finagle's peak EWMA balancer. What was measured long ago
    counts less and less, so that a provider that was slow once is measured again; one that was
    never measured is tried by one call at a time.
    """
    limit, busy = one.max_concurrency, one.in_flight
    weight, latency_s = one.weight, one.latency_s
    if latency_s is None:
        cost = math.inf if busy else -math.inf
    else:
        latency_s = latency_s if latency_s > _SHORTEST_S else _SHORTEST_S
        weighted_s = latency_s * (busy + 1) / (weight or 1.0)
        # All latencies decay alike, by exp(-age / FORGET_S); leaving exp(-now / FORGET_S) out of
        # all of them changes no order, and spares the clock.
        cost = math.log(weighted_s) + one.measured_s / FORGET_S
    if limit is not None and busy >= limit:
        return _FULL, cost, one.turn, one.position
    return 0 if weight else _IDLE, cost, one.turn, one.position


STRATEGIES: Mapping[StrategyName, Strategy] = {
    "primary_fallback": primary_fallback,
    "round_robin": round_robin,
    "least_loaded": least_loaded,
    "latency_weighted": latency_weighted,
    "hedged": latency_weighted,
}
"""The rank of each strategy. `hedged` asks a second one, too, when the first takes long."""


def order(strategy: StrategyName, providers: Iterable[ProviderView]) -> tuple[str, ...]:
    """Return the names of all providers in the order in which a strategy tries them."""
    return tuple(one.name for one in sorted(providers, key=STRATEGIES[strategy]))
