"""Speech probability along one track."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from irene.audio.streams import Track
from irene.audio.windows import WindowReader
from irene.components.calls.watch import CallWatch
from irene.components.chain.failover import FailoverStream
from irene.components.chain.provider_chain import ProviderChain
from irene.providers.results import share
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

    due: int
    """number of the sample behind the next window"""
    window: int
    """samples of a window of the provider that listens"""

    def __init__(
        self, chain: ProviderChain[Vad[Any]], track: Track, watch: CallWatch | None = None
    ) -> None:
        """`watch` sees the calls of the thread that listens, if somebody looks at them."""
        self._track = track
        self._windows = WindowReader(track.history)
        self._engine: FailoverStream[Vad[Any], VadStream] = FailoverStream(
            chain, lambda provider: provider.open_stream(), watch, chain.sharing.hung_s
        )
        self._go_to(track.history.end)

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

    @property
    def _position(self) -> int:
        """Number of the first sample of the next window."""
        return self.due - self.window

    def follow(self, before: SpeechActivityListener, warm_up_s: float) -> None:
        """Go on where another listener of the same stream is, `warm_up_s` earlier."""
        start = self._track.index(max(0.0, before.position_s - warm_up_s))
        self._go_to(max(self._track.history.start, start))

    def rewind(self, time_s: float) -> None:
        """Forget all audio and go on from this audio time, as far as it is still kept."""
        self._engine.reset(self._track.end_s)
        self._go_to(max(self._track.history.start, self._track.index(max(0.0, time_s))))

    def skip(self, keep_s: float, end: int | None = None) -> None:
        """Pass over audio unheard, all but the last `keep_s` seconds before a sample, or now."""
        self._go_to(self._track.passed_over(self._position, keep_s, self.window, end))

    def next_window(self, least: float = -math.inf) -> SpeechWindow | None:
        """Process whole windows up to the first one whose probability is `least` or more.

        Return None when none of those that have arrived is.
        """
        newest = self._track.history.end
        if self.due > newest:
            return None
        time_s, hear = self._track.time_s(newest), self._engine.hear
        while self.due <= newest:
            start, size = self.due - self.window, self.window
            for samples in self._windows.arrived(start, size, self._dtype):
                probability = hear(samples, time_s, share)
                if probability is None:  # from there on as the provider wants it that serves now
                    self._go_to(self._position)
                    break
                self.due += self.window
                if probability >= least:
                    end_s = self._track.behind_s(self._position)
                    return SpeechWindow(end_s - self._window_s, end_s, probability)
        return None

    def windows(self) -> Iterator[SpeechWindow]:
        """Process every whole window that has arrived."""
        while (window := self.next_window()) is not None:
            yield window

    def close(self) -> None:
        """Free the engine's stream."""
        self._engine.close()

    def _go_to(self, position: int) -> None:
        """Go on at a sample, with windows as the serving provider wants them."""
        needs = self._engine.serving.provider.capabilities
        self.window, self._dtype = needs.window, needs.dtype
        self._window_s = self.window / self._track.sample_rate
        self.due = position + self.window
