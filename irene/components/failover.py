"""The running stream of a slot, moved to another provider when the serving one fails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from irene.components.call_thread import CallThread
from irene.components.chain import Candidate, ProviderChain
from irene.components.routing.deadline import LateError
from irene.components.routing.lease import UNTIMED, Lease
from irene.components.routing.outcome import Outcome
from irene.components.utterances.abandoned import AbandonedCall, AbandonedCalls
from irene.domain.audio import Samples
from irene.errors import ConfigurationError, IreneError, ProviderFailedError
from irene.providers.border import ForeignCode
from irene.providers.provider import Provider


class _Stream(Protocol):
    def process(self, window: Samples) -> Any: ...

    def reset(self) -> None: ...

    def close(self) -> None: ...


P = TypeVar("P", bound=Provider[Any])
S = TypeVar("S", bound=_Stream)
T = TypeVar("T")

_MOST_FAILURES = 3
"""failures per provider, each soon after the last one, after which a run is given up"""
_TIMED_EVERY = 64
"""windows of which one is timed, so that providers of sessions can be compared; a power of two"""
_FORGIVEN_S = 10.0
"""audio without a failure after which earlier ones no longer count"""


class FailoverStream(Generic[P, S]):
    """Asks the stream of the serving provider; used by one thread.

    It holds one lease for as long as a stream is open. With a deadline, calls are made on a thread
    of their own: one that does not return in time is a failure, its thread is left to itself,
    counted and named, and the next provider takes over. One that holds the interpreter while it
    hangs can only be ended in a process of its own.
    """

    def __init__(self, chain: ProviderChain[P], open_stream: Callable[[P], S]) -> None:
        self.chain = chain
        """the providers that may serve"""
        self._open_stream = open_stream
        self._foreign = ForeignCode()
        self._failures = 0
        self._forgiven_s = 0.0
        self._tried: set[str] = set()
        self._is_proven = False
        self._n_heard = 0
        self._lease: Lease[Candidate[P]] = chain.lease()
        self._deadline_s = self._lease.seat.deadline_s
        self._thread: CallThread | None = None
        self.abandoned = AbandonedCalls(chain.kind, chain.report)
        """calls that did not return in time"""
        self.serving: Candidate[P] = self._lease.candidate
        """the provider that is asked now"""
        self._stream: S | None = None
        self._stream = self._first_stream()

    def ask(self, work: Callable[[S], T], time_s: float) -> T | None:
        """Return what the stream answers, or None when it failed and was replaced.

        Args:
            work: the question.
            time_s: audio time of the question.

        Raises:
            ProviderFailedError: every provider has failed again and again.
        """
        if self._stream is None:
            self._stream = self._ask_until_open(time_s)
        try:
            with self._foreign:
                if self._deadline_s is None:
                    answer = work(self._stream)
                else:
                    answer = self._asked_in_time(self._stream, work, self._deadline_s)
        except IreneError as error:
            self._give_up(error, time_s)
            self._stream = self._ask_until_open(time_s)
            return None
        if not self._is_proven:
            self._is_proven = True
            self._lease.proven()
        if self._failures and time_s > self._forgiven_s:
            self._failures = 0
            self._tried.clear()
        return answer

    def hear(self, window: Samples, time_s: float, to: Callable[[Any], T]) -> T | None:
        """Return what the stream makes of a window; as `ask`, for what is done many times a second.

        Args:
            window: samples, as the serving provider wants them.
            time_s: audio time of their end.
            to: makes the answer what it is promised to be; one that is not is a failure.
        """
        stream = self._stream
        self._n_heard = n_heard = (self._n_heard + 1) & (_TIMED_EVERY - 1)
        if not n_heard:
            return self.ask(lambda opened: self._timed(opened, window, to), time_s)
        if stream is None or self._failures or not self._is_proven or self._deadline_s is not None:
            return self.ask(lambda opened: to(opened.process(window)), time_s)
        try:
            with self._foreign:
                return to(stream.process(window))
        except IreneError as error:
            self._give_up(error, time_s)
            self._stream = self._ask_until_open(time_s)
            return None

    def reset(self, time_s: float) -> None:
        """Let the stream forget all audio."""
        self.ask(lambda stream: stream.reset(), time_s)

    def detach(self) -> S | None:
        """Return the serving provider's stream, which is the caller's from now on."""
        stream, self._stream = self._stream, None
        if self._thread is not None:
            self._thread.leave()
            self._thread = None
        self._lease.end(Outcome.TORN_DOWN, UNTIMED)
        return stream

    def close(self) -> None:
        """Free the stream."""
        if self._thread is not None:
            self._thread.leave()
            self._thread = None
        self._free()
        self._lease.end(Outcome.TORN_DOWN, UNTIMED)

    def _free(self) -> None:
        stream, self._stream = self._stream, None
        if stream is None:
            return
        try:
            with ForeignCode():
                stream.close()
        except IreneError as error:
            self.chain.give_up(self._lease, error)

    def _leave(self, error: LateError) -> None:
        """Leave the stream to the thread that hangs in it; it is closed there, should it return."""
        stream, self._stream = self._stream, None
        thread, self._thread = self._thread, None
        lease, now_s = self._lease, self.chain.router.now_s
        call = AbandonedCall(lease.name, "process", now_s() - (lease.seat.deadline_s or 0.0))
        self.chain.late(lease, error)
        self.abandoned.give_up(call, now_s())

        def returned() -> None:
            with suppress(IreneError), ForeignCode():
                if stream is not None:
                    stream.close()
            lease.end(Outcome.CANCELLED, UNTIMED)
            self.abandoned.returned(call, now_s(), has_result=False)

        if thread is not None:
            thread.leave(returned)

    def _asked_in_time(self, stream: S, work: Callable[[S], T], deadline_s: float) -> T:
        """Return an answer that took no longer than it may."""
        now_s = self.chain.router.now_s
        started_s = now_s()
        if self._thread is None:
            self._thread = CallThread(f"{self.chain.kind}-calls")
        answer = self._thread.call(lambda: work(stream), deadline_s)
        took_s = now_s() - started_s
        if took_s > deadline_s:
            raise ProviderFailedError(
                f"it took {took_s * 1000:.0f} ms; deadline_ms is {deadline_s * 1000:g}"
            )
        return answer

    def _timed(self, stream: S, window: Samples, to: Callable[[Any], T]) -> T:
        """Return what the stream makes of a window, and tell the router how long that took."""
        now_s = self.chain.router.now_s
        started_s = now_s()
        answer = to(stream.process(window))
        self._lease.took(now_s() - started_s)
        return answer

    def _first_stream(self) -> S:
        """Open the stream that the run begins with; wrong settings are the user's to cure."""
        try:
            with ForeignCode():
                return self._open_stream(self.serving.provider)
        except ConfigurationError:
            self._lease.end(Outcome.REFUSED, UNTIMED)
            raise
        except IreneError as error:
            self._give_up(error, 0.0)
            return self._ask_until_open(0.0)

    def _ask_until_open(self, time_s: float) -> S:
        while True:
            self._lease = self._next_lease()
            self._deadline_s = self._lease.seat.deadline_s
            self.serving = self._lease.candidate
            self._is_proven = False
            try:
                with ForeignCode():
                    return self._open_stream(self.serving.provider)
            except IreneError as error:
                self._give_up(error, time_s)

    def _next_lease(self) -> Lease[Candidate[P]]:
        """Return a lease of another provider; once all were tried, of any that is well."""
        if self._tried.issuperset(one.name for one in self.chain.candidates()):
            self._tried.clear()
        return self.chain.lease(self._tried, budgeted=False)

    def _give_up(self, error: IreneError, time_s: float) -> None:
        """Close the stream and let another provider serve."""
        name = self.serving.name
        self._lease.mark()  # what it fails at is what it was asked now
        if isinstance(error, LateError):
            self._leave(error)
        else:
            self.chain.give_up(self._lease, error)
            self._free()
        self._tried.add(name)
        self._failures += 1
        self._forgiven_s = time_s + _FORGIVEN_S
        if self._failures >= _MOST_FAILURES * max(1, len(self.chain)):
            raise ProviderFailedError(
                f"{self.chain.kind} provider {name!r} keeps failing: {error}"
            ) from error
