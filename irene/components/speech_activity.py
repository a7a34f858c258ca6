"""Speech probability along one track: windows and fail-over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from irene.audio.streams import Track
from irene.components.chain import Candidate, ProviderChain
from irene.components.wake_words import as_type
from irene.errors import IreneError, ProviderFailedError
from irene.providers.border import ForeignCode
from irene.providers.vad import Vad, VadStream

_MOST_FAILURES = 3
"""failures per provider after which a run is given up"""


@dataclass(frozen=True, slots=True)
class SpeechWindow:
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
        self._chain = chain
        self._track = track
        self._position = track.history.end
        self._failures = 0
        self._serving, self._stream = self._open()

    @property
    def provider(self) -> str:
        """Name of the provider that listens."""
        return self._serving.name

    def rewind(self, time_s: float) -> None:
        """Forget all audio and go on from this audio time, as far as it is still kept."""
        self._stream.reset()
        self._position = max(self._track.history.start, self._track.index(max(0.0, time_s)))

    def skip(self, keep_s: float) -> None:
        """Pass over audio unheard, all but the last `keep_s` seconds."""
        behind = self._track.index(self._track.end_s - keep_s)
        self._position = max(self._position, behind)

    def windows(self) -> Iterator[SpeechWindow]:
        """Process every whole window that has arrived."""
        while True:
            length = self._serving.provider.capabilities.window
            start = self._position
            if self._track.history.end - start < length:
                return
            probability = self._process(self._track.history.view(start, start + length))
            self._position = start + length
            rate = self._track.sample_rate
            yield SpeechWindow(start / rate, self._position / rate, probability)

    def _process(self, window: Any) -> float:
        """Return the probability of one window, from the first provider that gives one."""
        while True:
            dtype = self._serving.provider.capabilities.dtype
            try:
                with ForeignCode():
                    return float(self._stream.process(as_type(window, dtype)))
            except IreneError as error:
                self._replace(error)
                if window.shape[0] != self._serving.provider.capabilities.window:
                    return 0.0

    def _open(self) -> tuple[Candidate[Vad[Any]], VadStream]:
        serving = self._chain.current
        return serving, serving.provider.open_stream()

    def _replace(self, error: IreneError) -> None:
        self._failures += 1
        self._chain.failed(self._serving.name, error)
        if self._failures >= _MOST_FAILURES * max(1, len(self._chain)):
            raise ProviderFailedError(
                f"vad provider {self._serving.name!r} keeps failing: {error}"
            ) from error
        self._serving, self._stream = self._open()
