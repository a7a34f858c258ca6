"""The audio plan: what is converted to what, decided before any audio flows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from irene.audio.quality import QUALITIES, Use, adapt
from irene.domain.audio import AudioFormat, ResampleQuality
from irene.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Consumer:
    """What one component asks for, and what its provider can take."""

    section: str
    """name of the component's TOML section, for messages"""
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


@dataclass(frozen=True, slots=True)
class Route:
    """How one consumer gets its audio."""

    section: str
    source: AudioFormat
    target: AudioFormat
    quality: ResampleQuality | None
    """None when the rate stays as it is"""

    def __str__(self) -> str:
        how = f"resampled ({self.quality.value})" if self.quality else "as it is"
        return f"{self.section}: {self.source} -> {self.target}, {how}"


@dataclass(frozen=True, slots=True)
class AudioPlan:
    """The routes of all consumers of one source."""

    source: AudioFormat
    routes: dict[str, Route]
    """by section"""
    warnings: tuple[str, ...]
    """one line per key that could not be followed"""


def make_plan(
    source: AudioFormat, consumers: Iterable[Consumer], source_table: str = ""
) -> AudioPlan:
    """Decide how each consumer gets its audio.

    Args:
        source: format of the input.
        consumers: what the components ask for.
        source_table: TOML table in which the input's rate can be chosen; empty where it cannot.

    Raises:
        ConfigurationError: consumers with `strict_validation` are in conflict with the source or
            their provider; every conflict is listed.
    """
    routes: dict[str, Route] = {}
    errors: list[str] = []
    warnings: list[str] = []
    for consumer in consumers:
        rate = working_rate(consumer)
        conflicts = _conflicts(source, consumer, rate, source_table)
        (errors if consumer.strict else warnings).extend(conflicts)
        quality = None if rate == source.sample_rate else choose_quality(consumer, source, rate)
        routes[consumer.section] = Route(consumer.section, source, AudioFormat(rate), quality)
    if errors:
        raise ConfigurationError("\n".join(errors), errors)
    return AudioPlan(source, routes, tuple(warnings))


def choose_quality(consumer: Consumer, source: AudioFormat, rate: int) -> ResampleQuality:
    """Return the quality of the configured name; `adaptive` goes by the slot and the ratio."""
    if consumer.quality == "adaptive":
        return adapt(source.sample_rate, rate, cast("Use", consumer.section)).quality
    return QUALITIES[consumer.quality]


def working_rate(consumer: Consumer) -> int:
    """Return the configured rate if the provider takes it, else the provider's nearest one."""
    rates = consumer.accepted_rates
    if not rates or consumer.sample_rate in rates:
        return consumer.sample_rate
    return min(rates, key=lambda rate: abs(rate - consumer.sample_rate))


def _conflicts(source: AudioFormat, consumer: Consumer, rate: int, source_table: str) -> list[str]:
    """Return one line per key of the consumer that cannot be followed."""
    lines = []
    section, provider = consumer.section, consumer.provider
    if rate != consumer.sample_rate:
        rates = ", ".join(map(str, consumer.accepted_rates))
        lines.append(
            f"{section}.sample_rate = {consumer.sample_rate}: provider {provider!r} takes {rates} "
            f"Hz; set {section}.sample_rate = {rate}"
        )
    if consumer.channels != 1:
        lines.append(
            f"{section}.channels = {consumer.channels}: provider {provider!r} takes mono; "
            f"set {section}.channels = 1"
        )
    if rate != source.sample_rate and not consumer.allow_resampling:
        lines.append(
            f"{section}.allow_resampling = false, but the input has {source.sample_rate} Hz and "
            f"provider {provider!r} works at {rate} Hz; set {section}.allow_resampling = true"
            + (f", or {source_table}.sample_rate = {rate}" if source_table else "")
        )
    return lines
