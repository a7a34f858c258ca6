"""The report of what is kept in a file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from irene.errors import NotRunningError
from irene.performance.alerts.figures import unit_of
from irene.performance.store.reading import (
    Extent,
    KeptRun,
    KeptSpan,
    KeptUtterance,
    Points,
    StoreReader,
)
from irene.performance.store.rows import RunFacts, SeriesKey
from irene.performance.view.components import of_stage
from irene.performance.view.figures import (
    RESULT,
    grown,
    hit_rates_of,
    level_of,
    recorded_spread,
    spread_of,
)
from irene.performance.view.report import Level, Report, SeenAlert, Spread, Subject, Window

EVERY = "every command of the window"
_LIVES_S = 15.0
"""time since its last measurement within which an assistant runs, wherever its process may be"""
_ANSWER = "response"
_FACTORS = "irene_asr_realtime_ratio"
"""told by the commands themselves"""


def report_from(
    store: StoreReader,
    now: float,
    minutes: float | None = None,
    only_commands: bool = False,
    *,
    running: float | None = None,
    name: str | None = None,
) -> Report:
    """Return the report of one run, or of the last minutes of all runs of that assistant.

    It is the one that goes on, though others, such as an `irene ask`, began after it; without such
    a one it is that which was seen last.

    Args:
        store: the file of an assistant, or of several.
        now: seconds since 1970 (UTC).
        minutes: length of the window, counted back from now, or from the end of the last run.
        only_commands: whether the recorder's series are left out: a long run has many.
        running: when the run began, as the file has it, of an assistant that is known to run.
        name: the assistant that is meant; None takes whichever was seen last.

    Raises:
        NotRunningError: no assistant has been measured yet, or not that one.
    """
    runs = [run for run in store.runs() if name is None or run.facts.assistant == name]
    found = [run for run in runs if running is None or run.facts.began == running]
    if not found:
        raise NotRunningError(f"{store.path}: nothing is recorded yet; start `irene run`")
    last = max(found, key=lambda run: (_goes_on(run, now), run.seen < now + _LIVES_S, run.seen))
    is_running = running is not None or _goes_on(last, now)
    until = now if is_running else last.seen
    its_own = [run for run in runs if run.facts.assistant == last.facts.assistant]
    meant, since = _meant(its_own, last, until, minutes)
    extent = Extent([run.number for run in meant], since)
    commands = store.utterances(extent)
    window = Window(
        since=min(max(since, meant[-1].facts.began), until),
        until=until,
        n_runs=len(meant),
        n_commands=len(commands),
        source=str(store.path),
        dropped=sum(run.dropped for run in meant),
    )
    spans = store.spans(extent)
    is_whole = meant[-1].facts.began >= since
    sampled = _Sampled(
        {} if only_commands else store.samples(extent), is_whole, {span.name for span in spans}
    )
    return Report(
        subject=_subject(last, is_running),
        window=window,
        stages=_stages(spans),
        factors=_factors(commands),
        timings=sampled.timings(),
        levels=sampled.levels(),
        hit_rates=hit_rates_of(sampled.lookups()),
        providers=store.providers(last.number),
        alerts=_alerts(store, extent),
        outcomes=dict(Counter(command.reason for command in commands)),
        answer_times=_answer_times(commands, spans),
    )


def _goes_on(run: KeptRun, now: float) -> bool:
    """Return whether it runs: one that has no end and does not was killed.

    What was seen later than now had a clock that ran ahead.
    """
    if run.ended is not None:
        return False
    return abs(now - run.seen) < _LIVES_S or (run.facts.began <= now and _lives(run.facts))


def _lives(facts: RunFacts) -> bool:
    """Return whether this machine has its process: a number is only given again to younger ones.

    Nothing is measured, and written, for minutes while nobody speaks.
    """
    import psutil  # takes long to import, and only a run without an end needs it

    try:
        return psutil.Process(facts.pid).create_time() <= facts.began
    except psutil.Error:
        return False


def _meant(
    runs: Sequence[KeptRun], last: KeptRun, until: float, minutes: float | None
) -> tuple[Sequence[KeptRun], float]:
    """Return the runs that a window takes in, the latest first, and where it begins."""
    if minutes is None:
        return [last], 0.0  # all of it: its clock may have been set back since it began
    since = until - 60 * minutes
    return [run for run in runs if run.seen >= since] or [last], since


def _subject(run: KeptRun, is_running: bool) -> Subject:
    facts = run.facts
    return Subject(
        name=facts.assistant,
        pid=facts.pid,
        version=facts.version,
        config=facts.config,
        began=facts.began,
        is_running=is_running,
        ended=run.ended,
    )


def _stages(spans: Sequence[KeptSpan]) -> list[Spread]:
    """Return the time of each stage, those that contain others before what they contain."""
    times: dict[str, list[float]] = defaultdict(list)
    parents: dict[str, str] = {}
    for span in spans:
        times[span.name].append(span.duration_ms)
        parents.setdefault(span.name, span.parent)
    spreads = {
        name: spread_of(of_stage(name), name, "ms", found, EVERY) for name, found in times.items()
    }
    order = _in_order(parents)
    return [replace(spreads[name], depth=depth) for name, depth in order if name in spreads]


def _in_order(parents: dict[str, str]) -> list[tuple[str, int]]:
    """Return every stage, each behind the one that it is a part of, with its depth."""
    found: list[tuple[str, int]] = []
    waiting = [(name, 0) for name in reversed(parents) if parents[name] not in parents]
    while waiting:
        name, depth = waiting.pop()
        found.append((name, depth))
        inside = [one for one in parents if parents[one] == name and one != name]
        waiting += [(one, depth + 1) for one in reversed(inside)]
    return found


def _factors(commands: Sequence[KeptUtterance]) -> list[Spread]:
    factors: dict[str, list[float]] = defaultdict(list)
    for command in commands:
        if command.rtf is not None:
            factors[command.provider].append(command.rtf)
    how = f"time of the recogniser for the time of the audio that it heard, {EVERY}"
    return [spread_of("asr", name, "x", found, how) for name, found in factors.items()]


def _answer_times(
    commands: Sequence[KeptUtterance], spans: Sequence[KeptSpan]
) -> list[tuple[float, float]]:
    times = {span.utterance: span.duration_ms for span in spans if span.name == _ANSWER}
    return [(one.at, times[one.number]) for one in commands if one.number in times]


@dataclass(frozen=True)
class _Sampled:
    """The series of the recorder within the window."""

    points: dict[SeriesKey, Points]
    is_whole: bool
    """whether it begins with a run, whose counters began at zero"""
    told: set[str]
    """stages that are told by the commands themselves"""

    def timings(self) -> list[Spread]:
        """Return the distributions of histograms, as the recorder told them last."""
        found: dict[tuple[str, tuple[tuple[str, str], ...], str], dict[str, float]] = {}
        for key, points in self.points.items():
            if key.kind == "histogram":
                statistics = found.setdefault((key.name, key.labels, key.unit), {})
                statistics[key.statistic] = points[-1][1]
        spreads = (
            recorded_spread(name, dict(labels), unit, statistics)
            for (name, labels, unit), statistics in found.items()
            if name != _FACTORS and dict(labels).get("stage") not in self.told
        )
        return [spread for spread in spreads if spread is not None]

    def levels(self) -> list[Level]:
        """Return gauges, and counters but those of hits and misses."""
        return [
            level_of(key.name, dict(key.labels), key.kind, key.unit, self._from_zero(key, points))
            for key, points in self.points.items()
            if key.kind != "histogram" and RESULT not in dict(key.labels)
        ]

    def lookups(self) -> Iterable[tuple[str, dict[str, str], float]]:
        """Yield how much the counters of hits and misses grew."""
        for key, points in self.points.items():
            if key.kind == "counter" and RESULT in dict(key.labels):
                values = [value for _, value in self._from_zero(key, points)]
                yield key.name, dict(key.labels), grown(values)

    def _from_zero(self, key: SeriesKey, points: Points) -> Points:
        """Return the points of a counter from its beginning on, where that is in the window."""
        if key.kind != "counter" or not self.is_whole:
            return points
        return [(points[0][0], 0.0), *points]


def _alerts(store: StoreReader, extent: Extent) -> list[SeenAlert]:
    return [
        SeenAlert(
            name=one.name,
            series=one.series,
            statistic=one.statistic,
            threshold=one.threshold,
            value=one.value,
            raised=one.raised,
            cleared=one.cleared,
            unit=unit_of(one.series.split("{")[0], one.statistic),
        )
        for one in store.alerts(extent)
    ]
