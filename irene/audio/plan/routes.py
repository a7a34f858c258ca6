"""The plan itself: how each consumer of a stream gets its audio."""

from __future__ import annotations

from dataclasses import dataclass

from irene.audio.plan.conflicts import Conflict
from irene.audio.plan.consumers import Consumer
from irene.domain.audio import AudioFormat, ResampleQuality


@dataclass(frozen=True, slots=True)
class Route:
    """How one consumer gets its audio."""

    section: str
    source: AudioFormat
    target: AudioFormat
    quality: ResampleQuality | None
    """None when the rate stays as it is"""
    asked: ResampleQuality | None = None
    """quality that this consumer alone would have; None when the rate stays as it is"""
    shared_with: tuple[str, ...] = ()
    """other consumers that are fed from the same conversion"""
    decided_by: str = ""
    """consumer whose wish the quality is; empty when the rate stays as it is"""

    def __str__(self) -> str:
        return f"{self.section}: {self.source} -> {self.target}, {self.how}"

    @property
    def how(self) -> str:
        """What is done to the rate, in words."""
        if self.quality is None:
            return "as it is"
        others = " and ".join(self.shared_with)
        if not others:
            return f"resampled ({self.quality.value})"
        if self.decided_by == self.section:
            return f"resampled ({self.quality.value}), shared with {others}"
        return f"shared with {self.decided_by}: {self.quality.value}"


@dataclass(frozen=True, slots=True)
class AudioPlan:
    """The routes of all consumers of one source."""

    source: AudioFormat
    routes: dict[str, Route]
    """by section"""
    consumers: tuple[Consumer, ...] = ()
    """who is fed, in the order of the routes"""
    conflicts: tuple[Conflict, ...] = ()
    """keys that cannot be followed, in the order of the consumers"""

    @property
    def warnings(self) -> tuple[str, ...]:
        """One line per conflict that does not keep the assistant from starting."""
        return tuple(str(conflict) for conflict in self.conflicts if not conflict.strict)

    @property
    def errors(self) -> tuple[str, ...]:
        """One line per conflict that keeps the assistant from starting."""
        return tuple(str(conflict) for conflict in self.conflicts if conflict.strict)
