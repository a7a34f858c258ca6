"""Keys of the configuration that the audio plan cannot follow, and what would cure them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
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
    takes = f": provider {consumer.provider!r} takes"
    if rate != consumer.sample_rate:
        key = consumer.key("sample_rate")
        cure = (consumer.rate_cure or key, str(rate))
        reason = f"{takes} {_listed(consumer.accepted_rates)} Hz"
        yield Conflict(key, str(consumer.sample_rate), reason, (cure,), consumer.strict)
    if consumer.channels != 1:
        key = consumer.key("channels")
        cure = (key, "1")
        yield Conflict(key, str(consumer.channels), f"{takes} mono", (cure,), consumer.strict)
    if rate != source.sample_rate and not consumer.allow_resampling:
        yield _forbidden(source, consumer, rate, source_table)
    yield from _unfit_fallbacks(consumer, rate)


def echo_conflict(
    provider: str, accepted_rates: Sequence[int], sample_rate: int, source_table: str
) -> Conflict | None:
    """Return why an echo canceller cannot work on an input of this rate (Hz); None when it can."""
    if not accepted_rates or sample_rate in accepted_rates:
        return None
    near = min(accepted_rates, key=lambda rate: abs(rate - sample_rate))
    cures = [(f"{source_table}.sample_rate", str(near))] if source_table else []
    return Conflict(
        "audio.echo",
        '"cancel"',
        f": {provider} takes {_listed(accepted_rates)} Hz, and the input has {sample_rate}: it is "
        '"gate" instead',
        (*cures, ("audio.echo", '"gate"')),
        strict=False,
    )


def _forbidden(source: AudioFormat, consumer: Consumer, rate: int, source_table: str) -> Conflict:
    key = consumer.key("allow_resampling")
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


def _unfit_fallbacks(consumer: Consumer, rate: int) -> Iterator[Conflict]:
    """Yield the fall-backs that cannot take the consumer's audio as it is."""
    key = consumer.key("fallback_providers")
    fitting = [one.provider for one in consumer.fallbacks if one.takes(rate)]
    cures = [(key, _toml(fitting))]
    for common in _common_rates(consumer):
        cures.insert(0, (consumer.rate_cure or consumer.key("sample_rate"), str(common)))
    for one in consumer.fallbacks:
        if not one.takes(rate):
            yield Conflict(
                key,
                _toml([one.provider for one in consumer.fallbacks]),
                f": {one.provider!r} takes {_listed(one.accepted_rates)} Hz, while "
                f"{consumer.section} works at {rate} Hz; it is left out",
                tuple(cures),
                consumer.strict,
            )


def _common_rates(consumer: Consumer) -> Iterator[int]:
    """Yield a rate that all providers of the consumer take, if there is one."""
    takers = (consumer.accepted_rates, *(one.accepted_rates for one in consumer.fallbacks))
    declared = [set(rates) for rates in takers if rates]
    common = set.intersection(*declared) if declared else set()
    if common:
        yield min(common, key=lambda rate: (abs(rate - consumer.sample_rate), rate))


def _listed(rates: Iterable[int]) -> str:
    return ", ".join(map(str, rates))


def _toml(names: Sequence[str]) -> str:
    return json.dumps(names, ensure_ascii=False)
