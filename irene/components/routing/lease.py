"""The right to one call of one provider, and the report of how it ended."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Generic, TypeVar

from irene.components.routing.outcome import Outcome
from irene.components.routing.provider_record import ProviderRecord
from irene.components.routing.request_failures import RequestFailures

if TYPE_CHECKING:
    from irene.components.routing.router import Router

T = TypeVar("T")

UNTIMED = -1.0
"""latency of a call that says nothing about how fast a provider is, such as a whole session"""


class Lease(Generic[T]):
    """A place at one provider; whoever holds it must `end` it, whatever happens.

    A call that misses its deadline is given up with `late`: that counts against the provider at
    once, while the place stays taken until its thread has come back and calls `end`. So an engine
    that hangs is never given more than it declared. Used as a `with` block it ends as `SUCCESS`, or
    as `FAILED` when something was raised, unless it has ended before.
    """

    __slots__ = (
        *("_is_open", "_router", "candidate", "generation", "is_late"),
        *("failures", "record", "started_s"),
    )

    def __init__(
        self,
        router: Router[T],
        record: ProviderRecord[T],
        failures: RequestFailures | None,
        generation: int,
        started_s: float,
    ) -> None:
        """Made by a router."""
        self._router = router
        self._is_open = True
        self.is_late = False
        """whether it was given up"""
        self.candidate = record.value
        """whom to ask"""
        self.record = record
        """the router's record of the provider"""
        self.failures = failures
        """failures at the same request, shared by all tries of it; None: this is the only try"""
        self.generation = generation
        """state of the circuit when the call began"""
        self.started_s = started_s
        """clock time from which latency and deadline count"""

    @property
    def name(self) -> str:
        """Name of the provider."""
        return self.record.name

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or was given up."""
        return self.is_late or not self._is_open

    @property
    def deadline_s(self) -> float | None:
        """Clock time until which the answer must be there; None: no limit."""
        allowed_s = self.record.deadline_s
        return None if allowed_s is None else self.started_s + allowed_s

    @property
    def left_s(self) -> float | None:
        """Seconds left until the deadline, at least 0; None: no limit."""
        deadline_s = self.deadline_s
        return None if deadline_s is None else max(0.0, deadline_s - self._router.now_s())

    @property
    def hedge_after_s(self) -> float | None:
        """Seconds after `mark` at which a second provider should be asked; None: do not."""
        return self._router.extra.hedge_after_s(self.record)

    def mark(self) -> None:
        """Count latency and deadline from now on: the question is complete only now."""
        self.started_s = self._router.now_s()
        self._renew()

    def proven(self) -> None:
        """Say that the provider works, long before this call will end; the place stays taken."""
        router = self._router
        with router.lock:
            router.note_proof(self)
            self._renew()
        router.news.tell()

    def took(self, seconds: float) -> None:
        """Report how long one answer of a session took: the length of the session says nothing."""
        self._router.note_time(self.record, seconds)

    def _renew(self) -> None:
        """Let the outcome of this call count although the circuit has changed since it began."""
        breaker = self.record.breaker
        if breaker.is_closed:
            self.generation = breaker.generation

    def hedge(self, without: Collection[str] = ()) -> Lease[T] | None:
        """Return a second lease, of another provider, for the same question; None: not allowed.

        Those in `without` were tried for it before.
        """
        return self._router.hedge(self, without)

    def late(self) -> bool:
        """Give the call up: it missed its deadline. Return False when it was over before.

        The place stays taken until `end`.
        """
        with self._router.lock:
            if self.is_late or not self._is_open:
                return False
            self.is_late = True
        self._router.note_late(self)
        return True

    def end(self, outcome: Outcome = Outcome.SUCCESS, latency_s: float | None = None) -> bool:
        """Give the place back and say how it went; return whether the answer is wanted.

        It is not when the call was given up before, or ended: then it is thrown away, and counted.

        Args:
            outcome: what became of it.
            latency_s: how long it took, seconds, or `UNTIMED`; the time since it began, or since
                `mark`, unless given. Only answers are measured.
        """
        router = self._router
        with router.lock:
            if not self._is_open:
                return False
            self._is_open = False
            router.settle(self, outcome, latency_s)
        if router.news.untold:
            router.news.tell()
        return not self.is_late

    def __enter__(self) -> Lease[T]:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None:
            self.end()
        elif issubclass(kind, Exception):
            self.end(Outcome.FAILED)
        else:
            self.end(Outcome.CANCELLED)
