"""What the components of an assistant count for themselves, read when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from irene.cache.bounded import BoundedCache
from irene.cache.encoder import EncoderCacheStats
from irene.cache.optimized import OptimizedLRUCache
from irene.components.chain.provider_chain import ProviderChain
from irene.components.routing.router_stats import ProviderStats
from irene.components.routing.snapshot import Circuit
from irene.components.voice_trigger.stop_words import STOP_WORDS
from irene.memory.watermark import Shrinkable
from irene.telemetry import catalogue
from irene.telemetry.metrics import Reading

if TYPE_CHECKING:
    from irene.components.understanding.component import UnderstandingComponent
    from irene.pipeline.parts import Parts


class Kept(Protocol):
    """How well a cache serves."""

    @property
    def hits(self) -> int:
        """Look-ups that found something."""
        ...

    @property
    def misses(self) -> int:
        """Look-ups that found nothing."""
        ...

    @property
    def entries(self) -> int:
        """What is kept."""
        ...

    @property
    def bytes(self) -> int:
        """Memory of the entries."""
        ...


_CIRCUITS = {Circuit.CLOSED: 0.0, Circuit.HALF_OPEN: 1.0, Circuit.OPEN: 2.0}


def readings_of(parts: Parts) -> Iterator[Reading]:
    """Yield the health of providers, caches, pools and queues of an assistant's components."""
    for component, chain in _chains(parts).items():
        yield from provider_readings(component, chain)
    for name, stats in cache_stats(parts).items():
        yield from cache_readings(name, stats)
    yield from _encoder_readings(parts.engines.encodings.stats())
    yield from _pool_readings(parts)
    live = parts.resampling.stats().live
    yield Reading(catalogue.RESAMPLE_STREAMS, (), live.open)
    yield Reading(catalogue.RESAMPLE_CONVERSIONS, (), live.conversions)
    yield Reading(catalogue.RESAMPLE_SERVED, (), live.served)
    expected = parts.inputs.expected
    yield Reading(
        catalogue.AUDIO_WAITING, (), 0.0 if expected is None else expected.provider.waiting_s
    )


def readings_in_writing(understanding: UnderstandingComponent) -> Iterator[Reading]:
    """Yield the same of an assistant that only reads and writes."""
    for component, chain in _understanding_chains(understanding).items():
        yield from provider_readings(component, chain)
    yield from cache_readings("grammars", understanding.cache.stats())


def _understanding_chains(of: UnderstandingComponent) -> dict[str, ProviderChain[Any]]:
    return {str(chain.kind): chain for chain in (of.recognizers, of.fallbacks)}


def _chains(parts: Parts) -> dict[str, ProviderChain[Any]]:
    chains = {str(chain.kind): chain for chain in parts.chains()}
    if parts.understanding is not None:
        chains |= _understanding_chains(parts.understanding)
    if parts.stop_words is not None:
        chains[STOP_WORDS] = parts.stop_words.chain
    return chains


def provider_readings(component: str, chain: ProviderChain[Any]) -> Iterator[Reading]:
    """Yield how the providers of one slot do, and how many calls wait for one of them."""
    stats = chain.router.stats()
    yield Reading(catalogue.ROUTER_WAITING, (component,), chain.router.waiting)
    yield Reading(catalogue.ROUTER_RETRIES, (component,), stats.retries)
    yield Reading(catalogue.ROUTER_HEDGES, (component,), stats.hedges)
    for provider in stats.providers:
        yield from _one_provider(component, provider)


def _one_provider(component: str, stats: ProviderStats) -> Iterator[Reading]:
    labels = component, stats.snapshot.name
    yield Reading(catalogue.PROVIDER_IN_FLIGHT, labels, stats.snapshot.in_flight)
    yield Reading(catalogue.PROVIDER_CIRCUIT, labels, _CIRCUITS[stats.snapshot.circuit])
    for outcome, count in stats.outcomes.items():
        yield Reading(catalogue.PROVIDER_CALLS, (*labels, outcome), count)
    if stats.snapshot.latency_s is not None:
        yield Reading(catalogue.PROVIDER_LATENCY, labels, stats.snapshot.latency_s)


def cache_stats(parts: Parts) -> dict[str, Kept]:
    """Return how well each cache serves, by what it keeps."""
    found: dict[str, Kept] = {
        "clips": parts.resampling.stats().clip,
        "encodings": _recorded(parts.engines.encodings.stats()),
        "transcripts": parts.asr.transcripts.stats(),
    }
    if parts.mouth.voice is not None:
        found["phrases"] = parts.mouth.voice.cache.stats()
    if parts.understanding is not None:
        found["grammars"] = parts.understanding.cache.stats()
    for made in parts.made:
        for cache in made.provider.caches:
            stats = _stats_of(cache)
            if stats is not None:
                found[f"{made.kind}.{made.table.name}"] = stats
    return found


@dataclass(frozen=True)
class _Counts:
    hits: int
    misses: int
    entries: int
    bytes: int


def _recorded(stats: EncoderCacheStats) -> Kept:
    """Return how well a cache serves recordings; that live audio is never there says nothing."""
    asked = stats.repeated
    return _Counts(asked.hits, asked.misses, stats.entries, stats.bytes)


def _stats_of(cache: Shrinkable) -> Kept | None:
    """Return how well a provider's cache serves; None for what has nothing to look up."""
    if isinstance(cache, BoundedCache):
        return cache.stats()
    return cache.get_stats() if isinstance(cache, OptimizedLRUCache) else None


def cache_readings(name: str, stats: Kept) -> Iterator[Reading]:
    """Yield the figures of one cache."""
    yield Reading(catalogue.CACHE_LOOKUPS, (name, "hit"), stats.hits)
    yield Reading(catalogue.CACHE_LOOKUPS, (name, "miss"), stats.misses)
    yield Reading(catalogue.CACHE_ENTRIES, (name,), stats.entries)
    yield Reading(catalogue.CACHE_BYTES, (name,), stats.bytes)


def _encoder_readings(stats: EncoderCacheStats) -> Iterator[Reading]:
    """Yield live and recorded audio apart: what is live never comes again."""
    for audio, asked in (("live", stats.live), ("recorded", stats.repeated)):
        yield Reading(catalogue.ENCODER_PASSES, (audio, "hit"), asked.hits)
        yield Reading(catalogue.ENCODER_PASSES, (audio, "miss"), asked.misses)


def _pool_readings(parts: Parts) -> Iterator[Reading]:
    name, stats = "resampling", parts.resampling.scratch_stats()
    yield Reading(catalogue.POOL_LOANS, (name, "hit"), stats.acquired - stats.created)
    yield Reading(catalogue.POOL_LOANS, (name, "miss"), stats.created)
    yield Reading(catalogue.POOL_BYTES, (name,), stats.bytes)
    yield Reading(catalogue.POOL_LEAKS, (name,), stats.leaked)
