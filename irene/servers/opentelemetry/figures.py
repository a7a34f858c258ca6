"""A snapshot as OpenTelemetry's own data, which its exporters send."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from irene.telemetry.metrics import Distribution, Metric, MetricKind, Reading
from irene.telemetry.recorder import Snapshot

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics import export
    from opentelemetry.sdk.resources import Resource

SCOPE = "irene"
_UNITS = {"seconds": "s", "bytes": "By", "ratio": "1"}
"""as UCUM writes them"""


def metrics_data(snapshot: Snapshot, resource: Resource) -> export.MetricsData:
    """Return all readings; counters and histograms are sums since the recorder was made."""
    from opentelemetry.sdk.metrics import export
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    at_ns = int(snapshot.at.timestamp() * 1e9)
    times_ns = at_ns - int(snapshot.uptime_s * 1e9), at_ns
    readings: dict[Metric, list[Reading]] = defaultdict(list)
    for reading in snapshot.readings:
        readings[reading.metric].append(reading)
    metrics = [_metric(metric, found, times_ns) for metric, found in readings.items()]
    scope = export.ScopeMetrics(InstrumentationScope(SCOPE), metrics, "")
    return export.MetricsData([export.ResourceMetrics(resource, [scope], "")])


def _metric(
    metric: Metric, readings: Sequence[Reading], times_ns: tuple[int, int]
) -> export.Metric:
    from opentelemetry.sdk.metrics import export

    data: export.Histogram | export.Sum | export.Gauge
    if metric.kind is MetricKind.HISTOGRAM:
        points = [_histogram(metric, one, times_ns) for one in readings]
        data = export.Histogram(points, export.AggregationTemporality.CUMULATIVE)
    else:
        numbers = [_number(metric, one, times_ns) for one in readings]
        data = export.Gauge(numbers)
        if metric.kind is MetricKind.COUNTER:
            temporality = export.AggregationTemporality.CUMULATIVE
            data = export.Sum(numbers, temporality, is_monotonic=True)
    return export.Metric(metric.name, metric.text, _UNITS.get(metric.unit, ""), data)


def _labels(metric: Metric, reading: Reading) -> dict[str, str]:
    return dict(zip(metric.labels, reading.values, strict=True))


def _number(metric: Metric, reading: Reading, times_ns: tuple[int, int]) -> export.NumberDataPoint:
    from opentelemetry.sdk.metrics import export

    value = reading.value
    if isinstance(value, Distribution):
        raise TypeError(f"{metric.name} is no histogram")
    return export.NumberDataPoint(_labels(metric, reading), *times_ns, value)


def _histogram(
    metric: Metric, reading: Reading, times_ns: tuple[int, int]
) -> export.HistogramDataPoint:
    from opentelemetry.sdk.metrics import export

    value = reading.value
    if not isinstance(value, Distribution):
        raise TypeError(f"{metric.name} is a histogram")
    below = [count for _, count in value.buckets]
    return export.HistogramDataPoint(
        attributes=_labels(metric, reading),
        start_time_unix_nano=times_ns[0],
        time_unix_nano=times_ns[1],
        count=value.count,
        sum=value.total,
        bucket_counts=[after - before for before, after in zip([0, *below], below, strict=False)],
        explicit_bounds=[bound for bound, _ in value.buckets[:-1]],
        min=value.minimum,
        max=value.maximum,
    )
