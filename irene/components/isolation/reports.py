"""Telling what becomes of the workers of one provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from irene.components.isolation.restarts import Restart
from irene.domain.events import Event, WorkerDied, WorkerQuarantined, WorkerRestarted
from irene.domain.kinds import Kind
from irene.telemetry import catalogue
from irene.telemetry.performance_metrics import Drained
from irene.telemetry.recorder import Recorder


@dataclass(frozen=True)
class WorkerReports:
    """Reports to whoever listens for events; from any thread."""

    kind: Kind
    """kind of the provider"""
    provider: str
    """name of its table"""
    report: Callable[[Event], None]
    recorder: Recorder | None = None
    """takes what its stages take in the workers"""

    @property
    def table(self) -> str:
        """The provider's TOML table."""
        return f"{self.kind}.providers.{self.provider}"

    @property
    def subject(self) -> str:
        """The provider, as messages call it."""
        return f"{self.kind} provider {self.provider!r}"

    def died(self, worker: int, reason: str, restart: Restart) -> None:
        """Tell of a death, and of what follows from it."""
        kind, name = str(self.kind), self.provider
        self.report(
            WorkerDied(
                kind=kind, provider=name, worker=worker, reason=reason, restart_s=restart.delay_s
            )
        )
        if restart.is_quarantine:
            self.report(
                WorkerQuarantined(
                    kind=kind,
                    provider=name,
                    worker=worker,
                    deaths=restart.deaths,
                    seconds=restart.delay_s,
                )
            )

    def restarted(self, worker: int, seconds: float) -> None:
        """Tell that a worker serves again."""
        self.report(
            WorkerRestarted(
                kind=str(self.kind), provider=self.provider, worker=worker, seconds=seconds
            )
        )

    def measured(self, stage: Drained) -> None:
        """Count what a stage took in a worker: as that stage, and as this provider's."""
        if self.recorder is None:
            return
        self.recorder.stages.add(stage)
        labels = str(self.kind), self.provider, stage.name
        times = self.recorder.histogram(catalogue.WORKER_STAGE_SECONDS, *labels)
        for seconds in stage.seconds:
            times.observe(seconds)
        if stage.errors:
            errors = self.recorder.counter(catalogue.WORKER_STAGE_ERRORS, *labels)
            errors.add(stage.errors)
