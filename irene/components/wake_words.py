"""Listening for wake words on one track: windows, thresholds, refractory time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from irene.audio.streams import Track
from irene.audio.windows import WindowReader
from irene.components.call_watch import CallWatch
from irene.components.chain import ProviderChain
from irene.components.failover import FailoverStream
from irene.config.sections import VoiceTriggerSection
from irene.domain.speech import WakeWordDetection
from irene.providers.results import shares
from irene.providers.voice_trigger import VoiceTrigger, VoiceTriggerStream

_REPLAY_S = 1.0
"""audio from before a failure that the next provider hears again"""
_SEED_S = 2.0
"""audio from before a change that an engine hears which comes anew: a wake word may be half said,
and some engines are wrong about the first second of any stream"""

WakeWordEngine = FailoverStream[VoiceTrigger[Any], VoiceTriggerStream]
"""The stream of whichever provider serves."""


@dataclass(frozen=True)
class NearMiss:
    """The best score of a wake word that was not heard."""

    wake_word: str
    """normalised name, such as `hey_jarvis`"""
    score: float
    """0 to 1"""
    threshold: float
    """score from which it would have been heard"""


class _Thresholds(dict[str, float]):
    """The scores from which one provider's words count as heard; each is looked up once."""

    def __init__(self, configured: Mapping[str, float], provider: VoiceTrigger[Any]) -> None:
        super().__init__()
        self._configured = configured
        self._provider = provider

    def __missing__(self, word: str) -> float:
        configured = self._configured.get(word, self._configured.get(""))
        self[word] = own = self._provider.threshold(word) if configured is None else configured
        return own


class _ThresholdsByProvider(dict[VoiceTrigger[Any], _Thresholds]):
    """The thresholds of every provider that was asked so far."""

    def __init__(self, configured: Mapping[str, float]) -> None:
        super().__init__()
        self._configured = configured

    def __missing__(self, provider: VoiceTrigger[Any]) -> _Thresholds:
        self[provider] = thresholds = _Thresholds(self._configured, provider)
        return thresholds


class WakeWordRule:
    """When a score counts as a wake word: the settings, shared by all inputs."""

    def __init__(self, section: VoiceTriggerSection) -> None:
        self.refractory_s = section.refractory_ms / 1000
        """time after a wake word in which none is heard"""
        self.thresholds: Mapping[VoiceTrigger[Any], Mapping[str, float]] = _ThresholdsByProvider(
            _by_word(section.confidence_threshold)
        )
        """by provider and word, the score from which it counts as heard"""


class WakeWordEar:
    """One input's position, refractory time and last score; whoever drives it brings the engine.

    A wake word is heard when its score reaches the threshold, and then not again until the
    refractory time has passed.
    """

    __slots__ = (
        "_position",
        "_quiet_until_s",
        "_track",
        "_windows",
        "margin",
        "near_miss",
        "rise",
        "rule",
    )

    def __init__(self, rule: WakeWordRule, track: Track, from_start: bool = False) -> None:
        self.rule = rule
        """when a score counts"""
        self._track = track
        self._windows = WindowReader(track.history)
        self._position = track.history.start if from_start else track.history.end
        self._quiet_until_s = 0.0
        self.margin = -1.0
        """how far the best score of the last window lay above its threshold; -1: none yet"""
        self.rise = 0.0
        """how much `margin` was lower in the window before"""
        self.near_miss: NearMiss | None = None
        """what came nearest to its threshold without reaching it; None before any score"""

    @property
    def n_unheard(self) -> int:
        """Samples that have arrived since the last window."""
        return max(0, self._track.history.end - self._position)

    def skip(self, keep_s: float, window: int, end: int | None = None) -> None:
        """Pass over audio unheard, all but the last `keep_s` seconds before a sample, or now."""
        self._position = self._track.passed_over(self._position, keep_s, window, end)

    def skip_forgotten(self, window: int) -> int:
        """Pass over audio that the track keeps no longer; return how many samples."""
        behind = self._track.history.start - self._position
        if behind <= 0:
            return 0
        skipped = (behind + window - 1) // window * window
        self._position += skipped
        return skipped

    def go_to(self, keep_s: float, window: int) -> None:
        """Go on, or back, to about the last `keep_s` seconds: a fresh engine has heard nothing.

        Windows stay where they would have been.
        """
        behind = self._track.history.end - round(keep_s * self._track.sample_rate) - self._position
        self._position += (behind + window - 1) // window * window
        self.skip_forgotten(window)
        self.margin, self.rise = -1.0, 0.0

    def follow(self, before: WakeWordEar, window: int) -> None:
        """Go on where another ear is; an engine that is new to the stream hears a little again.

        What is said before that place was for the other one, and is not heard as a wake word.
        """
        heard_s = before.heard_s
        self._position = before._position
        if self._track is not before._track:
            self._position = self._track.index(heard_s)
        self.go_to(self._track.end_s - heard_s + _SEED_S, window)
        self._quiet_until_s = max(before._quiet_until_s, heard_s)

    @property
    def heard_s(self) -> float:
        """Audio time up to which everything was heard or passed over."""
        return self._track.time_s(self._position)

    def due(self, engine: WakeWordEngine) -> int:
        """Return the number of the sample behind the next window."""
        window: int = engine.serving.provider.capabilities.window
        return self._position + window

    def go_to_end(self) -> None:
        """Go on at the newest sample."""
        self._position = self._track.history.end

    def n_waiting(self, engine: WakeWordEngine) -> int:
        """Return how many whole windows have arrived that the engine has not heard."""
        window = engine.serving.provider.capabilities.window
        return (self._track.history.end - self._position) // window

    def hear(self, engine: WakeWordEngine) -> WakeWordDetection | None:
        """Let the engine hear the next window, which must have arrived.

        A window in which an engine fails is heard by the next one, together with what was before.

        Raises:
            ProviderFailedError: every provider has failed again and again.
        """
        needs = engine.serving.provider.capabilities
        end = self._position + needs.window
        window = self._windows.read(self._position, end, needs.dtype)
        time_s = self._track.time_s(end)
        scores = engine.hear(window, time_s, shares)
        if scores is None:
            replay = self._track.index(time_s - _REPLAY_S)
            self._position = max(self._track.history.start, replay)
            return None
        self._position = end
        return self._judge(scores, time_s, engine)

    def _judge(
        self, scores: Mapping[str, float], time_s: float, engine: WakeWordEngine
    ) -> WakeWordDetection | None:
        """Return the detection of the word that is furthest above its threshold."""
        if not scores:
            return None
        provider, rule, word, margin = engine.serving.provider, self.rule, "", -math.inf
        thresholds = rule.thresholds[provider]
        for name, score in scores.items():
            above = score - thresholds[name]
            if above > margin:
                word, margin = name, above
        self.rise = margin - self.margin if self.margin > -1.0 else 0.0
        self.margin = margin
        if time_s < self._quiet_until_s:
            return None
        if margin < 0:
            best = self.near_miss
            if best is None or margin > best.score - best.threshold:
                self.near_miss = NearMiss(word, float(scores[word]), thresholds[word])
            return None
        self._quiet_until_s = time_s + rule.refractory_s
        earliest, latest = provider.capabilities.phrase_end_s
        return WakeWordDetection(
            wake_word=word,
            score=float(scores[word]),
            time_s=time_s,
            provider=engine.serving.name,
            phrase_end_s=(time_s + earliest, time_s + latest),
        )


