"""A voice trigger that hears a whistled note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from irene import Samples, VoiceTrigger, VoiceTriggerCapabilities, VoiceTriggerStream, hookimpl

_RATE_HZ = 16000
_WINDOW = 1280
_NOTES_HZ = (500.0, 4000.0)
_PURE = 0.8
"""share of the energy that lies in the note: vowels have overtones"""
_QUIETEST = 1e-6
"""mean square of the quietest note, full scale is 1"""


@dataclass(frozen=True)
class WhistleOptions:
    """The `[voice_trigger.providers.whistle]` table."""

    hold_ms: int = 400
    """how long the note must be held"""


class WhistleTrigger(VoiceTrigger[WhistleOptions]):
    """Wakes when one note is held."""

    name = "whistle"
    summary = "wakes when somebody whistles one note for a while"
    capabilities = VoiceTriggerCapabilities(
        sample_rates=(_RATE_HZ,),
        window=_WINDOW,
        wake_words=("long_note",),
        phrase_end_s=(-0.1, 0.3),
        default_threshold=0.95,
    )
    Options = WhistleOptions

    def open_stream(self, wake_words: Sequence[str]) -> VoiceTriggerStream:
        """Listen for the note; words that are not known are refused."""
        (word,) = self.known_words(wake_words)
        n_windows = max(1, round(self.options.hold_ms * _RATE_HZ / 1000 / _WINDOW))
        return WhistleStream(word, n_windows)


class WhistleStream(VoiceTriggerStream):
    """The note that one listener hears, and for how many windows it has been held."""

    def __init__(self, word: str, n_windows: int) -> None:
        self._word = word
        self._n_windows = n_windows
        self.reset()

    def process(self, window: Samples) -> Mapping[str, float]:
        """Take 80 ms; the score is the share of the time that the note must be held."""
        note = _note(window)
        is_held = note is not None and (self._note is None or abs(note / self._note - 1) < 0.05)
        self._n_held = self._n_held + 1 if is_held else int(note is not None)
        self._note = note
        return {self._word: min(1.0, self._n_held / self._n_windows)}

    def reset(self) -> None:
        """Forget what was heard."""
        self._note: float | None = None
        self._n_held = 0


def _note(window: Samples) -> float | None:
    """Return the frequency (Hz) of a pure tone, or None where there is none."""
    samples = window / 32768.0
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    peak = int(power.argmax())
    hz = peak * _RATE_HZ / len(samples)
    share = power[max(0, peak - 2) : peak + 3].sum() / max(1e-12, power.sum())
    is_note = _NOTES_HZ[0] <= hz <= _NOTES_HZ[1] and share >= _PURE
    return hz if is_note and np.mean(samples**2) > _QUIETEST else None


@hookimpl
def irene_voice_triggers() -> list[type[WhistleTrigger]]:
    """Offer the trigger."""
    return [WhistleTrigger]
