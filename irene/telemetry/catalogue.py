"""Every metric of an assistant: the list only grows, names never change."""

from __future__ import annotations

from irene.telemetry.metrics import SECONDS, Metric, MetricKind

STAGE_SECONDS = Metric(
    "irene_stage_duration_seconds",
    MetricKind.HISTOGRAM,
    "Time of a stage, for each utterance or call",
    ("stage",),
    SECONDS,
)
STAGE_ERRORS = Metric(
    "irene_stage_errors_total", MetricKind.COUNTER, "Times that a stage failed", ("stage",)
)
REFUSED_SERIES = Metric(
    "irene_telemetry_refused_total",
    MetricKind.COUNTER,
    "Times that label values were counted as `other`, because a metric has too many of them",
)

METRICS: tuple[Metric, ...] = (STAGE_SECONDS, STAGE_ERRORS, REFUSED_SERIES)
"""Every metric there is."""
