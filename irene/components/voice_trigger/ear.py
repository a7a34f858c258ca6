"""Hearing one input's wake words, window by window, with an engine that the caller passes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from irene.audio.streams import Track
from irene.audio.windows import WindowReader
from irene.components.chain.failover import FailoverStream
from irene.components.voice_trigger.rule import WakeWordRule
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


class WakeWordEar:
    """One input's position, refractory time and last score; the engine is passed to each call.

    A wake word is heard when its score reaches the threshold, and then not again until the
    refractory time has passed.
    """

    __slots__ = (
        "_before",
        "_position",
        "_quiet_until_s",
        "_track",
        "_windows",
        "margin",
        "near_miss",
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
        self._before = -1.0
        self.near_miss: NearMiss | None = None
        """what came nearest to its threshold without reaching it; None before any score"""

    @property
    def rise(self) -> float:
        """How much `margin` was lower in the window before."""
        return self.margin - self._before if self._before > -1.0 else 0.0

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
        self.margin = self._before = -1.0

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

    def go_to_time(self, time_s: float) -> None:
        """Go on at an audio time that has come, or at the oldest sample that is kept."""
        self._position = max(self._track.history.start, self._track.index(time_s))

    def n_waiting(self, engine: WakeWordEngine, end: int | None = None) -> int:
        """Return how many whole windows the engine has not heard of what has arrived.

        With `end`, only those that lie before this sample count.
        """
        window: int = engine.serving.provider.capabilities.window
        end = self._track.history.end if end is None else end
        return (end - self._position) // window

    def hear(self, engine: WakeWordEngine) -> WakeWordDetection | None:
        """Let the engine hear the next window, which must have arrived.

        A window in which an engine fails is heard by the next one, together with what was before.

        Raises:
            ProviderFailedError: every provider has failed again and again.
        """
        needs = engine.serving.provider.capabilities
        end = self._position + needs.window
        window = self._windows.read(self._position, end, needs.dtype)
        time_s = self._track.behind_s(end)
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
        self._before, self.margin = self.margin, margin
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
