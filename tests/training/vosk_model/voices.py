"""Sentences spoken by eSpeak NG in many voices, at the rate of the model."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from irene_plugins.tts.espeak import EspeakOptions, EspeakVoice
from synthesis.voices import HELD_OUT, TRAINED, speak

_ACCENTS = ("en-us", "en-us", "en-gb", "en-gb-scotland", "en-029", "en-gb-x-gbclan", "en-gb-x-rp")


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
        return cls(TRAINED, random)

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
