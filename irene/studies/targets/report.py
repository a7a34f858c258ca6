"""What became of the targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from irene.errors import CheckFailedError
from irene.performance.measuring.machine import Machine
from irene.studies.targets.finding import Finding, Outcome, Verdict
from irene.studies.targets.target import Target


@dataclass(frozen=True)
class Judged:
    """A target, what was measured, and the verdict."""

    target: Target
    verdict: Verdict
    finding: Finding | None = None
    """None where nothing was measured"""
    how: str = ""
    """how it was measured"""

    @property
    def measured(self) -> str:
        """The middle of the values with their spread, in words; empty without any."""
        if self.finding is None:
            return ""
        values, limit = self.finding.values, self.target.limit
        spread = f" ± {100 * values.relative:.0f} %" if len(values.values) > 1 else ""
        return f"{limit.shown(values.median)}{spread}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        target, finding = self.target, self.finding
        return {
            "name": target.name,
            "what": target.what,
            "source": target.source.value,
            "goal": {**asdict(target.limit), "text": str(target.limit)},
            "how": self.how,
            "values": list(finding.values.values) if finding else [],
            "median": finding.values.median if finding else None,
            "spread": finding.values.relative if finding else None,
            "doubts": list(finding.doubts) if finding else [],
            "note": finding.note if finding else "",
            "outcome": self.verdict.outcome.value,
            "because": list(self.verdict.reasons),
        }


@dataclass(frozen=True)
class TargetReport:
    """One run over targets."""

    machine: Machine
    judged: tuple[Judged, ...]
    """in the order of the table"""
    seconds: float
    """time that the whole run took"""
    took_s: Mapping[str, float]
    """time of each measurement, seconds, by name"""
    command: str
    """what makes such a report"""

    def count(self, outcome: Outcome) -> int:
        """Return how many targets had this outcome."""
        return sum(one.verdict.outcome is outcome for one in self.judged)

    @property
    def exit_code(self) -> int:
        """0, or that of a check that did not pass when a target is missed or its measuring failed.

        What cannot be judged, or does not apply, stops nobody.
        """
        is_missed = any(one.verdict.outcome.is_missed for one in self.judged)
        return CheckFailedError.exit_code if is_missed else 0

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "date": date.today().isoformat(),
            "command": self.command,
            "machine": asdict(self.machine),
            "seconds": self.seconds,
            "measurements": dict(self.took_s),
            "targets": [one.to_dict() for one in self.judged],
            "outcomes": {one.value: self.count(one) for one in Outcome},
            "exit_code": self.exit_code,
        }
