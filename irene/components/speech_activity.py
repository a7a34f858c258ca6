"""Speech probability along one track."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from irene.audio.streams import Track
from irene.audio.windows import WindowReader
from irene.components.chain import ProviderChain
from irene.components.failover import FailoverStream
from irene.providers import results
from irene.providers.vad import Vad, VadStream


class SpeechWindow(NamedTuple):
    """The speech probability of one window."""

    start_s: float
    """audio time, seconds"""
    end_s: float
    """audio time, seconds"""
    probability: float
    """0 to 1"""


class SpeechActivityListener:
    """The VAD stream of one input; state and position, no threads."""

    def __init__(self, chain: ProviderChain[Vad[Any]], track: Track) -> None:
        self._track = track
        self._windows = WindowReader(track.history)
        self._position = track.history.end
        self._engine: FailoverStream[Vad[Any], VadStream] = FailoverStream(
            chain, lambda provider: provider.open_stream()
        )

    @property
    def provider(self) -> str:
        """Name of the provider that listens."""
        return self._engine.serving.name

    @property
    def chain(self) -> ProviderChain[Vad[Any]]:
        """The providers that may listen."""
        return self._engine.chain

    @property
    def track(self) -> Track:
        """What is listened to."""
        return self._track

    @property
    def position_s(self) -> float:
        """Audio time up to which everything was heard."""
        return self._track.time_s(self._position)

    def follow(self, before: SpeechActivityListener, warm_up_s: float) -> None:
        """Go on where another listener of the same stream is, `warm_up_s` earlier."""
        start = self._track.index(max(0.0, before.position_s - warm_up_s))
        self._position = max(self._track.history.start, start)

    def rewind(self, time_s: float) -> None:
        """Forget all audio and go on from this audio time, as far as it is still kept."""
        self._engine.reset(self._track.end_s)
        self._position = max(self._track.history.start, self._track.index(max(0.0, time_s)))

    def skip(self, keep_s: float) -> None:
        """Pass over audio unheard, all but the last `keep_s` seconds."""
        window = self._engine.serving.provider.capabilities.window
        self._position = self._track.passed_over(self._position, keep_s, window)

    def next_window(self) -> SpeechWindow | None:
        """Process the next whole window; return None when none has arrived."""
        end_of_audio = self._track.history.end
        while True:
            needs = self._engine.serving.provider.capabilities  # another one may have taken over
            start, end = self._position, self._position + needs.window
            if end > end_of_audio:
                return None
            window = self._windows.read(start, end, needs.dtype)
            end_s = self._track.time_s(end)
            probability = self._ask(window, end_s)
            if probability is not None:
                self._position = end
                start_s = end_s - needs.window / self._track.sample_rate
                return SpeechWindow(start_s, end_s, probability)

    def windows(self) -> Iterator[SpeechWindow]:
        """Process every whole window that has arrived."""
        while (window := self.next_window()) is not None:
            yield window

    def close(self) -> None:
        """Free the engine's stream."""
        self._engine.close()

    def _ask(self, window: Any, time_s: float) -> float | None:
        return self._engine.ask(lambda stream: results.share(stream.process(window)), time_s)
