"""The figures of an assistant as JSON-ready data."""

from __future__ import annotations

from typing import Any

from irene.telemetry.metrics import Distribution, Reading
from irene.telemetry.recorder import Snapshot


def snapshot_to_dict(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as the control socket's `metrics` tells it."""
    return {
        "at": snapshot.at.isoformat(timespec="milliseconds"),
        "uptime_s": round(snapshot.uptime_s, 3),
        "readings": [_reading(one) for one in snapshot.readings],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    metric = reading.metric
    return {
        "metric": metric.name,
        "labels": dict(zip(metric.labels, reading.values, strict=True)),
        "kind": metric.kind.value,
        "unit": metric.unit,
        **_value(reading.value),
    }


def _value(value: float | Distribution) -> dict[str, Any]:
    if not isinstance(value, Distribution):
        return {"value": value}
    counts = {"count": value.count, "errors": value.errors, "n": value.window}
    if not value.count:
        return counts
    figures = ("mean", "p50", "p95", "p99")
    return {**counts, **{name: getattr(value, name) for name in figures}, "max": value.maximum}
