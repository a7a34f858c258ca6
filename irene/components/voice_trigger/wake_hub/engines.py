"""Engine streams that inputs borrow while there is something to hear."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any

from irene.components.calls.deadline import LateError, timed
from irene.components.calls.watch import CallWatch
from irene.components.chain.failover import FailoverStream
from irene.components.chain.provider_chain import ProviderChain
from irene.components.voice_trigger.ear import WakeWordEngine
from irene.errors import IreneError
from irene.providers.border import ForeignCode
from irene.providers.voice_trigger import VoiceTrigger, VoiceTriggerStream

_Provider = VoiceTrigger[Any]


class EnginePool:
    """Lends engine streams that have heard nothing; takes them back and makes them forget.

    Opening one costs as much as hearing several windows, and so may forgetting: both are for idle
    moments (`prepare`, `recycle`). A pool that runs out opens another one at once. Used by one
    thread at a time: whoever has the hub's turn.
    """

    def __init__(
        self, chain: ProviderChain[_Provider], wake_words: tuple[str, ...], most_idle: int = 16
    ) -> None:
        self.chain = chain
        self.watch = CallWatch()
        """the call that the thread which hears is in"""
        self.most_idle = most_idle
        """streams that are kept ready; what comes back beyond that is closed"""
        self._wake_words = wake_words
        self._clean: list[tuple[_Provider, VoiceTriggerStream]] = []
        self._used: deque[tuple[_Provider, VoiceTriggerStream]] = deque()

    @property
    def window(self) -> int:
        """Samples that the serving provider hears at a time."""
        return self.chain.current.provider.capabilities.window

    def prepare(self, n_streams: int) -> None:
        """Have so many streams ready.

        Raises:
            ConfigurationError: a wake word is not known.
            ProviderUnavailableError: no provider can be loaded.
        """
        self.most_idle = max(n_streams, self.most_idle)
        for engine in [self.lend() for _ in range(n_streams)]:
            self.give_back(engine)
        while self.recycle():
            pass

    def lend(self) -> WakeWordEngine:
        """Return an engine that has heard nothing.

        Raises:
            ConfigurationError: a wake word is not known.
            ProviderUnavailableError: no provider can be loaded.
            ProviderFailedError: every provider has failed again and again.
        """
        return FailoverStream(self.chain, self._open, self.watch)

    def give_back(self, engine: WakeWordEngine) -> None:
        """Take a borrowed engine back."""
        provider, stream = engine.serving.provider, engine.detach()
        if stream is not None:
            self._used.append((provider, stream))

    def recycle(self) -> bool:
        """Make one stream forget what it has heard; return whether there was one."""
        if not self._used:
            return False
        provider, stream = self._used.popleft()
        is_wanted = provider is self.chain.current.provider and len(self._clean) < self.most_idle
        if not is_wanted:
            self._try(provider, stream, "close")
        elif self._try(provider, stream, "reset"):
            self._clean.append((provider, stream))
        return True

    def close(self) -> None:
        """Free every stream that is not lent."""
        for provider, stream in (*self._clean, *self._used):
            self._try(provider, stream, "close")
        self._clean.clear()
        self._used.clear()

    def _open(self, provider: _Provider) -> VoiceTriggerStream:
        while self._used and not self._clean:
            self.recycle()
        while self._clean:
            maker, stream = self._clean.pop()
            if maker is provider:
                return stream
            self._try(maker, stream, "close")
        return self._new(provider)

    def _new(self, provider: _Provider) -> VoiceTriggerStream:
        """Open a stream; one that comes too late is closed."""
        made: list[VoiceTriggerStream] = []

        def work() -> VoiceTriggerStream:
            made.append(provider.open_stream(self._wake_words))
            return made[0]

        try:
            return timed(work, "open_stream", self.chain.sharing.limit())
        except LateError as error:
            error.on_return(lambda: [self._try(provider, one, "close") for one in made])
            raise

    def _try(self, provider: _Provider, stream: VoiceTriggerStream, call: str) -> bool:
        """Return whether a stream did it; one that fails is a failure of its provider.

        It is closed then: one that hangs when that call comes back, as it makes one at a time.
        """
        try:
            with ForeignCode():
                timed(getattr(stream, call), call, self.chain.sharing.limit())
        except IreneError as error:
            self._note_failure(provider, error)
            if call != "close":
                then = partial(self._try, provider, stream, "close")
                error.on_return(then) if isinstance(error, LateError) else then()
            return False
        return True

    def _note_failure(self, provider: _Provider, error: IreneError) -> None:
        for name in [one.name for one in self.chain.candidates() if one.provider is provider]:
            self.chain.failed(name, error)
