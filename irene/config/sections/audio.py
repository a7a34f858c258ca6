"""Sections of how audio comes in, is converted, and goes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from irene.config.sections.limits import (
    BUFFER,
    CHANNELS,
    MEMORY_MB,
    NOT_NEGATIVE,
    POSITIVE,
    RATE_HZ,
    TIME_MS,
)
from irene.config.sections.providers import SlotSection
from irene.config.sections.routing import RoutedSection

Quality = Literal["fast", "medium", "high", "adaptive", "LQ", "MQ", "HQ", "VHQ"]
"""The documented names, and those of soxr's recipes."""


@dataclass(frozen=True, kw_only=True)
class AudioSection(RoutedSection):
    """A section whose providers are fed audio."""

    enabled: bool = True
    """whether this part of the assistant is used at all"""
    sample_rate: int = field(default=16000, metadata=RATE_HZ)
    """rate of the audio that the providers are fed"""
    channels: int = field(default=1, metadata=CHANNELS)
    """channels of the audio that the providers are fed"""
    resample_quality: Quality = "medium"
    """how carefully it is converted, at least; adaptive chooses by section and rates"""
    allow_resampling: bool = True
    """whether audio of another rate is converted; if not, it is refused"""
    strict_validation: bool = False
    """whether a format that does not fit keeps the assistant from starting, or is only warned of"""
    parallel_processing: bool = False
    """whether long recordings that come at the same time are converted on several cores; if not,
    one after another, so that conversion takes one core at most"""


EchoMode = Literal["cancel", "gate", "mute", "off"]
"""What is done about the assistant's own voice in the microphone."""


@dataclass(frozen=True, kw_only=True)
class MicrophoneSection:
    """The microphone: what it hears of the loudspeaker, and what happens when it is not read."""

    echo: EchoMode = "cancel"
    """what keeps the assistant from hearing itself while it speaks: cancel (its voice is
    subtracted), gate (only what is louder than its voice is heard), mute (nothing is heard), off
    (headphones, or a sound system that cancels echo)"""
    buffer_samples: int = field(default=24000, metadata=BUFFER)
    """samples per channel that may wait until they are listened to: 1.5 s at 16000 Hz, 0.5 s at
    48000 Hz; when it becomes more, the oldest are lost"""
    crossfade_samples: int = field(default=240, metadata=NOT_NEGATIVE)
    """samples over which sound before a loss is faded into sound after it; 0 joins them hard"""
    overflow_limit: int = field(default=5, metadata=POSITIVE)
    """losses in a row after which the microphone is suspended"""
    suspension_ms: int = field(default=25, metadata=TIME_MS)
    """for how long, until it is tried again"""
    pre_warm: bool = True
    """whether memory is made ready before the microphone is opened"""


@dataclass(frozen=True, kw_only=True)
class EchoCancellationSection(SlotSection):
    """What subtracts the assistant's voice, with `audio.echo = "cancel"`."""

    default_may_miss: ClassVar[bool] = True
    default_provider: str = "kalman"
    """echo canceller"""


@dataclass(frozen=True, kw_only=True)
class InputsSection(SlotSection):
    """Where audio comes from."""

    default_provider: str = "microphone"
    """input that is listened to"""


@dataclass(frozen=True, kw_only=True)
class OutputsSection(SlotSection):
    """Where the assistant's voice goes."""

    default_provider: str = "speaker"
    """output that answers are played on"""
    fallback_providers: tuple[str, ...] = ("none",)
    """outputs that stand in, in this order, when there is no sound device"""


@dataclass(frozen=True, kw_only=True)
class SoundsSection:
    """Sounds without words: each is on, off, or the path of a WAV file of your own.

    They are played on a loudspeaker only, never written to a file.
    """

    listening: bool | str = field(default=True, metadata={"path": True})
    """when it has heard the wake word, or listens again by itself"""
    done: bool | str = field(default=True, metadata={"path": True})
    """when it has done what it was told and has nothing to say"""
    error: bool | str = field(default=True, metadata={"path": True})
    """when something went wrong and it has nothing to say"""
    alarm: bool | str = field(default=True, metadata={"path": True})
    """when a timer or an alarm rings"""


@dataclass(frozen=True, kw_only=True)
class ResamplingSection(RoutedSection):
    """How sample rates are converted."""

    default_provider: str = "soxr"
    """sample rate converter"""
    cache_size: int = field(default=100, metadata=NOT_NEGATIVE)
    """converted clips that are kept; 0 keeps none"""
    cache_max_mb: float = field(default=64.0, metadata=MEMORY_MB)
    """memory that kept clips may take"""
