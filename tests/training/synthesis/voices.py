"""Texts spoken by eSpeak NG in many voices, at the rate of the models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soxr

from irene import SpeechRequest
from irene_plugins.tts.espeak import EspeakOptions, EspeakVoice

RATE = 16000
"""Hz of everything behind the synthesiser"""
_QUIET = 0.01
"""share of the peak below which the ends of a clip are cut off"""
_MARGIN_S = 0.05


def listed(name: str) -> tuple[str, ...]:
    """Return the words of a file beside this one."""
    return tuple(Path(__file__).with_name(name).read_text("utf-8").split())


TRAINED = listed("trained_voices.txt")
HELD_OUT = listed("other_voices.txt")
"""variants that nothing is trained on; `f2` is how irene speaks unless told otherwise"""


def speak(engine: EspeakVoice, text: str, options: EspeakOptions) -> np.ndarray:
    """Return a text as float32 samples of 16 kHz, its ends trimmed to 50 ms of silence."""
    engine.options = options
    request = SpeechRequest(text, voice=options.voice)
    samples = np.concatenate(list(engine.synthesize(request))).astype(np.float32) / 32768
    at_rate = soxr.resample(samples, engine.sample_rate, RATE, quality="HQ")
    first, last = sounding(at_rate)
    return at_rate[first:last].astype(np.float32)


def sounding(samples: np.ndarray) -> tuple[int, int]:
    """Return from where to where a clip is to be kept, in samples."""
    loud = np.flatnonzero(np.abs(samples) > _QUIET * np.abs(samples).max())
    margin = round(_MARGIN_S * RATE)
    return max(0, loud[0] - margin), min(len(samples), loud[-1] + margin)
