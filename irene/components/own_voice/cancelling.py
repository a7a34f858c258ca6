"""The canceller that serves one microphone, until it fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from irene.components.calls.closing import close_late
from irene.components.calls.deadline import LateError, timed
from irene.components.calls.watch import CallWatch
from irene.components.chain.provider_chain import ProviderChain
from irene.domain.audio import Samples
from irene.errors import IreneError
from irene.providers.border import ForeignCode
from irene.providers.echo_cancellation import EchoCanceller, EchoCancellerStream
from irene.providers.results import as_long, int16_block

T = TypeVar("T")


class Cancelling:
    """The serving canceller on one microphone; when it fails, the echo is left to the gate.

    The same when it hangs: a `Relay` that follows the `watch` goes on instead of the thread.
    """

    def __init__(self, chain: ProviderChain[EchoCanceller[Any]], sample_rate: int) -> None:
        self.watch = CallWatch()
        """sees the calls of the thread that captures, if somebody looks at them"""
        self._chain = chain
        self._serving = chain.current
        self._stream: EchoCancellerStream | None = None
        made: list[EchoCancellerStream] = []

        def work() -> EchoCancellerStream:
            made.append(self._serving.provider.open_stream(sample_rate))
            return made[0]

        self._stream = self._ask_apart(work, "open_stream", made)

    def process(self, captured: Samples, played: Samples) -> Samples:
        """Return what was captured without what was played.

        Raises:
            ThreadLeftError: this thread was left; another one goes on.
        """
        stream = self._stream
        if stream is None:
            return captured
        running = self.watch.running
        running.append((self, 0.0))
        try:
            with ForeignCode():
                left = as_long(int16_block(stream.process(captured, played)), captured.shape[0])
        except IreneError as error:
            self.watch.returned(running)
            self._give_up(error)
            self._ask_apart(stream.close, "close")
            return captured
        self.watch.returned(running)
        return left

    def left(self, error: LateError, time_s: float) -> None:
        """Give up the call that the thread hangs in."""
        stream, error.call = self._stream, "process"
        self._give_up(error)
        if stream is not None:
            error.on_return(partial(close_late, [stream]))

    def close(self) -> None:
        """Free the engine's stream."""
        stream, self._stream = self._stream, None
        if stream is not None:
            self._ask_apart(stream.close, "close")

    def _ask_apart(
        self, work: Callable[[], T], call: str, made: Sequence[EchoCancellerStream] = ()
    ) -> T | None:
        """Return what rare work of the engine returns; None when it fails or hangs.

        What it has `made` when it comes back too late is closed.
        """
        try:
            with ForeignCode():
                return timed(work, call, self._chain.sharing.limit())
        except IreneError as error:
            self._give_up(error)
            if isinstance(error, LateError):
                error.on_return(partial(close_late, made))
            return None

    def _give_up(self, error: IreneError) -> None:
        self._stream = None
        self._chain.failed(self._serving.name, error)
