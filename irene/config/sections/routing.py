"""How the providers of a slot share the work, and when one of them counts as down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from irene.config.sections.limits import NOT_NEGATIVE, POSITIVE, SHARE, TIMEOUT_MS
from irene.config.sections.providers import SlotSection

StrategyName = Literal[
    "primary_fallback", "round_robin", "least_loaded", "latency_weighted", "hedged"
]
"""Who is asked first."""


@dataclass(frozen=True, kw_only=True)
class BreakerTable:
    """When a provider that fails is left alone, and for how long; another stands in meanwhile."""

    window_ms: int = field(default=30_000, metadata=TIMEOUT_MS)
    """time for which a call counts after it has ended"""
    min_calls: int = field(default=1, metadata=POSITIVE)
    """calls within the window before their rates mean anything"""
    failure_rate: float = field(default=0.5, metadata=SHARE)
    """share of them (0 to 1) from which on too many have failed"""
    failures_in_row: int = field(default=3, metadata=POSITIVE)
    """failures one after another that are too many, whatever the rate"""
    slow_ms: int | None = field(default=None, metadata={**TIMEOUT_MS, "example": 2000})
    """answers that take longer are slow; unless given, none is"""
    slow_rate: float = field(default=0.8, metadata=SHARE)
    """share of the calls (0 to 1) from which on too many were slow"""
    open_ms: int = field(default=2000, metadata=TIMEOUT_MS)
    """time for which it is left alone; doubled each time it fails again soon after"""
    max_open_ms: int = field(default=30_000, metadata=TIMEOUT_MS)
    """longest time for which it is left alone"""
    jitter: float = field(default=0.5, metadata=SHARE)
    """share of that time (0 to 1) by which chance may shorten it: so many assistants do not all try
    the same server at once"""
    trials: int = field(default=1, metadata=POSITIVE)
    """calls that must succeed, at most as many at a time, before it is used again"""

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        if self.max_open_ms < self.open_ms:
            raise ValueError(f"max_open_ms {self.max_open_ms} is below open_ms {self.open_ms}")


@dataclass(frozen=True, kw_only=True)
class Routing:
    """The keys of a section whose providers share the work, or stand in for one another."""

    strategy: StrategyName = "primary_fallback"
    """which provider is asked first: primary_fallback (the default one; the others stand in),
    round_robin (in turn), least_loaded (the one that works on the fewest calls), latency_weighted
    (the one that would answer soonest), hedged (the same, and a second one when it takes long)"""
    deadline_ms: int | None = field(default=None, metadata={**TIMEOUT_MS, "example": 3000})
    """longest time for which a provider is waited for, before the next is asked; none unless
    given"""
    spill_ms: int = field(default=250, metadata=NOT_NEGATIVE)
    """with primary_fallback: time to wait for the default provider while it works on all that it
    may; after that whoever is free first is asked"""
    retry_share: float = field(default=0.2, metadata=NOT_NEGATIVE)
    """calls that may be made again at another provider, for each call, in the long run; ten in a
    second are always allowed; 0 allows none"""
    hedge_share: float = field(default=0.1, metadata=SHARE)
    """calls for which a second provider may be asked, of all calls (0 to 1), with hedged"""
    breaker: BreakerTable = field(default_factory=BreakerTable)
    """when a provider that fails is left alone, and for how long"""


@dataclass(frozen=True, kw_only=True)
class RoutedSection(Routing, SlotSection):
    """A section with providers that share the work, or stand in for one another."""
