"""Who wants audio, and in which format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from irene.audio.quality import QUALITIES, USES, adapt
from irene.domain.audio import AudioFormat, ResampleQuality, SampleType

_RISING = tuple(ResampleQuality)


@dataclass(frozen=True, slots=True)
class Fallback:
    """A provider that stands in for the one that serves."""

    provider: str
    """its name"""
    accepted_rates: tuple[int, ...]
    """Hz; empty when any rate is taken"""

    def takes(self, rate: int) -> bool:
        """Return whether it takes audio of a rate (Hz)."""
        return not self.accepted_rates or rate in self.accepted_rates


@dataclass(frozen=True, slots=True)
class Consumer:
    """What one component asks for, and what its provider can take."""

    section: str
    """name of the component, for messages"""
    provider: str
    """name of the provider, for messages"""
    accepted_rates: tuple[int, ...]
    """Hz; empty when any rate is taken"""
    sample_rate: int
    """Hz that the configuration asks for"""
    channels: int = 1
    """channels that the configuration asks for; every provider takes mono"""
    quality: str = "high"
    """`resample_quality` of the configuration"""
    allow_resampling: bool = True
    """whether the configuration allows a conversion"""
    strict: bool = False
    """whether a conflict is an error (else a warning)"""
    fallbacks: tuple[Fallback, ...] = ()
    """providers that stand in, in their order"""
    dtype: SampleType = "int16"
    """sample type that the provider is fed"""
    window: int = 0
    """samples that it is fed at a time; 0 for any number"""
    table: str = ""
    """TOML table of its settings; the section's own unless given"""
    rate_key: str = ""
    """key that `sample_rate` comes from; the one of the table unless given"""
    rate_cure: str = ""
    """key that sets the rate of this provider; the one it comes from unless given"""
    channels_key: str = ""
    """key that `channels` comes from; the one of the table unless given"""

    def key(self, name: str) -> str:
        """Return the dotted key of one of its settings."""
        own = {"sample_rate": self.rate_key, "channels": self.channels_key}.get(name)
        return own or f"{self.table or self.section}.{name}"


def working_rate(consumer: Consumer) -> int:
    """Return the configured rate if the provider takes it, else the provider's nearest one."""
    rates = consumer.accepted_rates
    if not rates or consumer.sample_rate in rates:
        return consumer.sample_rate
    return min(rates, key=lambda rate: abs(rate - consumer.sample_rate))


def choose_quality(consumer: Consumer, source: AudioFormat, rate: int) -> ResampleQuality:
    """Return the quality of the configured name; `adaptive` goes by the slot and the ratio."""
    if consumer.quality == "adaptive":
        use = USES.get(consumer.section, "voice_trigger")  # stop words are heard like wake words
        return adapt(source.sample_rate, rate, use).quality
    return QUALITIES[consumer.quality]


def best_quality(qualities: Iterable[ResampleQuality]) -> ResampleQuality:
    """Return the quality that keeps most of the band."""
    return max(qualities, key=_RISING.index)
