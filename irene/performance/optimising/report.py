"""The outcome of a search as plain values: for programs, and for the file of measurements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

import irene
from irene.performance.measuring.machine import Machine
from irene.performance.optimising.arms import Arm, pareto
from irene.performance.optimising.confirming import Proof
from irene.performance.optimising.evidence import Evidence
from irene.performance.optimising.goals import Metric
from irene.performance.optimising.outcome import Check, Outcome
from irene.performance.store.optimisations import OptimisationRow


def to_dict(outcome: Outcome, diff: str = "", check: Check | None = None) -> dict[str, Any]:
    """Return everything as one object, JSON-ready; metrics are in their own units."""
    request, front = outcome.request, pareto(outcome.arms)
    proofs = outcome.confirmation.proofs if outcome.confirmation else ()
    return {
        "goal": str(request.goal.value),
        "limits": {str(limit.metric): limit.most for limit in request.limits},
        "is_realtime": request.is_realtime,
        "wake_word_heard": outcome.wakes,
        "recordings": outcome.n_recordings,
        "trials": outcome.n_trials,
        "seconds": round(outcome.seconds, 1),
        "interrupted": outcome.is_interrupted,
        "machine": str(Machine.here()),
        "tried": [
            _arm(arm, outcome.reasons.get(place, ""), arm in front)
            for place, arm in enumerate(outcome.arms)
        ],
        "untried": outcome.untried,
        "before": named(outcome.before),
        "after": named(outcome.after),
        "changes": [change_dict(proof) for proof in proofs],
        "not_proven": [
            {"change": str(change), "reason": reason} for change, reason in not_proven(outcome)
        ],
        "missed_limits": [str(limit) for limit in outcome.missed],
        "diff": diff,
        "check": None if check is None else _check(check),
    }


def to_row(outcome: Outcome, config: str, at: float, check: Check | None = None) -> OptimisationRow:
    """Return what is kept of a search.

    Args:
        outcome: of the search.
        config: name of the configuration.
        at: when it ended, seconds since 1970 (UTC).
        check: of the file, if it was written.
    """
    proofs = outcome.confirmation.proofs if outcome.confirmation else ()
    return OptimisationRow(
        at=at,
        version=irene.__version__,
        config=config,
        goal=str(outcome.request.goal.value),
        limits=tuple(map(str, outcome.request.limits)),
        trials=outcome.n_trials,
        seconds=outcome.seconds,
        recordings=outcome.n_recordings,
        before=named(check.before if check else outcome.before),
        after=named(check.after if check else outcome.after),
        changes=tuple(change_dict(proof) for proof in proofs),
        state=_state(outcome, check),
    )


def not_proven(outcome: Outcome) -> Iterator[tuple[Any, str]]:
    """Yield changes that looked better, and why they are not proposed."""
    if outcome.confirmation is not None:
        yield from outcome.confirmation.dropped
    for change in outcome.pending:
        yield change, "interrupted before it was proven"


def change_dict(proof: Proof) -> dict[str, Any]:
    """Return a change with its evidence."""
    change = proof.change
    return {
        "key": change.key,
        "before": change.before,
        "after": change.after,
        "why": change.why,
        "caution": change.caution,
        "decided_by": [str(metric) for metric in proof.decided],
        "evidence": {str(metric): _evidence(one) for metric, one in proof.evidence.items()},
    }


def named(values: Mapping[Metric, float]) -> dict[str, float]:
    """Return metrics by name, rounded to what they can mean."""
    return {str(metric): round(value, 4) for metric, value in values.items()}


def _arm(arm: Arm, reason: str, is_on_front: bool) -> dict[str, Any]:
    return {
        "changes": {change.key: change.after for change in arm.changes},
        "rounds": len(arm.rounds),
        "metrics": named(arm.values()),
        "given_up": reason,
        "on_front": is_on_front,
    }


def _evidence(one: Evidence) -> dict[str, Any]:
    return {
        "change": round(one.change, 5),
        "low": round(one.low, 5) if isfinite(one.low) else None,
        "high": round(one.high, 5) if isfinite(one.high) else None,
        "n": one.n,
        "p": round(one.p, 5),
        "alpha": one.alpha,
        "is_ratio": one.is_ratio,
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "before": named(check.before),
        "after": named(check.after),
        "rounds": check.n_rounds,
        "reverted": check.reverted,
    }


def _state(outcome: Outcome, check: Check | None) -> str:
    if check is not None:
        return "reverted" if check.reverted else "applied"
    if outcome.missed:
        return "missed"
    return "proposed" if outcome.changes else "nothing"
