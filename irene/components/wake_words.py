"""Listening for wake words on one track: windows, thresholds, refractory time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irene.audio.streams import Track
from irene.audio.windows import WindowReader
from irene.components.chain import ProviderChain
from irene.components.failover import FailoverStream
from irene.config.sections import VoiceTriggerSection
from irene.domain.speech import WakeWordDetection
from irene.providers.voice_trigger import VoiceTrigger, VoiceTriggerStream

_REPLAY_S = 1.0
"""audio from before a failure that the next provider hears again"""


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
        self._section = section
        self._track = track
        self._windows = WindowReader(track.history)
        self._position = track.history.start if from_start else track.history.end
        self._quiet_until_s = 0.0
        self._thresholds = _by_word(section.confidence_threshold)
        self._engine: FailoverStream[VoiceTrigger[Any], VoiceTriggerStream] = FailoverStream(
            chain, lambda provider: provider.open_stream(section.wake_words)
        )

    @property
    def provider(self) -> str:
        """Name of the provider that listens."""
        return self._engine.serving.name

    def skip(self, keep_s: float) -> None:
        """Pass over audio unheard, all but the last `keep_s` seconds."""
        window = self._engine.serving.provider.capabilities.window
        self._position = self._track.passed_over(self._position, keep_s, window)

    def listen(self) -> WakeWordDetection | None:
        """Process every whole window that has arrived, up to the first detection."""
        history = self._track.history
        while True:
            needs = self._engine.serving.provider.capabilities  # another one may have taken over
            end = self._position + needs.window
            if end > history.end:
                return None
            window = self._windows.read(self._position, end, needs.dtype)
            if (found := self._hear(window, end)) is not None:
                return found

    def reset(self) -> None:
        """Forget all audio and start again at the newest sample."""
        self._engine.reset(self._track.end_s)
        self._position = self._track.history.end

    def close(self) -> None:
        """Free the engine's stream."""
        self._engine.close()

    def _hear(self, window: Any, end: int) -> WakeWordDetection | None:
        time_s = self._track.time_s(end)
        scores = self._engine.ask(lambda stream: dict(stream.process(window)), time_s)
        if scores is None:
            replay = self._track.index(time_s - _REPLAY_S)
            self._position = max(self._track.history.start, replay)
            return None
        self._position = end
        return self._judge(scores, time_s)

    def _judge(self, scores: Mapping[str, float], time_s: float) -> WakeWordDetection | None:
        """Return the detection of the word that is furthest above its threshold."""
        if time_s < self._quiet_until_s or not scores:
            return None
        margins = {word: score - self._threshold(word) for word, score in scores.items()}
        word = max(margins, key=lambda name: margins[name])
        if margins[word] < 0:
            return None
        self._quiet_until_s = time_s + self._section.refractory_ms / 1000
        earliest, latest = self._engine.serving.provider.capabilities.phrase_end_s
        return WakeWordDetection(
            wake_word=word,
            score=float(scores[word]),
            time_s=time_s,
            provider=self.provider,
            phrase_end_s=(time_s + earliest, time_s + latest),
        )

    def _threshold(self, word: str) -> float:
        configured = self._thresholds.get(word, self._thresholds.get(""))
        return self._engine.serving.provider.threshold(word) if configured is None else configured


def _by_word(configured: float | Mapping[str, float] | None) -> dict[str, float]:
    """Return the configured thresholds by normalised word; one for all words stands under ""."""
    if isinstance(configured, Mapping):
        return {VoiceTrigger.word_name(word): float(value) for word, value in configured.items()}
    return {} if configured is None else {"": float(configured)}
