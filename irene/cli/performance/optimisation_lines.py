"""What a search for a better configuration found, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import click

from irene.cli.terminal.layout import columns
from irene.performance.optimising.arms import Arm, pareto
from irene.performance.optimising.confirming import Proof
from irene.performance.optimising.goals import Metric
from irene.performance.optimising.outcome import Check, Outcome
from irene.performance.optimising.report import not_proven
from irene.performance.store.optimisations import OptimisationRow
from irene.performance.view.amounts import clock_time

_SHOWN = (Metric.LATENCY, Metric.CPU, Metric.RSS, Metric.WER, Metric.UNANSWERED)
_FRONT = "*"


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """Yield what was tried, what is proven, and what is not."""
    yield from _scene_lines(outcome)
    if outcome.baseline.rounds:
        yield ""
        yield from _table(outcome)
    for key, reason in outcome.untried.items():
        yield f"not tried: {key}: {reason}"
    yield ""
    proofs = outcome.confirmation.proofs if outcome.confirmation else ()
    for proof in proofs:
        yield from _proof_lines(proof)
    for change, reason in not_proven(outcome):
        yield f"not proposed: {change}: {reason}"
    if not proofs:
        yield "nothing is proposed: no change was proven better"
    yield from _limit_lines(outcome)


def check_lines(check: Check) -> Iterator[str]:
    """Yield what a file was worth after it was written."""
    for metric in _known(check.before, check.after):
        before, after = (metric.written(one[metric]) for one in (check.before, check.after))
        yield f"  {metric}: {before} before, {after} now ({check.n_rounds} rounds)"


def history_lines(rows: Sequence[OptimisationRow]) -> Iterator[str]:
    """Yield the searches that are kept, one line each and one for each change."""
    for row in rows:
        limits = f", {', '.join(row.limits)}" if row.limits else ""
        counts = f"{_counted(row.trials, 'trial')}, {_counted(row.recordings, 'recording')}"
        told = f"{counts}, {row.seconds / 60:.1f} min"
        yield f"{clock_time(row.at, 0.0)}  {row.config}  {row.goal}{limits}: {row.state} ({told})"
        for metric in Metric:
            before, after = row.before.get(str(metric)), row.after.get(str(metric))
            if before is not None and after is not None and row.changes:
                yield f"    {metric}: {metric.written(before)} to {metric.written(after)}"
        for change in row.changes:
            yield f"    {change['key']}: {change['before']} to {change['after']}"


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _scene_lines(outcome: Outcome) -> Iterator[str]:
    n = outcome.n_recordings
    pace = "at the speed of speech" if outcome.request.is_realtime else "as fast as they are read"
    heard = f"{_counted(n, 'recording')}, heard {pace}"
    minutes = f"{_counted(outcome.n_trials, 'trial')} in {outcome.seconds / 60:.1f} minutes"
    yield f"goal {outcome.request.goal.value}; {heard}; {minutes}"
    if not outcome.wakes:
        yield "the wake word is in none of them: every utterance was taken for a command"
    if not outcome.request.is_realtime:
        yield "latency is an upper bound: nobody waited for the speech to be spoken"
    if outcome.is_interrupted:
        yield "interrupted: what follows is what was known by then"


def _table(outcome: Outcome) -> Iterator[str]:
    """Yield every configuration that was tried; a star marks the Pareto front."""
    front = pareto(outcome.arms)
    metrics = [metric for metric in _SHOWN if metric in outcome.baseline.values()]
    heads = ("", *map(str, metrics), "n", "what")
    rows = [
        (
            _FRONT if arm in front else "",
            *_cells(arm, metrics),
            str(len(arm.rounds)),
            _what(arm, outcome.reasons.get(place, "")),
        )
        for place, arm in enumerate(outcome.arms)
    ]
    yield from columns(heads, rows)
    yield f"{_FRONT} nothing that was tried is better in everything: the Pareto front"


def _cells(arm: Arm, metrics: Sequence[Metric]) -> list[str]:
    values = arm.values()
    return [metric.written(values[metric]) if metric in values else "-" for metric in metrics]


def _what(arm: Arm, reason: str) -> str:
    return f"{arm.label} ({reason})" if reason else arm.label


def _proof_lines(proof: Proof) -> Iterator[str]:
    change = proof.change
    yield click.style(f"{change}", bold=True) + f"  (was {change.before})"
    if change.why:
        yield f"  {change.why}"
    for metric, evidence in proof.evidence.items():
        mark = "  <- proven" if metric in proof.decided else ""
        yield f"  {metric}: {evidence}{mark}"
    if change.caution:
        yield f"  mind: {change.caution}"


def _limit_lines(outcome: Outcome) -> Iterator[str]:
    values = outcome.after
    for limit in outcome.request.limits:
        value = values.get(limit.metric)
        now = "not measured" if value is None else limit.metric.written(value)
        kept = "missed" if limit in outcome.missed else "kept"
        yield f"limit {limit}: {kept}, {now}"
    nearest = outcome.nearest
    if outcome.missed and nearest is not None:
        yield f"nearest to the limits: {nearest.label}"


def _known(before: Mapping[Metric, float], after: Mapping[Metric, float]) -> list[Metric]:
    return [metric for metric in _SHOWN if metric in before and metric in after]
