"""What is known of a provider at one moment: all that strategies look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Circuit(str, Enum):
    """Whether calls flow to a provider, named as in Nygard's "Release It!"."""

    CLOSED = "closed"
    """it is well: calls go to it"""
    OPEN = "open"
    """it has failed: nobody asks it for a while"""
    HALF_OPEN = "half_open"
    """it is tried: a few calls decide whether it is well again"""

    def __str__(self) -> str:
        return self.value


class ProviderView(Protocol):
    """What a strategy may read of a provider: a `ProviderSnapshot`, or the router's own record."""

    @property
    def name(self) -> str:
        """Name of its TOML table."""
        ...

    @property
    def position(self) -> int:
        """Place in the configuration."""
        ...

    @property
    def weight(self) -> float:
        """Share of the calls."""
        ...

    @property
    def in_flight(self) -> int:
        """Calls that it works on now."""
        ...

    @property
    def max_concurrency(self) -> int | None:
        """Calls that it may work on at the same time."""
        ...

    @property
    def latency_s(self) -> float | None:
        """Moving average of its answers' times, seconds."""
        ...

    @property
    def measured_s(self) -> float:
        """Clock time of the last of them, seconds."""
        ...

    @property
    def turn(self) -> float:
        """Calls that it was given, divided by its weight."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderSnapshot:
    """One provider as a router sees it."""

    name: str
    """name of its TOML table"""
    position: int = 0
    """place in the configuration, 0 for the default provider"""
    weight: float = 1.0
    """share of the calls, relative to the others; 0 serves only when no other can"""
    in_flight: int = 0
    """calls that it works on now"""
    max_concurrency: int | None = None
    """calls that it may work on at the same time; None: as many as come"""
    latency_s: float | None = None
    """moving average of its answers' times, seconds; None before the first"""
    measured_s: float = 0.0
    """clock time of the last of them, seconds"""
    turn: float = 0.0
    """calls that it was given, divided by its weight: who has the least is next. One that was away
    for a while has missed its turns"""
    circuit: Circuit = Circuit.CLOSED
    """whether it is well"""