class WakeWordListener:
    """The wake-word stream of one input, with an engine of its own; no threads."""

    def __init__(
        self,
        chain: ProviderChain[VoiceTrigger[Any]],
        section: VoiceTriggerSection,
        track: Track,
        from_start: bool = False,
        watch: CallWatch | None = None,
    ) -> None:
        """Listen from the newest sample on, or from the first one that is kept.

        Args:
            chain: the providers that may listen.
            section: the settings.
            track: what is listened to.
            from_start: whether to begin with what the track holds already.
            watch: sees the calls of the thread that listens, if somebody looks at them.
        """
        self._track = track
        self.section = section
        """the settings"""
        self._ear = WakeWordEar(WakeWordRule(section), track, from_start)
        self._engine: WakeWordEngine = FailoverStream(
            chain,
            lambda provider: provider.open_stream(section.wake_words),
            watch,
            chain.sharing.hung_s,
        )
        self.due = self._ear.due(self._engine)
        """number of the sample behind the next window"""

    @property
    def provider(self) -> str:
        """Name of the provider that listens."""
        return self._engine.serving.name

    @property
    def chain(self) -> ProviderChain[VoiceTrigger[Any]]:
        """The providers that may listen."""
        return self._engine.chain

    @property
    def track(self) -> Track:
        """What is listened to."""
        return self._track

    def adjust(self, section: VoiceTriggerSection) -> None:
        """Go by other thresholds and times from the next window on; the words are the same."""
        self.section = section
        self._ear.rule = WakeWordRule(section)

    def follow(self, before: WakeWordListener) -> None:
        """Go on where another listener of the same stream is."""
        self._ear.follow(before._ear, self._engine.serving.provider.capabilities.window)
        self.due = self._ear.due(self._engine)

    @property
    def near_miss(self) -> NearMiss | None:
        """What came nearest to its threshold without reaching it; None before any score."""
        return self._ear.near_miss

    def skip(self, keep_s: float, end: int | None = None) -> None:
        """Pass over audio unheard, all but the last `keep_s` seconds before a sample, or now."""
        self._ear.skip(keep_s, self._engine.serving.provider.capabilities.window, end)
        self.due = self._ear.due(self._engine)

    def listen(self) -> WakeWordDetection | None:
        """Process every whole window that has arrived, up to the first detection."""
        found, history = None, self._track.history
        while found is None and self.due <= history.end:
            found = self._ear.hear(self._engine)
            self.due = self._ear.due(self._engine)
        return found

    def reset(self) -> None:
        """Forget all audio and start again at the newest sample."""
        self._engine.reset(self._track.end_s)
        self._ear.go_to_end()
        self.due = self._ear.due(self._engine)

    def close(self) -> None:
        """Free the engine's stream."""
        self._engine.close()


def _by_word(configured: float | Mapping[str, float] | None) -> dict[str, float]:
    """Return the configured thresholds by normalised word; one for all words stands under ""."""
    if isinstance(configured, Mapping):
        return {VoiceTrigger.word_name(word): float(value) for word, value in configured.items()}
    return {} if configured is None else {"": float(configured)}
