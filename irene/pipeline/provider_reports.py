"""How every provider of a running assistant does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from irene.components.chain.provider_chain import ProviderChain
from irene.components.routing.outcome import Outcome
from irene.components.routing.router_stats import ProviderStats
from irene.components.routing.snapshot import Circuit
from irene.config.sections import Config, IntentsSection
from irene.pipeline.state import Failure, RunState

if TYPE_CHECKING:
    from irene.pipeline.parts import Parts

_SERVED = (Outcome.SUCCESS, Outcome.EMPTY, Outcome.SILENCE)
_FAILED = (Outcome.FAILED, Outcome.NO_AUDIO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderReport:
    """One provider of one slot at one moment."""

    kind: str
    """slot that it fills"""
    name: str
    """name of its table in the configuration"""
    serves: bool = False
    """whether it is the one that would be asked next"""
    loaded: bool = False
    """whether its engine is in memory"""
    circuit: str = "out"
    """`closed` (it is asked), `open` (it is left alone for a while), `half_open` (it is tried) or
    `out` (it cannot be loaded, and is not asked again)"""
    retry_s: float | None = None
    """seconds until an open circuit is tried"""
    in_flight: int = 0
    """calls that it works on now"""
    max_concurrency: int | None = None
    """calls that it may work on at the same time; None: as many as come"""
    weight: float = 1.0
    """share of the calls that it is to get, relative to the others"""
    share: float | None = None
    """share of the slot's calls that it got, 0 to 1; None before the first"""
    calls: int = 0
    """calls that it got"""
    succeeded: int = 0
    """those that it answered, if only that there was nothing to answer"""
    failed: int = 0
    """those in which it raised, crashed or gave nonsense"""
    slow: int = 0
    """those that it answered in more time than anybody should take"""
    late: int = 0
    """those in which it missed the deadline"""
    latency_ms: float | None = None
    """moving average of its answers' times; None before the first"""
    p95_ms: float | None = None
    """time within which 95 of its last 100 answers came; None while there are few"""
    last_failure: Failure | None = None
    """None when there was none"""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return asdict(self)


def provider_reports(parts: Parts, config: Config, state: RunState) -> list[ProviderReport]:
    """Return a report of each provider, slot by slot, whoever would be asked first at the top.

    Loads nothing. Those that could not be loaded come last in their slot.
    """
    chains = parts.chains()
    if parts.understanding is not None:
        chains += (parts.understanding.recognizers, parts.understanding.fallbacks)
    return chain_reports(chains, config, state)


def chain_reports(
    chains: Sequence[ProviderChain[Any]], config: Config, state: RunState
) -> list[ProviderReport]:
    """Return a report of each provider of these slots, as `provider_reports` does."""
    return [
        report for chain in chains for report in reports_of(chain, _named(config, chain), state)
    ]


def _named(config: Config, chain: ProviderChain[Any]) -> Sequence[str]:
    """Return the names that the configuration wants in a slot."""
    section = getattr(config, str(chain.kind))
    if isinstance(section, IntentsSection):
        names = section.fallback
    else:
        names = (section.default_provider, *section.fallback_providers)
    tables = section.providers
    return [name for name in names if name not in tables or tables[name].enabled]


def reports_of(
    chain: ProviderChain[Any], named: Sequence[str], state: RunState
) -> Iterator[ProviderReport]:
    """Yield a report of each provider of one slot; `named` are those that were to be in it."""
    there = chain.candidates()  # looks whose time is over, so it comes before the figures
    stats = {one.snapshot.name: one for one in chain.router.stats().providers}
    calls, expected = sum(one.calls for one in stats.values()), chain.expected
    kind, now_s = str(chain.kind), state.clock.monotonic()
    for candidate in there:
        if candidate.name in stats:
            yield _report(
                stats[candidate.name],
                kind=kind,
                serves=candidate is expected,
                loaded=candidate.provider.is_loaded,
                share=stats[candidate.name].calls / calls if calls else None,
                now_s=now_s,
                last_failure=state.failures.get((kind, candidate.name)),
            )
    left = {candidate.name for candidate in there}
    for name in dict.fromkeys(named):
        if name and name not in left:
            failure = state.failures.get((kind, name))
            yield ProviderReport(kind=kind, name=name, last_failure=failure)


def _report(stats: ProviderStats, now_s: float, **known: Any) -> ProviderReport:
    snapshot, outcomes = stats.snapshot, stats.outcomes
    is_open = snapshot.circuit is Circuit.OPEN

    def count(*kinds: Outcome) -> int:
        return sum(outcomes.get(kind.label, 0) for kind in kinds)

    return ProviderReport(
        name=snapshot.name,
        circuit=str(snapshot.circuit),
        retry_s=round(max(0.0, stats.open_until_s - now_s), 3) if is_open else None,
        in_flight=snapshot.in_flight,
        max_concurrency=snapshot.max_concurrency,
        weight=snapshot.weight,
        calls=stats.calls,
        succeeded=count(*_SERVED),
        failed=count(*_FAILED),
        slow=count(Outcome.SLOW),
        late=count(Outcome.LATE),
        latency_ms=_ms(snapshot.latency_s),
        p95_ms=_ms(stats.p95_s),
        **known,
    )


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
