"""Sections of how audio comes in, is converted, and goes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from irene.config.sections.providers import NOT_YET, SlotSection

Quality = Literal["fast", "medium", "high", "adaptive", "LQ", "MQ", "HQ", "VHQ"]
"""The documented names, and those of soxr's recipes."""


@dataclass(frozen=True, kw_only=True)
class AudioSection(SlotSection):
    """A section whose providers are fed audio."""

    enabled: bool = True
    """whether this part of the assistant is used at all"""
    sample_rate: int = field(default=16000, metadata={"range": (1000, 384000)})
    """rate of the audio that the providers are fed"""
    channels: int = field(default=1, metadata={"range": (1, 64)})
    """channels of the audio that the providers are fed"""
    resample_quality: Quality = "medium"
    """how carefully audio is converted to that rate; adaptive chooses by the ratio of the rates"""
    allow_resampling: bool = True
    """whether audio of another rate is converted; if not, it is refused"""
    strict_validation: bool = False
    """whether a format that does not fit keeps the assistant from starting, or is only warned of"""
    parallel_processing: bool = field(default=False, metadata={"no_effect": NOT_YET})
    """whether long recordings are converted on several cores"""


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
class ResamplingSection(SlotSection):
    """How sample rates are converted."""

    default_provider: str = "soxr"
    """sample rate converter"""
    cache_size: int = field(default=100, metadata={"range": (0, None)})
    """converted clips that are kept; 0 keeps none"""
    cache_max_mb: float = field(default=64.0, metadata={"range": (0, None)})
    """memory that kept clips may take"""
