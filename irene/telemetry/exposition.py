"""Figures in the words of Prometheus, by its own client library."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, cast

from irene.errors import ConfigurationError
from irene.telemetry.metrics import Distribution, Metric, MetricKind, Reading

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )

    Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


class ReadingsCollector:
    """Gives Prometheus's client what a recorder reads, whenever it is scraped."""

    def __init__(self, read: Callable[[], Iterable[Reading]]) -> None:
        self._read = read

    def describe(self) -> Iterator[Family]:
        """Return nothing: which metrics there are is known when they are read."""
        return iter(())

    def collect(self) -> Iterator[Family]:
        """Yield one family for each metric, with the values of all its labels."""
        families: dict[Metric, Family] = {}
        for reading in self._read():
            family = families.get(reading.metric)
            if family is None:
                family = families[reading.metric] = _family(reading.metric)
            _add(family, reading)
        yield from families.values()


def registry_of(read: Callable[[], Iterable[Reading]]) -> CollectorRegistry:
    """Return a registry of Prometheus's client that holds these readings and nothing else.

    Raises:
        ConfigurationError: the client is not installed; the message names the cure.
    """
    try:
        from prometheus_client import CollectorRegistry
    except ImportError as error:
        raise ConfigurationError(
            'metrics for Prometheus need its client: pip install "irene-voice[metrics]"'
        ) from error
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ReadingsCollector(read))
    return registry


def exposed(read: Callable[[], Iterable[Reading]]) -> str:
    """Return readings in Prometheus's text format 0.0.4.

    Raises:
        ConfigurationError: the client is not installed; the message names the cure.
    """
    registry = registry_of(read)
    from prometheus_client import generate_latest

    return generate_latest(registry).decode()


def _family(metric: Metric) -> Family:
    from prometheus_client import core

    name, text, labels, unit = metric.name, metric.text, metric.labels, metric.unit
    if metric.kind is MetricKind.COUNTER:
        return core.CounterMetricFamily(name, text, labels=labels, unit=unit)
    if metric.kind is MetricKind.GAUGE:
        return core.GaugeMetricFamily(name, text, labels=labels, unit=unit)
    return core.HistogramMetricFamily(name, text, labels=labels, unit=unit)


def _add(family: Family, reading: Reading) -> None:
    value = reading.value
    if isinstance(value, Distribution):
        buckets = [(_bound(bound), float(count)) for bound, count in value.buckets]
        cast("HistogramMetricFamily", family).add_metric(reading.values, buckets, value.total)
    else:
        cast("GaugeMetricFamily", family).add_metric(reading.values, value)


def _bound(bound: float) -> str:
    """Return an upper bound as Prometheus writes it."""
    return "+Inf" if math.isinf(bound) else repr(bound)
