"""A recogniser that understands the tones of a telephone's keys (ITU-T recommendation Q.23)."""

from __future__ import annotations

import numpy as np

from irene import (
    Asr,
    AsrCapabilities,
    AsrRequest,
    AsrStream,
    Hypothesis,
    NoOptions,
    Samples,
    Word,
    hookimpl,
)

_ROWS_HZ, _COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477)
_KEYS = (
    ("one", "two", "three"),
    ("four", "five", "six"),
    ("seven", "eight", "nine"),
    ("star", "zero", "pound"),
)
_WINDOW_S = 0.02
_SHARE = 0.2
"""share of the energy that each of the two tones must have"""
_QUIETEST = 100.0
"""RMS of the quietest key, in int16"""
_PRESSED = 2
"""windows after which a key counts as pressed"""


class KeypadAsr(Asr[NoOptions]):
    """Writes down the keys that are heard."""

    name = "keypad"
    summary = "recognises the tones of a telephone's keys"
    capabilities = AsrCapabilities(
        sample_rates=(16000, 8000, 48000), languages=("en",), max_concurrency=8
    )

    def open_stream(self, request: AsrRequest) -> AsrStream:
        """Start on a new utterance."""
        return KeypadStream(request.sample_rate)


class KeypadStream(AsrStream):
    """The keys of one utterance."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._window = round(_WINDOW_S * sample_rate)
        angles = np.outer((*_ROWS_HZ, *_COLUMNS_HZ), np.arange(self._window)) / sample_rate
        self._tones = np.exp(-2j * np.pi * angles)
        self._rest = np.zeros(0, np.int16)
        self._n_seen = 0
        self._key, self._n_windows = "", 0
        self._words: list[Word] = []

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take a block of any length; what makes no whole window waits for the next one."""
        n_before = len(self._words)
        audio = np.concatenate([self._rest, samples])
        n_whole = len(audio) // self._window * self._window
        self._rest = audio[n_whole:]
        for window in audio[:n_whole].reshape(-1, self._window):
            self._hear(self._heard_key(window))
        if len(self._words) == n_before:
            return None
        return Hypothesis(self._text, is_final=False, stable=len(self._text))

    def finish(self) -> Hypothesis:
        """Return the keys that were pressed."""
        return Hypothesis(self._text, is_final=True, words=tuple(self._words), language="en")

    @property
    def _text(self) -> str:
        return " ".join(word.text for word in self._words)

    def _hear(self, key: str) -> None:
        """Count for how many windows a key has been held."""
        self._n_windows = self._n_windows + 1 if key == self._key else 1
        self._key = key
        self._n_seen += self._window
        if key and self._n_windows == _PRESSED:
            end_s = self._n_seen / self._rate
            self._words.append(Word(key, end_s - _PRESSED * _WINDOW_S, end_s))

    def _heard_key(self, window: Samples) -> str:
        """Return the key whose two tones make up a window, or an empty text."""
        samples = window - window.mean()
        energy = float(np.sum(samples**2))
        if energy < self._window * _QUIETEST**2:
            return ""
        shares = 2 * np.abs(self._tones @ samples) ** 2 / (self._window * energy)
        row, column = int(shares[:4].argmax()), int(shares[4:].argmax())
        is_key = shares[row] > _SHARE and shares[4 + column] > _SHARE
        return _KEYS[row][column] if is_key else ""


@hookimpl
def irene_asrs() -> list[type[KeypadAsr]]:
    """Offer the recogniser."""
    return [KeypadAsr]
