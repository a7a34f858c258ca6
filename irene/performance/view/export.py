"""The report for other programs: JSON, or one table of CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from irene.errors import ConfigurationError, RequestError
from irene.performance.view.report import Report

_HEADS = ("section", "component", "name", "unit", "statistic", "n", "value")


def exported(report: Report, path: Path) -> str:
    """Return the report in the format that the ending of a file names.

    Raises:
        RequestError: it is neither `.json` nor `.csv`.
    """
    ending = path.suffix.lower()
    if ending == ".json":
        return json.dumps(report.to_dict(), indent=1, ensure_ascii=False) + "\n"
    if ending == ".csv":
        return _as_csv(report)
    raise RequestError(f"--export {path}: name a file that ends in .json or .csv")


def write(text: str, path: Path) -> None:
    """Write a file.

    Raises:
        ConfigurationError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{path}: cannot be written: {reason}") from None


def _as_csv(report: Report) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_HEADS)
    table.writerows(_rows(report))
    return text.getvalue()


def _rows(report: Report) -> Iterator[tuple[object, ...]]:
    sections = {
        "stage": report.stages,
        "real_time_factor": report.factors,
        "recorded": report.timings,
    }
    for section, spreads in sections.items():
        for one in spreads:
            for statistic in ("mean", "p50", "p95", "p99", "high"):
                value = getattr(one, statistic)
                name = "max" if statistic == "high" else statistic
                yield (section, one.component, one.name, one.unit, name, one.n, value)
    for rate in report.hit_rates:
        yield ("hit_rate", rate.component, rate.cache, "ratio", "share", rate.lookups, rate.share)
    for level in report.levels:
        statistics = {"last": level.last}
        if level.kind == "gauge":
            statistics |= {"min": level.low, "max": level.high}
        for statistic, value in statistics.items():
            section = level.kind
            yield (section, level.component, level.metric, level.unit, statistic, level.n, value)
    for reason, n in report.outcomes.items():
        yield ("commands", "pipeline", reason, "", "count", n, n)
