"""What the recorder hands to the thread that writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from irene.config.sections import Config
from irene.domain.audio import AudioFormat, Samples
from irene.domain.events import Event
from irene.pipeline.recording.layout import Pace
from irene.plugin.registry import ComponentRegistry


@dataclass(frozen=True, slots=True)
class Begin:
    """A recording begins."""

    at: datetime
    """local date and time of its first sample, or of its first request"""
    pace: Pace
    config: Config
    registry: ComponentRegistry
    """where the providers come from"""
    audio: AudioFormat | None
    """form of the audio; None: nothing is heard"""
    first_sample: int = 0
    """place of its first sample in the run"""
    providers: Mapping[str, str] = field(default_factory=dict)
    """name of the provider in use for each kind"""
    plays: bool = False
    """whether answers sound while the input goes on, and take as long"""
    is_muted: bool = False
    """whether the input was ignored when it began"""
    since_answer_s: float | None = None
    """time since the session before, which may have been referred to; None: there was none"""


@dataclass(frozen=True, slots=True)
class Piece:
    """Audio, as it came."""

    first_sample: int
    """its place in the run, counted per channel"""
    samples: Samples
    sample_rate: int
    """Hz"""

    @property
    def n_samples(self) -> int:
        """Its length, per channel."""
        return int(self.samples.shape[0])

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.n_samples / self.sample_rate


@dataclass(frozen=True, slots=True)
class Happening:
    """An event, and when it came."""

    event: Event
    at: datetime


@dataclass(frozen=True, slots=True)
class Typed:
    """A request in writing."""

    session: int
    time_s: float
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class End:
    """The recording is over."""

    reason: str
    """`quiet`, `long`, `reloaded` or the reason of the end of the run"""


Item = Begin | Piece | Happening | Typed | End
