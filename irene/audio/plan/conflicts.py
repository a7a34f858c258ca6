"""Keys of the configuration that the audio plan cannot follow, and what would cure them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from irene.audio.plan.consumers import Consumer
from irene.domain.audio import AudioFormat


@dataclass(frozen=True, slots=True)
class Conflict:
    """One key that cannot be followed."""

    key: str
    """dotted key of the configuration"""
    value: str
    """what it says, as TOML"""
    reason: str
    """why that does not fit"""
    cures: tuple[tuple[str, str], ...]
    """keys and values (as TOML), each of which alone cures it"""
    strict: bool
    """whether it keeps the assistant from starting"""

    def __str__(self) -> str:
        cures = ", or ".join(f"{key} = {value}" for key, value in self.cures)
        return f"{self.key} = {self.value}{self.reason}; set {cures}"


def conflicts_of(
    source: AudioFormat, consumer: Consumer, rate: int, source_table: str
) -> Iterator[Conflict]:
    """Yield the keys of a consumer that cannot be followed when it works at a rate (Hz)."""
    section, takes = consumer.section, f": provider {consumer.provider!r} takes"
    if rate != consumer.sample_rate:
        rates = ", ".join(map(str, consumer.accepted_rates))
        key = f"{section}.sample_rate"
        yield Conflict(
            key,
            str(consumer.sample_rate),
            f"{takes} {rates} Hz",
            ((key, str(rate)),),
            consumer.strict,
        )
    if consumer.channels != 1:
        key = f"{section}.channels"
        yield Conflict(key, str(consumer.channels), f"{takes} mono", ((key, "1"),), consumer.strict)
    if rate != source.sample_rate and not consumer.allow_resampling:
        yield _forbidden(source, consumer, rate, source_table)


def _forbidden(source: AudioFormat, consumer: Consumer, rate: int, source_table: str) -> Conflict:
    key = f"{consumer.section}.allow_resampling"
    cures = [(key, "true")]
    if source_table:
        cures.append((f"{source_table}.sample_rate", str(rate)))
    return Conflict(
        key,
        "false",
        f", but the input has {source.sample_rate} Hz and provider {consumer.provider!r} works at "
        f"{rate} Hz",
        tuple(cures),
        consumer.strict,
    )
