"""A voice that speaks Morse code (ITU-R recommendation M.1677)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from irene import Samples, SpeechRequest, Tts, TtsCapabilities, hookimpl

_CODES = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz0123456789",
        [
            ".-",
            "-...",
            "-.-.",
            "-..",
            ".",
            "..-.",
            "--.",
            "....",
            "..",
            ".---",
            "-.-",
            ".-..",
            "--",
            "-.",
            "---",
            ".--.",
            "--.-",
            ".-.",
            "...",
            "-",
            "..-",
            "...-",
            ".--",
            "-..-",
            "-.--",
            "--..",
            "-----",
            ".----",
            "..---",
            "...--",
            "....-",
            ".....",
            "-....",
            "--...",
            "---..",
            "----.",
        ],
        strict=True,
    )
)
_RATE_HZ = 16000
_LEVEL = 8000


@dataclass(frozen=True)
class MorseOptions:
    """The `[tts.providers.morse]` table."""

    tone_hz: float = field(default=600.0, metadata={"range": (100, 4000)})
    """pitch of the tone"""
    unit_ms: int = field(default=60, metadata={"range": (1, 1000)})
    """length of a dot; everything else is a multiple of it"""


class MorseVoice(Tts[MorseOptions]):
    """Speaks letters and digits as dots and dashes; everything else is a pause."""

    name = "morse"
    summary = "Morse code, any language that is written in Latin letters"
    capabilities = TtsCapabilities(languages=(), streaming=True, max_concurrency=8)
    Options = MorseOptions
    sample_rate = _RATE_HZ

    def synthesize(self, request: SpeechRequest) -> Iterator[Samples]:
        """Yield one block per letter."""
        for letter in request.text.lower():
            units = [u for sign in _CODES.get(letter, "") for u in _units(sign)]
            yield self._block([*units, 0, 0], request.volume, request.rate)

    def _block(self, units: list[int], volume: float, rate: float) -> Samples:
        samples_per_unit = round(_RATE_HZ * self.options.unit_ms / 1000 / rate)
        keyed = np.repeat(units, samples_per_unit)
        tone = np.sin(2 * np.pi * self.options.tone_hz * np.arange(keyed.size) / _RATE_HZ)
        return np.asarray(_LEVEL * volume * keyed * tone, dtype=np.int16)


def _units(sign: str) -> list[int]:
    return [1, 0] if sign == "." else [1, 1, 1, 0]


@hookimpl
def irene_voices() -> list[type[MorseVoice]]:
    """Offer the voice."""
    return [MorseVoice]
