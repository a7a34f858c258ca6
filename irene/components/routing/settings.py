"""What a router is told to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from irene.components.routing.strategies import StrategyName

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """When a provider counts as down, and for how long."""

    window_s: float = 30.0
    """calls that ended longer ago than this, seconds, do not count"""
    min_calls: int = 1
    """calls within the window before their rates mean anything"""
    failure_rate: float = 0.5
    """share of them, 0 to 1, from which on too many have failed"""
    failures_in_row: int = 3
    """failures one after another that are too many, whatever the rate"""
    slow_s: float | None = None
    """an answer that takes longer, seconds, is slow; None: none is"""
    slow_rate: float = 0.8
    """share of them, 0 to 1, from which on too many are slow"""
    open_s: float = 2.0
    """time without calls, seconds; doubled each time it fails soon after"""
    max_open_s: float = 30.0
    """longest time without calls, seconds"""
    jitter: float = 0.5
    """share of the time without calls, 0 to 1, by which chance may shorten it"""
    trials: int = 1
    """calls that must succeed before it counts as well again; no more than these run at once"""


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """How the providers of one slot share the work."""

    strategy: StrategyName = "primary_fallback"
    """who is asked first"""
    deadline_s: float | None = None
    """longest call, seconds; None: no limit but the caller's own"""
    breaker: BreakerSettings = field(default_factory=BreakerSettings)
    """when one counts as down"""
    spill_s: float = 0.25
    """time, seconds, to wait for a place at the first provider with `primary_fallback`; after that
    whoever is free first will do"""
    retry_share: float = 0.2
    """retries per call, in the long run"""
    hedge_share: float = 0.1
    """second calls per call, in the long run, with the strategy `hedged`"""
    seed: int | None = None
    """of all chance; None: another one in every run"""


@dataclass(frozen=True, slots=True)
class Member(Generic[T]):
    """A provider that a router may choose."""

    name: str
    """name of its TOML table"""
    value: T
    """what `Lease.candidate` will be"""
    weight: float = 1.0
    """share of the calls, relative to the others; 0 serves only when no other can"""
    max_concurrency: int | None = None
    """calls that it may work on at the same time; None: as many as come"""
    deadline_s: float | None = None
    """longest call, seconds, instead of the one of the settings"""
