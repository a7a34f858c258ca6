"""The running stream of a slot, moved to the next provider when the serving one fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from irene.components.chain import Candidate, ProviderChain
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
_FORGIVEN_S = 10.0
"""audio without a failure after which earlier ones no longer count"""


class FailoverStream(Generic[P, S]):
    """Asks the stream of the serving provider; used by one thread."""

    def __init__(self, chain: ProviderChain[P], open_stream: Callable[[P], S]) -> None:
        self._chain = chain
        self._open_stream = open_stream
        self._foreign = ForeignCode()
        self._failures = 0
        self._forgiven_s = 0.0
        self.serving: Candidate[P] = chain.current
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
                answer = work(self._stream)
        except IreneError as error:
            self._give_up(error, time_s)
            self._stream = self._ask_until_open(time_s)
            return None
        if time_s > self._forgiven_s:
            self._failures = 0
        return answer

    def hear(self, window: Samples, time_s: float, to: Callable[[Any], T]) -> T | None:
        """Return what the stream makes of a window; as `ask`, for what is done many times a second.

        Args:
            window: samples, as the serving provider wants them.
            time_s: audio time of their end.
            to: makes the answer what it is promised to be; one that is not is a failure.
        """
        stream = self._stream
        if stream is None or self._failures:
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
        return stream

    def close(self) -> None:
        """Free the stream."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        try:
            with ForeignCode():
                stream.close()
        except IreneError as error:
            self._chain.failed(self.serving.name, error)

    def _first_stream(self) -> S:
        """Open the stream that the run begins with; wrong settings are the user's to cure."""
        try:
            with ForeignCode():
                return self._open_stream(self.serving.provider)
        except ConfigurationError:
            raise
        except IreneError as error:
            self._give_up(error, 0.0)
            return self._ask_until_open(0.0)

    def _ask_until_open(self, time_s: float) -> S:
        while True:
            self.serving = self._chain.current
            try:
                with ForeignCode():
                    return self._open_stream(self.serving.provider)
            except IreneError as error:
                self._give_up(error, time_s)

    def _give_up(self, error: IreneError, time_s: float) -> None:
        """Close the stream and let the next provider serve."""
        name = self.serving.name
        self.close()
        self._chain.failed(name, error)
        self._failures += 1
        self._forgiven_s = time_s + _FORGIVEN_S
        if self._failures >= _MOST_FAILURES * max(1, len(self._chain)):
            raise ProviderFailedError(
                f"{self._chain.kind} provider {name!r} keeps failing: {error}"
            ) from error
