"""What a router and its providers have done, in figures."""

from __future__ import annotations

from dataclasses import dataclass

from irene.components.routing.snapshot import ProviderSnapshot


@dataclass(frozen=True, slots=True)
class ProviderStats:
    """Figures of one provider since the router was made."""

    snapshot: ProviderSnapshot
    """how it stands now"""
    calls: int
    """calls that it was given, trials included"""
    outcomes: dict[str, int]
    """how many calls ended in which way, by `Outcome.label`; those that never happened left out"""
    late_results: int
    """answers that came after the deadline and were thrown away"""
    p95_s: float | None
    """time within which 95 of its last 100 answers came, seconds; None while there are few"""
    open_until_s: float
    """clock time at which an open circuit is tried"""


@dataclass(frozen=True, slots=True)
class RouterStats:
    """What a router has done so far."""

    providers: tuple[ProviderStats, ...]
    """in the order of the configuration"""
    retries: int
    """calls that were made again at another provider"""
    refused_retries: int
    """those that the budget forbade"""
    hedges: int
    """second calls"""
    refused_hedges: int
    """those that the budget forbade"""
    excused: int
    """failures that counted against nobody, as every provider failed at the same request"""
