"""A benchmark for other programs: JSON with every round, or one table of CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence

from irene.performance.benchmark.benchmark_run import BenchmarkRun
from irene.performance.benchmark.measurement import Measurement

_HEADS = (
    *("component", "provider", "what", "clock", "rounds", "calls", "failed"),
    *("median_ms", "low_ms", "high_ms", "mean_ms", "p95_ms", "p99_ms", "min_ms", "max_ms"),
    *("spread", "rtf", "wer", "first_call_ms", "warm_up_ms", "load_ms", "resident_mb", "peak_kb"),
    *("trusted", "doubts"),
)


def as_json(run: BenchmarkRun) -> str:
    """Return everything about a run; `irene benchmark --compare` reads it."""
    return json.dumps(run.to_dict(), indent=1, ensure_ascii=False) + "\n"


def as_csv(run: BenchmarkRun) -> str:
    """Return a line for each part; what there is not, is empty."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_HEADS)
    table.writerows(tuple(_row(one, run.doubts)) for one in run.measurements)
    return text.getvalue()


def _row(one: Measurement, doubts: tuple[str, ...]) -> Iterator[object]:
    calls, cold, interval = one.calls, one.cold, one.interval
    yield from (one.component, one.provider, one.what, one.clock)
    yield from (len(one.rounds), calls.n, one.n_failed)
    yield from map(_ms, (one.seconds.median, interval.low, interval.high, calls.mean_s))
    yield from map(_ms, (calls.p95_s, calls.p99_s, calls.least_s, calls.most_s))
    yield _short(one.seconds.relative)
    yield _short(one.rtf)
    yield _short(None if one.accuracy is None else one.accuracy.rate)
    yield from map(_ms, (cold.first_call_s, cold.warm_up_s, cold.load_s))
    yield from (_short(cold.resident_mb), _short(one.peak_kb))
    every = (*doubts, *one.doubts)
    yield from (str(not every).lower(), "; ".join(every))


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:.6g}"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def as_table(rows: Sequence[Mapping[str, object]]) -> str:
    """Return plain rows as CSV, heads first; nothing of no rows."""
    text = io.StringIO()
    if rows:
        table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return text.getvalue()
