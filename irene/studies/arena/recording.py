"""What the caches and the pool of an assistant ask for while it speaks and converts, for real."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import numpy.typing as npt

from irene.audio.samples import to_mono
from irene.cache.bounded import BoundedCache
from irene.cache.shared import SharedCache
from irene.components.assembly import Assembly
from irene.components.resampling.clip_conversion import ClipConversion
from irene.components.resampling.component import ResamplingComponent
from irene.components.voice import VoiceComponent
from irene.domain.audio import AudioChunk, AudioData, ResampleQuality
from irene.memory.buffer import AudioBuffer
from irene.memory.pool import AudioBufferPool
from irene.performance.speech.recordings import BUNDLED, read_manifest
from irene.studies.arena.trace import Step, TraceRecorder

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_CACHE_BYTES = 3_000_000
"""small enough to be full after some dozens of sentences"""
_RATES = (8000, 22_050, 44_100, 48_000)
"""Hz that recordings are converted to"""


class RecordedCache(BoundedCache[K, V], Generic[K, V]):
    """A cache whose entries are written down as they come and go."""

    def __init__(self, recorder: TraceRecorder, size_of: Callable[[V], int]) -> None:
        super().__init__(_CACHE_BYTES, size_of=size_of)
        self._recorder = recorder
        self._numbers: dict[K, int] = {}

    def put(self, key: K, value: V, n_bytes: int | None = None, ttl_s: float | None = None) -> bool:
        """Keep a value, and note what it takes."""
        size = self._size_of(value) if n_bytes is None else n_bytes
        is_kept = super().put(key, value, size, ttl_s)
        if is_kept:
            self._numbers[key] = self._recorder.taken(size)
        return is_kept

    def _drop(self, key: K) -> bool:
        number = self._numbers.pop(key, None)
        if number is not None:
            self._recorder.given(number)
        return super()._drop(key)


class RecordedPool(AudioBufferPool):
    """A pool whose loans are written down."""

    def __init__(self, recorder: TraceRecorder) -> None:
        super().__init__()
        self._recorder = recorder
        self._numbers: dict[int, int] = {}

    def acquire(self, size: int, dtype: npt.DTypeLike = "float32") -> AudioBuffer:
        """Lend a buffer, and note it."""
        buffer = super().acquire(size, dtype)
        self._numbers[id(buffer)] = self._recorder.taken(max(1, buffer.data.nbytes))
        return buffer

    def release(self, buffer: AudioBuffer) -> None:
        """Take it back, and note that."""
        number = self._numbers.pop(id(buffer), None)
        super().release(buffer)
        if number is not None:
            self._recorder.given(number)


def record(n_steps: int, seed: int = 0) -> list[Step]:
    """Return what is taken and given while sentences are spoken and recordings converted.

    Sentences are drawn from the household's list, the first ones more often (Zipf's law), and
    spoken by the default voice; after every third one a bundled recording is converted.
    """
    recorder, chance = TraceRecorder(), random.Random(seed)
    assembly = Assembly.default()
    voice = assembly.voice()
    assert voice is not None, "the default configuration has a voice"
    voice.cache = RecordedCache(recorder, voice.cache._size_of)
    resampling = assembly.resampling
    resampling._cache = SharedCache(RecordedCache(recorder, len))
    resampling._scratch = RecordedPool(recorder)
    clips = [_mono(one.read(assembly.registry)) for one in read_manifest(BUNDLED)]
    sentences = _sentences()
    weights = [1 / rank for rank in range(1, len(sentences) + 1)]
    n_spoken = 0
    while len(recorder.steps) < n_steps:
        _speak(voice, chance.choices(sentences, weights)[0])
        n_spoken += 1
        if n_spoken % 3 == 0:
            _convert(resampling, chance.choice(clips), chance.choice(_RATES))
    return recorder.steps


def _sentences() -> list[str]:
    lines = (BUNDLED / "sentences.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _mono(clip: AudioChunk) -> AudioData:
    return AudioData.from_chunk(AudioChunk(to_mono(clip.samples), clip.sample_rate))


def _speak(voice: VoiceComponent, sentence: str) -> None:
    for _ in voice.say(sentence, "en").blocks():
        pass


def _convert(resampling: ResamplingComponent, clip: AudioData, rate: int) -> None:
    resampling.convert(ClipConversion.of(clip, rate, ResampleQuality.HQ, 1))
