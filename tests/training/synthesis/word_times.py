"""Texts spoken by eSpeak NG together with the time at which each word begins."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import soxr

from irene_plugins.tts.espeak import Catalogue
from irene_plugins.tts.espeak_library import PITCH, PITCH_RANGE, shared_library
from irene_plugins.tts.espeak_library import RATE as SPEED
from synthesis.voices import RATE, sounding

_WORD = 1
"""type of the events that say where a word begins"""
_BY_CHARACTER, _UTF8 = 1, 1


class _Event(ctypes.Structure):
    """`espeak_EVENT` of the public header speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True)
class Manner:
    """How a text is spoken."""

    voice: str
    """eSpeak NG's voice, `+` and a variant, such as `de+f2`"""
    rate_wpm: int = 175
    pitch: int = 50
    """0 to 99"""
    pitch_range: int = 50
    """0 to 99"""


@dataclass(frozen=True)
class Marked:
    """Speech, and where its words are."""

    samples: np.ndarray
    """float32 around ±1, 16 kHz, its ends trimmed to 50 ms of silence, shape (n,)"""
    starts: np.ndarray
    """seconds at which each word begins, and where the last one ends, shape (words + 1,)"""


def speak_marked(words: Sequence[str], manner: Manner) -> Marked:
    """Say words in a manner, and find out when.

    Raises:
        ConfigurationError: eSpeak NG does not have the voice.
    """
    library = shared_library()
    blocks, heard = list[np.ndarray](), list[tuple[int, int]]()

    def on_block(samples: Any, n_samples: int, events: Any) -> int:
        heard.extend(_words(events))
        if samples and n_samples:
            blocks.append(np.ctypeslib.as_array(samples, (n_samples,)).astype(np.float32) / 32768)
        return 0

    callback, engine = _Callback(on_block), library._engine
    engine.espeak_SetVoiceByName(_identifier(manner.voice).encode())
    engine.espeak_ng_SetRandSeed(1)
    settings = {SPEED: manner.rate_wpm, PITCH: manner.pitch, PITCH_RANGE: manner.pitch_range}
    for parameter, value in settings.items():
        engine.espeak_SetParameter(parameter, value, 0)
    declared = engine.espeak_SetSynthCallback.argtypes[0]
    engine.espeak_SetSynthCallback(ctypes.cast(callback, declared))
    text = " ".join(words).encode()
    engine.espeak_Synth(text, len(text) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None)
    samples = soxr.resample(np.concatenate(blocks), library.sample_rate, RATE, quality="HQ")
    first, last = sounding(samples)
    times = placed(words, heard, library.sample_rate) - first / RATE
    seconds = (last - first) / RATE
    return Marked(
        samples[first:last].astype(np.float32), np.append(times, seconds).clip(0, seconds)
    )


@cache
def _identifier(voice: str) -> str:
    library = shared_library()
    return Catalogue(library.voices, library.variants).named(voice).identifier


def _words(events: Any) -> Iterator[tuple[int, int]]:
    """Yield place in the text (from 0) and sample of each event of a word."""
    number = 0
    while events[number].type:
        if events[number].type == _WORD:
            yield events[number].text_position - 1, events[number].sample
        number += 1


def placed(words: Sequence[str], heard: Sequence[tuple[int, int]], rate: int) -> np.ndarray:
    """Return seconds at which each word begins; words that were run together share by letters."""
    places = np.cumsum([0, *(len(word) + 1 for word in words[:-1])])
    known = dict(heard)
    found = [(place, known[place]) for place in places.tolist() if place in known]
    if not found:
        return np.zeros(len(words))
    known_places, samples = zip(*found, strict=True)
    return np.interp(places, known_places, np.array(samples) / rate)
