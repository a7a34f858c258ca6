"""From values to figures, however they were kept."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from irene.performance.view.components import of_metric
from irene.performance.view.report import HitRate, Level, Spread, series_name
from irene.telemetry.histogram import quantile

_SHOWN_AS = {"seconds": (1e3, "ms"), "ratio": (1.0, "")}
"""factor and unit in which a distribution of base units is shown"""
LATEST = "quantiles of the latest values that the recorder keeps, mean and largest of all"
RESULT, HIT = "result", "hit"
"""label of counters by which hits of a cache are told from misses"""


def spread_of(component: str, name: str, unit: str, values: Sequence[float], how: str) -> Spread:
    """Return how values are distributed, one at least."""
    rising = sorted(values)
    return Spread(
        component=component,
        name=name,
        unit=unit,
        n=len(rising),
        mean=sum(rising) / len(rising),
        p50=quantile(rising, 0.5),
        p95=quantile(rising, 0.95),
        p99=quantile(rising, 0.99),
        high=rising[-1],
        how=how,
    )


def recorded_spread(
    name: str, labels: Mapping[str, str], unit: str, statistics: Mapping[str, float]
) -> Spread | None:
    """Return what the recorder told of a histogram; None when there was no value."""
    if not statistics.get("n"):
        return None
    scale, shown = _SHOWN_AS.get(unit, (1.0, unit))
    values = {key: scale * statistics[key] for key in ("mean", "p50", "p95", "p99", "max")}
    return Spread(
        component=of_metric(name, labels),
        name=series_name(name, labels),
        unit=shown,
        n=int(statistics["n"]),
        mean=values["mean"],
        p50=values["p50"],
        p95=values["p95"],
        p99=values["p99"],
        high=values["max"],
        how=LATEST,
    )


def level_of(
    name: str,
    labels: Mapping[str, str],
    kind: str,
    unit: str,
    points: Sequence[tuple[float, float]],
) -> Level:
    """Return the level of a series, of one point at least; of a counter, how much it grew."""
    values = [value for _, value in points]
    last = grown(values) if kind == "counter" else values[-1]
    return Level(
        component=of_metric(name, labels),
        metric=series_name(name, labels),
        kind=kind,
        unit=unit,
        last=last,
        low=min(values),
        high=max(values),
        n=len(values),
        points=points,
    )


def grown(values: Sequence[float]) -> float:
    """Return how much a counter grew from its first value on; at a fall it began anew at zero."""
    pairs = itertools.pairwise(values)
    return sum((after if after < before else after - before) for before, after in pairs)


def hit_rates_of(counts: Iterable[tuple[str, Mapping[str, str], float]]) -> list[HitRate]:
    """Return the hit rates of caches that were asked, from counters with the label `result`."""
    found: dict[str, list[float]] = {}
    components: dict[str, str] = {}
    for name, labels, value in counts:
        others = {label: text for label, text in labels.items() if label != RESULT}
        cache = others.get("cache") or series_name(name, others)
        components[cache] = of_metric(name, others)
        hits_and_rest = found.setdefault(cache, [0.0, 0.0])
        hits_and_rest[labels[RESULT] != HIT] += value
    return [
        HitRate(components[cache], cache, int(hits), int(hits + rest))
        for cache, (hits, rest) in found.items()
        if hits + rest >= 1
    ]
