"""One run of the benchmark: everything that was measured, and under what conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from irene.performance.benchmark.conditions import Conditions
from irene.performance.benchmark.measurement import Measurement
from irene.performance.benchmark.report import verdict
from irene.performance.measuring.machine import Machine


@dataclass(frozen=True)
class BenchmarkRun:
    """What `irene benchmark` has measured."""

    at: datetime
    """when it began, with its zone"""
    version: str
    """of irene"""
    config: str
    """name of the profile, or of the configuration file without its ending"""
    settings: Mapping[str, str]
    """digest of the value of each key of the configuration, by dotted key; no value can be read"""
    recordings: str
    """digest of all recordings"""
    conditions: Conditions
    measurements: tuple[Measurement, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    """reasons why parts were not measured, by `COMPONENT PROVIDER`"""
    broken: tuple[str, ...] = ()
    """those of them that failed at work"""
    versions: Mapping[str, str] = field(default_factory=dict)
    """engines and models as their providers name them, by `COMPONENT PROVIDER`"""
    note: str = ""
    """what somebody wrote about it"""
    is_interrupted: bool = False
    """whether it ended before everything was measured"""
    is_baseline: bool = False
    """whether later runs are compared with it"""
    number: int | None = None
    """in the history; None when it is not kept"""

    @property
    def machine(self) -> Machine:
        """The machine, as it was before the run."""
        return self.conditions.machine

    @property
    def doubts(self) -> tuple[str, ...]:
        """Reasons not to trust any of it."""
        return tuple(self.conditions.doubts())

    @property
    def verdict(self) -> str:
        """What to think of the whole: `trustworthy`, or why it is not."""
        found = list(self.doubts)
        weak = [one for one in self.measurements if not one.is_trusted]
        if weak and not found:
            shown = "; ".join(f"{one.name}: {one.doubts[0]}" for one in weak[:2])
            more = f"; {len(weak) - 2} more" if len(weak) > 2 else ""
            found.append(f"{shown}{more}")
        return verdict(found)

    @property
    def is_trusted(self) -> bool:
        """Whether nothing speaks against the whole, nor against any part of it."""
        return not self.doubts and all(one.is_trusted for one in self.measurements)

    def of(self, component: str, provider: str | None = None) -> Measurement | None:
        """Return what was measured of a component; of its first provider unless one is named."""
        found = (one for one in self.measurements if one.component == component)
        return next((one for one in found if provider in (None, one.provider)), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: all rounds, times in seconds."""
        return {
            "number": self.number,
            "at": self.at.isoformat(),
            "note": self.note,
            "version": self.version,
            "verdict": self.verdict,
            "is_trusted": self.is_trusted,
            "doubts": list(self.doubts),
            "is_interrupted": self.is_interrupted,
            "is_baseline": self.is_baseline,
            "config": self.config,
            "recordings": self.recordings,
            "fingerprint": self.machine.fingerprint,
            "conditions": asdict(self.conditions),
            "versions": dict(self.versions),
            "left_out": dict(self.left_out),
            "broken": list(self.broken),
            "measurements": [one.to_dict() for one in self.measurements],
            "settings": dict(self.settings),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> BenchmarkRun:
        """Return what `to_dict` has written.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        conditions = dict(content["conditions"])
        machine = Machine(**conditions.pop("machine"))
        return cls(
            at=datetime.fromisoformat(content["at"]),
            version=content["version"],
            config=content["config"],
            settings=dict(content["settings"]),
            recordings=content["recordings"],
            conditions=Conditions(machine=machine, **conditions),
            measurements=tuple(map(Measurement.from_dict, content["measurements"])),
            left_out=dict(content["left_out"]),
            broken=tuple(content["broken"]),
            versions=dict(content["versions"]),
            note=content["note"],
            is_interrupted=content["is_interrupted"],
            is_baseline=content["is_baseline"],
            number=content["number"],
        )


def summary(runs: Sequence[BenchmarkRun]) -> list[dict[str, Any]]:
    """Return runs without their rounds and settings, for a list of them."""
    left_out = ("settings", "measurements")
    found = []
    for run in runs:
        content = {key: value for key, value in run.to_dict().items() if key not in left_out}
        content["measurements"] = [
            {
                "component": one.component,
                "provider": one.provider,
                "median_ms": 1000 * one.seconds.median,
                "p95_ms": 1000 * one.calls.p95_s,
                "rtf": one.rtf,
                "is_trusted": one.is_trusted,
            }
            for one in run.measurements
        ]
        found.append(content)
    return found
