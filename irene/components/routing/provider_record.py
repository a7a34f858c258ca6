"""A router's own record of one provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from irene.components.routing.breaker import CircuitBreaker
from irene.components.routing.latency import LatencyTracker
from irene.components.routing.outcome import Outcome
from irene.components.routing.router_stats import ProviderStats
from irene.components.routing.settings import Member, RoutingSettings
from irene.components.routing.snapshot import Circuit, ProviderSnapshot

T = TypeVar("T")

_LOOK_AGAIN_S = 1.0
"""pause before looking again whether a provider has come back from a call"""


class Places:
    """How many calls a provider works on, counted over all routers that give them out."""

    __slots__ = ("taken",)

    def __init__(self) -> None:
        self.taken = 0


class ProviderRecord(Generic[T]):
    """Everything that a router knows of one provider; guarded by the router's lock.

    It is a `ProviderView`: strategies read it as it is, so that no call costs a snapshot.
    """

    __slots__ = (
        "breaker",
        "calls",
        "deadline_s",
        "late_results",
        "latency",
        "max_concurrency",
        "name",
        "outcomes",
        "places",
        "position",
        "turn",
        "value",
        "weight",
    )

    def __init__(
        self,
        member: Member[T],
        position: int,
        settings: RoutingSettings,
        chance: Callable[[], float],
        known: ProviderRecord[T] | None = None,
    ) -> None:
        """`chance` gives numbers from 0 to 1.

        `known` is another router's record of the same provider, whose calls count here, too, as
        does what is known of its health.
        """
        self.name = member.name
        self.value = member.value
        self.position = position
        self.weight = member.weight
        self.max_concurrency = member.max_concurrency
        own_s = member.deadline_s
        self.deadline_s = settings.deadline_s if own_s is None else own_s
        self.breaker = CircuitBreaker(settings.breaker, chance)
        if known is not None and known.breaker.settings == settings.breaker:
            self.breaker = known.breaker
        self.latency: LatencyTracker = LatencyTracker() if known is None else known.latency
        self.places: Places = Places() if known is None else known.places
        self.turn = 0.0
        self.calls = 0
        self.outcomes = dict.fromkeys(map(str, Outcome), 0)
        self.late_results = 0

    def note(self, outcome: Outcome, took_s: float, now_s: float) -> None:
        """Count how a call ended, and how long it took; a time below 0 is not measured."""
        self.outcomes[outcome.label] += 1
        if took_s >= 0 and (outcome.is_answer or outcome is Outcome.LATE):
            self.latency.add(took_s, now_s)

    @property
    def circuit(self) -> Circuit:
        """State of its circuit breaker."""
        return self.breaker.circuit

    @property
    def has_place(self) -> bool:
        """Whether it may work on one more call."""
        limit = self.max_concurrency
        return limit is None or self.places.taken < limit

    @property
    def in_flight(self) -> int:
        """Calls that it works on now."""
        return self.places.taken

    @property
    def latency_s(self) -> float | None:
        """Moving average of its answers' times, seconds."""
        return self.latency.average_s

    @property
    def measured_s(self) -> float:
        """Clock time of the last answer that was measured, seconds."""
        return self.latency.measured_s

    def snapshot(self) -> ProviderSnapshot:
        """Return its present state, as data that does not change."""
        return ProviderSnapshot(
            name=self.name,
            position=self.position,
            weight=self.weight,
            in_flight=self.in_flight,
            max_concurrency=self.max_concurrency,
            latency_s=self.latency_s,
            measured_s=self.measured_s,
            turn=self.turn,
            circuit=self.circuit,
        )

    def stats(self) -> ProviderStats:
        """Return its figures since the router was made."""
        return ProviderStats(
            snapshot=self.snapshot(),
            calls=self.calls,
            outcomes={label: number for label, number in self.outcomes.items() if number},
            late_results=self.late_results,
            p95_s=self.latency.quantile_s(0.95),
            open_until_s=self.breaker.open_until_s,
        )


def trial_s(record: ProviderRecord[T], now_s: float) -> float:
    """Return the clock time at which to try a provider: not while an earlier call hangs in it."""
    breaker = record.breaker
    can_be = record.has_place and (breaker.circuit is Circuit.OPEN or breaker.has_trial)
    return breaker.open_until_s if can_be else now_s + _LOOK_AGAIN_S


def soonest(record: ProviderRecord[T]) -> tuple[bool, float, int]:
    """Sort key of providers that are down: when each is due for a trial, jitter left aside."""
    is_open = record.breaker.circuit is Circuit.OPEN
    return is_open, record.breaker.due_s, record.position
