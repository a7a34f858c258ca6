"""The running stream of a slot, moved to another provider when the serving one fails."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from irene.components.calls.closing import close_late
from irene.components.calls.deadline import LateError
from irene.components.calls.stream_calls import StreamCalls
from irene.components.calls.watch import CallWatch
from irene.components.chain.candidate import Candidate
from irene.components.chain.failure_streak import FailureStreak
from irene.components.chain.provider_chain import ProviderChain
from irene.components.routing.lease import UNTIMED, Lease
from irene.components.routing.outcome import Outcome
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

TIMED_EVERY_S = 2.0
"""audio of which one window is timed, so that providers of sessions can be compared"""
_FORGIVEN_S = 10.0
"""audio without a failure after which earlier ones no longer count"""


class FailoverStream(Generic[P, S]):
    """Asks the stream of the serving provider; used by one thread.

    It holds one lease for as long as a stream is open. A call that does not return in time is a
    failure: its thread is left to itself, counted and named, and the next provider takes over; how
    that is possible, `StreamCalls` knows. Without a deadline, a `Relay` that follows the `watch`
    goes on instead of the thread that hangs. One that holds the interpreter while it hangs
    can only be ended in a process of its own.
    """

    def __init__(
        self,
        chain: ProviderChain[P],
        open_stream: Callable[[P], S],
        watch: CallWatch | None = None,
        limit_s: float | None = None,
    ) -> None:
        """Open the stream of the first provider.

        Args:
            chain: the providers that may serve.
            open_stream: opens a stream of one of them.
            watch: sees the calls of the thread that asks, if a `Relay` looks at them.
            limit_s: deadline of calls that have no other, where nobody looks.
        """
        self.chain = chain
        """the providers that may serve"""
        self._open_stream = open_stream
        self._calls = StreamCalls(self, watch, limit_s, f"{chain.kind}-calls", chain.router.now_s)
        self._watch = self._calls.watch
        self._failures = FailureStreak(_FORGIVEN_S)
        self._tried: set[str] = set()
        self._is_proven = False
        self._timed_from_s = math.inf
        self._late: LateError | None = None
        self._lease: Lease[Candidate[P]] = chain.lease()
        self._calls.follow(self._lease.record.deadline_s)
        self.serving: Candidate[P] = self._lease.candidate
        """the provider that is asked now"""
        self._stream: S | None = None
        self._well: S | None = None  # the same, while there is nothing to be seen to
        self._stream = self._first_stream()

    def ask(self, work: Callable[[S], T], time_s: float) -> T | None:
        """Return what the stream answers, or None when it failed and was replaced.

        Args:
            work: the question.
            time_s: audio time of the question.

        Raises:
            ProviderFailedError: every provider has failed again and again.
            ThreadLeftError: this thread was left; another one goes on.
        """
        return self._answer(self._calls.ask, "process", work, time_s)

    def hear(self, window: Samples, time_s: float, to: Callable[[Any], T]) -> T | None:
        """Return what the stream makes of a window; as `ask`, for what is done many times a second.

        Args:
            window: samples, as the serving provider wants them.
            time_s: audio time of their end.
            to: makes the answer what it is promised to be; one that is not is a failure.
        """
        stream = self._well
        if stream is None or time_s >= self._timed_from_s:
            return self._ask_to_hear(window, time_s, to)
        running = self._watch.running
        running.append((self, time_s))
        try:
            answer = to(stream.process(window))
        except BaseException as raised:  # noqa: BLE001 - `told` lets pass what has to
            error = ForeignCode.told(raised)
            self._watch.returned(running)
            self._give_up(error, time_s)
            self._stream = self._ask_until_open(time_s)
            return None
        try:
            running.pop()
        except IndexError:
            self._watch.came_back(running)
        return answer

    def _ask_to_hear(self, window: Samples, time_s: float, to: Callable[[Any], T]) -> T | None:
        """Do what `hear` does where there is something to be seen to, or a time to be taken."""
        is_timed = time_s >= self._timed_from_s
        if is_timed or self._timed_from_s == math.inf:  # the first window of all tells little
            self._timed_from_s = time_s + TIMED_EVERY_S
        if is_timed:
            return self.ask(lambda opened: self._timed(opened, window, to), time_s)
        return self.ask(lambda opened: to(opened.process(window)), time_s)

    def reset(self, time_s: float) -> None:
        """Let the stream forget all audio."""
        self._answer(self._calls.ask_apart, "reset", lambda stream: stream.reset(), time_s)

    def left(self, error: LateError, time_s: float) -> None:
        """Give up the window that the thread hangs in; asked next, another stream is opened."""
        stream, self._stream = self._stream, None
        self._well, self._late = None, error
        self._count_failure(time_s)
        self._abandon(error, "process", [] if stream is None else [stream])

    def detach(self) -> S | None:
        """Return the serving provider's stream, which is the caller's from now on."""
        stream, self._stream = self._stream, None
        self._well = None
        self._calls.end()
        self._lease.end(Outcome.TORN_DOWN, UNTIMED)
        return stream

    def close(self) -> None:
        """Free the stream."""
        self._calls.end()
        self._free()
        self._lease.end(Outcome.TORN_DOWN, UNTIMED)

    def _answer(
        self,
        asked: Callable[[S, Callable[[S], T], float], T],
        call: str,
        work: Callable[[S], T],
        time_s: float,
    ) -> T | None:
        """Return what the stream answers, or None when it failed and was replaced."""
        late, self._late = self._late, None
        if late is not None:
            self._require_hope(late)
            self._stream = self._ask_until_open(time_s)
            return None
        if self._stream is None:
            self._stream = self._ask_until_open(time_s)
        try:
            answer = asked(self._stream, work, time_s)
        except IreneError as error:
            self._give_up(error, time_s, call)
            self._stream = self._ask_until_open(time_s)
            return None
        if not self._is_proven:
            self._is_proven = True
            self._lease.proven()
        if self._failures.worked(time_s):
            self._tried.clear()
            if self._calls.deadline_s is None:
                self._well = self._stream
        return answer

    def _free(self) -> None:
        stream, self._stream = self._stream, None
        self._well = None
        if stream is None:
            return
        try:
            self._calls.in_limit(stream.close)
        except LateError as error:
            self._abandon(error, "close", ())
        except IreneError as error:
            self.chain.give_up(self._lease, error)

    def _abandon(self, error: LateError, call: str, streams: Sequence[S]) -> None:
        """Leave a call to the thread that hangs in it; should it return, it closes the streams."""
        lease, error.call = self._lease, call
        self.chain.late(lease, error)

        def returned() -> None:
            close_late(streams)
            lease.end(Outcome.CANCELLED, UNTIMED)

        error.on_return(returned)

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
            return self._opened()
        except ConfigurationError:
            self._lease.end(Outcome.REFUSED, UNTIMED)
            raise
        except IreneError as error:
            self._give_up(error, 0.0)
            return self._ask_until_open(0.0)

    def _ask_until_open(self, time_s: float) -> S:
        while True:
            self._lease = self._next_lease()
            self._calls.follow(self._lease.record.deadline_s)
            self.serving = self._lease.candidate
            self._is_proven = False
            try:
                return self._opened()
            except IreneError as error:
                self._give_up(error, time_s)

    def _opened(self) -> S:
        """Return a stream of the serving provider; one that comes too late is closed."""
        made: list[S] = []

        def work() -> S:
            stream = self._open_stream(self.serving.provider)
            if stream is None:
                raise ProviderFailedError("open_stream returned None: return a stream")
            made.append(stream)
            return stream

        try:
            return self._calls.in_limit(work)
        except LateError as error:
            self._abandon(error, "open_stream", made)
            raise

    def _next_lease(self) -> Lease[Candidate[P]]:
        """Return a lease of another provider; once all were tried, of any that is well."""
        if self._tried.issuperset(one.name for one in self.chain.candidates()):
            self._tried.clear()
        return self.chain.lease(self._tried, budgeted=False)

    def _give_up(self, error: IreneError, time_s: float, call: str = "process") -> None:
        """Close the stream and let another provider serve."""
        self._well = None
        self._count_failure(time_s)
        stream = self._stream
        if not isinstance(error, LateError):
            self.chain.give_up(self._lease, error)
            self._free()
        elif stream is not None:
            self._stream = None
            self._calls.forget()
            self._abandon(error, call, [stream])
        self._require_hope(error)

    def _count_failure(self, time_s: float) -> None:
        self._lease.mark()  # what it fails at is what it was asked now
        self._tried.add(self.serving.name)
        self._failures.add(time_s)

    def _require_hope(self, error: IreneError) -> None:
        if self._failures.is_too_long(len(self.chain)):
            raise ProviderFailedError(
                f"{self.chain.kind} provider {self.serving.name!r} keeps failing: {error}"
            ) from error
