"""Sentences spoken by eSpeak NG in many voices, at the rate of the model."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
import soxr

from irene import SpeechRequest
from irene_plugins.tts.espeak import EspeakOptions, EspeakVoice
from vosk_model.sentences import listed

RATE = 16000
"""Hz of everything behind the synthesiser"""
_ACCENTS = ("en-us", "en-us", "en-gb", "en-gb-scotland", "en-029", "en-gb-x-gbclan", "en-gb-x-rp")
_TRAINED = listed("trained_voices.txt")
HELD_OUT = listed("other_voices.txt")
"""variants that nothing is trained on; `f2` is how irene speaks unless told otherwise"""
_QUIET = 0.01
"""share of the peak below which the ends of a clip are cut off"""
_MARGIN_S = 0.05


@dataclass(frozen=True)
class Clip:
    """A text and how it sounds."""

    text: str
    samples: np.ndarray
    """float32 around ±1, 16 kHz, 50 ms of silence at either end"""


class Speakers:
    """The voices of eSpeak NG, one after the other, each text another way."""

    def __init__(self, variants: tuple[str, ...], random: Random) -> None:
        self._variants = variants
        self._random = random
        self._engine = EspeakVoice(EspeakOptions())
        self._engine.load()

    @classmethod
    def for_training(cls, random: Random) -> Speakers:
        """Return the voices that the model learns from."""
        return cls(_TRAINED, random)

    @classmethod
    def for_tests(cls, random: Random) -> Speakers:
        """Return the voices that the model has never heard."""
        return cls(HELD_OUT, random)

    def say(self, text: str) -> Clip:
        """Say a text in any voice, rate and pitch; one time in three with pauses."""
        draw = self._random
        voice = f"{draw.choice(_ACCENTS)}+{draw.choice(self._variants)}"
        spoken = text.replace(" ", ", ") if draw.random() < 0.3 else text
        options = EspeakOptions(
            voice,
            rate_wpm=draw.randint(125, 205),
            pitch=2 ** draw.uniform(-0.4, 0.4),
            pitch_range=draw.randint(20, 80),
        )
        return Clip(text, speak(self._engine, spoken, options))


def speak(engine: EspeakVoice, text: str, options: EspeakOptions) -> np.ndarray:
    """Return a text as samples of 16 kHz, its ends trimmed."""
    engine.options = options
    request = SpeechRequest(text, voice=options.voice)
    samples = np.concatenate(list(engine.synthesize(request))).astype(np.float32) / 32768
    return _trimmed(soxr.resample(samples, engine.sample_rate, RATE, quality="HQ"))


def _trimmed(samples: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(samples) > _QUIET * np.abs(samples).max())
    margin = round(_MARGIN_S * RATE)
    return samples[max(0, loud[0] - margin) : loud[-1] + margin].astype(np.float32)
