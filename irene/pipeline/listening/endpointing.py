"""Deciding that somebody began to speak, and that the utterance is over, in audio time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from irene.components.speech_activity import SpeechWindow
from irene.config.sections import VadSection

EPSILON_S = 1e-6
"""tolerance for sums of window lengths"""


@dataclass(frozen=True, slots=True)
class SpeechOnset:
    """Somebody speaks."""

    start_s: float
    """audio time of the first speech window"""
    time_s: float
    """audio time of the decision"""


@dataclass(frozen=True, slots=True)
class SpeechEnd:
    """The utterance is over."""

    start_s: float
    """audio time of the first speech window"""
    end_s: float
    """audio time just after the last speech window"""
    time_s: float
    """audio time of the decision"""
    voiced_s: float
    """sum of the windows that held speech"""


class Endpointer:
    """Turns speech probabilities into onsets and ends, with hysteresis in level and in time.

    Speech begins when windows stay at or above `threshold_end` for `onset_ms` after one reached
    `threshold`. It ends when no window has reached `threshold_end` for `end_silence_ms`, or after
    `max_utterance_ms`.
    """

    def __init__(self, settings: VadSection) -> None:
        self._settings = settings
        self._run_start: float | None = None
        self._is_in_utterance = False
        self._last_voice_s = 0.0
        self._voiced_s = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether there is no sign of speech."""
        return self._run_start is None

    @property
    def since_s(self) -> float:
        """Audio time of the first window of what is speech, or may be; infinite without any."""
        return math.inf if self._run_start is None else self._run_start

    @property
    def least(self) -> float:
        """Probability below which the next window changes nothing, so that it need not come."""
        return self._settings.threshold if self._run_start is None else -math.inf

    def feed(self, window: SpeechWindow) -> SpeechOnset | SpeechEnd | None:
        """Take the next window; return a decision when one falls."""
        settings = self._settings
        if self._run_start is None and window.probability < settings.threshold:
            return None
        voiced = window.probability >= (
            settings.threshold if self._run_start is None else settings.threshold_end
        )
        if voiced:
            if self._run_start is None:
                self._run_start = window.start_s
            self._last_voice_s = window.end_s
            self._voiced_s += window.end_s - window.start_s
        return (
            self._in_speech(window)
            if self._is_in_utterance
            else self._before_speech(window, voiced)
        )

    def finish(self, time_s: float) -> SpeechEnd | None:
        """End an utterance in progress because the input is over."""
        return self._end(time_s) if self._is_in_utterance else None

    def _before_speech(self, window: SpeechWindow, voiced: bool) -> SpeechOnset | None:
        if self._run_start is None:
            return None
        if not voiced:
            self._run_start, self._voiced_s = None, 0.0
            return None
        if window.end_s - self._run_start < self._settings.onset_ms / 1000 - EPSILON_S:
            return None
        self._is_in_utterance = True
        return SpeechOnset(self._run_start, window.end_s)

    def _in_speech(self, window: SpeechWindow) -> SpeechEnd | None:
        silence_s = window.end_s - self._last_voice_s
        length_s = window.end_s - (self._run_start or 0.0)
        over = silence_s >= self._settings.end_silence_ms / 1000 - EPSILON_S
        if over or length_s >= self._settings.max_utterance_ms / 1000 - EPSILON_S:
            return self._end(window.end_s)
        return None

    def _end(self, time_s: float) -> SpeechEnd:
        start_s = self._run_start or 0.0
        end = SpeechEnd(start_s, self._last_voice_s, time_s, self._voiced_s)
        self._run_start, self._is_in_utterance, self._voiced_s = None, False, 0.0
        return end
