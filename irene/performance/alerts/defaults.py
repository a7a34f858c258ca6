"""The alerts that irene comes with; one whose metric is not recorded is never raised."""

from __future__ import annotations

from dataclasses import replace

from irene.config.sections import AlertRule, Config

DEFAULT_ALERTS = (
    AlertRule(
        name="slow answers",
        metric="irene_response_latency_seconds",
        statistic="p95",
        threshold=0.5,
        clear=0.45,
        for_s=30.0,
        min_n=5,
    ),
    AlertRule(
        name="memory",
        metric="irene_process_memory_ratio",
        threshold=0.8,
        clear=0.75,
        for_s=30.0,
    ),
    AlertRule(
        name="cache hit rate",
        metric="irene_cache_lookups_total",
        statistic="share",
        threshold=0.7,
        when="below",
        clear=0.75,
        for_s=60.0,
        min_n=20,
    ),
    AlertRule(
        name="allocation failures",
        metric="irene_memory_allocation_failures_total",
        statistic="rate",
        threshold=0.0,
    ),
    AlertRule(
        name="slow language identification",
        metric="irene_stage_duration_seconds",
        labels={"stage": "lid.total"},
        statistic="p95",
        threshold=0.01,
        clear=0.009,
        for_s=30.0,
        min_n=5,
    ),
)
"""p95 of an answer above 500 ms, memory above 80 %, hit rate below 70 %, failed allocations, p95 of
language identification above 10 ms"""
_ANSWER, *_OTHERS, _IDENTIFICATION = DEFAULT_ALERTS
_CLEARED_AT = 0.9
"""share of the limit at which slow identification is over"""


def rules_of(config: Config) -> tuple[AlertRule, ...]:
    """Return the rules that are in force: a default gives way to a rule of the same name.

    An answer may take as much longer as the configuration says that silence is waited for. The
    10 ms of identification are those of a GPU, and hold where the identifier is told to run on one
    (`device = "cuda"`): no published model keeps them on a processor. Elsewhere the limit is what
    the configuration itself goes by, `language.wait_ms`: a language that is known later than that
    comes too late for the answer.
    """
    section = config.performance
    own = {rule.name for rule in section.alerts}
    defaults = (_answer(config), *_OTHERS, _identification(config))
    wanted = defaults if section.default_alerts else ()
    return (*(rule for rule in wanted if rule.name not in own), *section.alerts)


def _answer(config: Config) -> AlertRule:
    silence_s = config.vad.end_silence_ms / 1000
    return replace(
        _ANSWER,
        threshold=round(_ANSWER.threshold + silence_s, 6),
        clear=round((_ANSWER.clear or 0.0) + silence_s, 6),
    )


def _identification(config: Config) -> AlertRule:
    section = config.language
    table = section.providers.get(section.default_provider)
    if table is not None and getattr(table.options, "device", "") == "cuda":
        return _IDENTIFICATION
    limit_s = section.wait_ms / 1000
    clear_s = round(limit_s * _CLEARED_AT, 6)
    return replace(_IDENTIFICATION, threshold=limit_s, clear=clear_s)
