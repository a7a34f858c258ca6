"""Listening for wake words on one track: windows, thresholds, refractory time, fail-over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irene.audio.samples import to_float32
from irene.audio.streams import Track
from irene.components.chain import Candidate, ProviderChain
from irene.config.sections import VoiceTriggerSection
from irene.domain.audio import Samples, SampleType
from irene.domain.speech import WakeWordDetection
from irene.errors import IreneError, ProviderFailedError
from irene.providers.border import ForeignCode
from irene.providers.voice_trigger import VoiceTrigger, VoiceTriggerStream

_MOST_FAILURES = 3
"""failures per provider after which a run is given up"""


class WakeWordListener:
    """The wake-word stream of one input; state and position, no threads.

    A wake word is heard when its score reaches the threshold, and then not again until the
    refractory time has passed.
    """

    def __init__(
        self,
        chain: ProviderChain[VoiceTrigger[Any]],
        section: VoiceTriggerSection,
        track: Track,
        from_start: bool = False,
    ) -> None:
        self._chain = chain
        self._section = section
        self._track = track
        self._position = track.history.start if from_start else track.history.end
        self._quiet_until_s = 0.0
        self._failures = 0
        self._serving, self._stream = self._open()

    @property
    def provider(self) -> str:
        """Name of the provider that listens."""
        return self._serving.name

    def skip(self, keep_s: float) -> None:
        """Pass over audio unheard, all but the last `keep_s` seconds."""
        behind = self._track.index(self._track.end_s - keep_s)
        self._position = max(self._position, behind)

    def listen(self) -> WakeWordDetection | None:
        """Process every whole window that has arrived, up to the first detection."""
        window = self._serving.provider.capabilities.window
        while self._track.history.end - self._position >= window:
            samples = self._track.history.view(self._position, self._position + window)
            self._position += window
            if samples.shape[0] == window and (found := self._hear(samples)) is not None:
                return found
        return None

    def reset(self) -> None:
        """Forget all audio and start again at the newest sample."""
        self._stream.reset()
        self._position = self._track.history.end

    def _hear(self, window: Samples) -> WakeWordDetection | None:
        provider = self._serving.provider
        try:
            with ForeignCode():
                scores = self._stream.process(as_type(window, provider.capabilities.dtype))
        except IreneError as error:
            self._replace(error)
            return None
        return self._judge(scores, self._position / self._track.sample_rate)

    def _judge(self, scores: Mapping[str, float], time_s: float) -> WakeWordDetection | None:
        """Return the detection of the word that is furthest above its threshold."""
        if time_s < self._quiet_until_s or not scores:
            return None
        margins = {word: score - self._threshold(word) for word, score in scores.items()}
        word = max(margins, key=lambda name: margins[name])
        if margins[word] < 0:
            return None
        self._quiet_until_s = time_s + self._section.refractory_ms / 1000
        earliest, latest = self._serving.provider.capabilities.phrase_end_s
        return WakeWordDetection(
            wake_word=word,
            score=float(scores[word]),
            time_s=time_s,
            provider=self._serving.name,
            phrase_end_s=(time_s + earliest, time_s + latest),
        )

    def _threshold(self, word: str) -> float:
        configured = self._section.confidence_threshold
        if isinstance(configured, Mapping):
            configured = configured.get(word)
        if configured is None:
            return self._serving.provider.threshold(word)
        return float(configured)

    def _open(self) -> tuple[Candidate[VoiceTrigger[Any]], VoiceTriggerStream]:
        serving = self._chain.current
        return serving, serving.provider.open_stream(self._section.wake_words)

    def _replace(self, error: IreneError) -> None:
        """Let the next provider listen, from one second before the failure on.

        Raises:
            ProviderFailedError: every provider has failed again and again.
        """
        while True:
            self._failures += 1
            self._chain.failed(self._serving.name, error)
            if self._failures >= _MOST_FAILURES * max(1, len(self._chain)):
                raise ProviderFailedError(
                    f"voice_trigger provider {self._serving.name!r} keeps failing: {error}"
                ) from error
            try:
                self._serving, self._stream = self._open()
                break
            except IreneError as next_error:
                self._serving, error = self._chain.current, next_error
        self._position = max(self._track.history.start, self._position - self._track.sample_rate)


def as_type(samples: Samples, dtype: SampleType) -> Samples:
    """Return int16 samples in the type that a provider declared."""
    return to_float32(samples) if dtype == "float32" else np.ascontiguousarray(samples)
