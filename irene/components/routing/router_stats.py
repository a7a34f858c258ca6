"""What a router has done, in figures."""

from __future__ import annotations

from dataclasses import dataclass

from irene.components.routing.seat import ProviderStats


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
