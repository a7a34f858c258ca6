"""The report of an assistant that runs, from what its control socket tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from irene.performance.view.components import of_stage
from irene.performance.view.figures import (
    LATEST,
    RESULT,
    hit_rates_of,
    level_of,
    recorded_spread,
)
from irene.performance.view.report import Level, Report, SeenAlert, Spread, Subject, Window

_STAGES = "irene_stage_duration_seconds"
_FACTORS = "irene_asr_realtime_ratio"
_ENDED = "irene_session_ended_total"

Reading = Mapping[str, Any]


def live_report(
    status: Mapping[str, Any], metrics: Mapping[str, Any], providers: Sequence[Mapping[str, Any]]
) -> Report:
    """Return the report of now: sums since the start, quantiles of the latest values.

    Args:
        status: result of the command `status`.
        metrics: result of the command `metrics`.
        providers: result of the command `providers`.
    """
    readings: Sequence[Reading] = metrics["readings"]
    at = datetime.fromisoformat(metrics["at"]).timestamp()
    outcomes = {
        one["labels"].get("outcome", ""): int(one["value"])
        for one in readings
        if one["metric"] == _ENDED
    }
    spreads = [spread for one in readings if (spread := _spread(one)) is not None]
    return Report(
        subject=Subject(
            name=status["name"],
            pid=status["pid"],
            version=status["version"],
            config=status["config"],
            began=at - status["uptime_s"],
            is_running=True,
            doing=status["state"] + (", muted" if status["muted"] else ""),
        ),
        window=Window(
            since=at - metrics["uptime_s"],
            until=at,
            n_runs=1,
            n_commands=sum(outcomes.values()),
            source="live",
        ),
        stages=[one for one in spreads if one.how is _OF_STAGES],
        factors=[one for one in spreads if one.unit == "x"],
        timings=[one for one in spreads if one.how is LATEST and one.unit != "x"],
        levels=[_level(one, at) for one in readings if _is_level(one)],
        hit_rates=hit_rates_of(
            (one["metric"], one["labels"], one["value"])
            for one in readings
            if RESULT in one["labels"]
        ),
        providers=providers,
        alerts=[_alert(one) for one in metrics["alerts"]],
        outcomes=outcomes,
    )


_OF_STAGES = f"{LATEST}; a stage without those inside it"


def _spread(one: Reading) -> Spread | None:
    if one["kind"] != "histogram" or not one.get("n"):
        return None
    if one["metric"] == _STAGES:
        return _named(one, of_stage(one["labels"]["stage"]), one["labels"]["stage"], "ms")
    if one["metric"] == _FACTORS:
        return _named(one, "asr", one["labels"].get("provider", "asr"), "x")
    return recorded_spread(one["metric"], one["labels"], one["unit"], one)


def _named(one: Reading, component: str, name: str, unit: str) -> Spread:
    scale = 1e3 if unit == "ms" else 1.0
    return Spread(
        component=component,
        name=name,
        unit=unit,
        n=one["n"],
        mean=scale * one["mean"],
        p50=scale * one["p50"],
        p95=scale * one["p95"],
        p99=scale * one["p99"],
        high=scale * one["max"],
        how=_OF_STAGES if unit == "ms" else LATEST,
    )


def _is_level(one: Reading) -> bool:
    return one["kind"] != "histogram" and RESULT not in one["labels"]


def _level(one: Reading, at: float) -> Level:
    points = [(at, one["value"])]
    if one["kind"] == "counter":
        points = [(at, 0.0), *points]
    return level_of(one["metric"], one["labels"], one["kind"], one["unit"], points)


def _alert(one: Mapping[str, Any]) -> SeenAlert:
    return SeenAlert(
        name=one["alert"],
        series=one["metric"],
        statistic=one["statistic"],
        threshold=one["threshold"],
        value=one["value"],
        raised=None,
        cleared=None,
        unit=one["unit"],
    )
