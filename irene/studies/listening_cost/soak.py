"""A listening assistant over hours of audio in seconds: what grows, and what gets lost.

`python -m irene.studies.listening_cost.soak` lets it hear a million chunks, engines excluded.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from irene.domain.audio import AudioFormat, LostAudio, Samples
from irene.performance.measuring.peak_memory import resident_mb
from irene.providers.input import Input, InputStream
from irene.providers.provider import NoOptions
from irene.providers.resampling import converted_length
from irene.studies.listening_cost.silent_assistant import SilentAssistant

_CHUNK_MS = 20
_TARGET_RATE = 16000
_SOUND_S = 20.0
"""length of what is heard again and again: mostly quiet, with something louder in it"""
_WARM_UP = 20_000
"""chunks after which memory is measured"""
_TRACED = 20_000
"""further chunks of which every allocation is traced"""


@dataclass(frozen=True)
class Soak:
    """What became of a million chunks."""

    n_chunks: int
    """after warming up"""
    grown_mb: float
    """resident memory that was added after warming up, 10^6 bytes"""
    traced_mb: float
    """memory of Python that was added while every allocation was traced, 10^6 bytes"""
    n_delivered: int
    """samples of the microphone"""
    n_lost: int
    """samples that were counted as lost"""
    n_heard: int
    """samples at 16 kHz that reached the engines' history"""
    n_expected: int
    """samples at 16 kHz that the delivered ones become"""

    @property
    def is_whole(self) -> bool:
        """Whether every sample came through."""
        return self.n_lost == 0 and self.n_heard == self.n_expected


class EndlessInput(Input[NoOptions]):
    """Repeats a sound, through the buffer that stands between every device and its reader."""

    name: ClassVar[str] = "endless"
    live: ClassVar[bool] = True

    def __init__(self, sample_rate: int) -> None:
        super().__init__()
        self.sample_rate = sample_rate
        self.stream = EndlessStream(self)

    def open_stream(self) -> InputStream:
        """Begin."""
        return self.stream


class EndlessStream(InputStream):
    """Chunks that are there already."""

    def __init__(self, source: EndlessInput) -> None:
        self._format = AudioFormat(source.sample_rate)
        size = source.sample_rate * _CHUNK_MS // 1000
        self._chunks = list(_sound(source.sample_rate).reshape(-1, size))
        self._buffer = source.new_buffer(self._format, size)
        self._next = 0
        self.left = 0
        """chunks until it says that this is the end"""

    @property
    def n_delivered(self) -> int:
        """Samples that the device has delivered."""
        return self._buffer.counts.frames_in

    @property
    def format(self) -> AudioFormat:
        """The rate that was asked for, mono int16."""
        return self._format

    def read(self) -> Samples | None:
        """Deliver the next chunk and take it."""
        self.left -= 1
        if self.left < 0:
            return None
        self._buffer.put(self._chunks[self._next])
        self._next = (self._next + 1) % len(self._chunks)
        return self._buffer.take(1.0)

    def lost(self) -> Sequence[LostAudio]:
        """Return what was lost."""
        return self._buffer.lost()

    def close(self) -> None:
        """Nothing is held."""


def soak(n_chunks: int = 1_000_000, sample_rate: int = 48000) -> Soak:
    """Let an assistant hear so many chunks of 20 ms, and look what has grown."""
    source = EndlessInput(sample_rate)
    assistant = SilentAssistant(source, sample_rate)

    def hear(n: int) -> None:
        source.stream.left = n
        assistant.hear()

    hear(_WARM_UP)
    before_mb = _collected_mb()
    hear(n_chunks)
    grown_mb = _collected_mb() - before_mb
    traced_mb = _traced_mb(lambda: hear(_TRACED))
    assistant.listener.finish()
    delivered, lost = source.stream.n_delivered, assistant.capture.n_lost
    heard = assistant.ear.tracks.of("vad").history.end
    assistant.listener.close()
    assistant.close()
    expected = converted_length(delivered, sample_rate, _TARGET_RATE)
    return Soak(n_chunks, grown_mb, traced_mb, delivered, lost, heard, expected)


def _traced_mb(work: Callable[[], None]) -> float:
    """Return how much more memory of Python is in use after a second turn of some work."""
    tracemalloc.start()
    try:
        work()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        work()
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / 1e6
    finally:
        tracemalloc.stop()


def _sound(sample_rate: int) -> Samples:
    """Return noise that is 20 dB louder in its last fifth: the gate opens and closes."""
    n_samples = round(_SOUND_S * sample_rate)
    noise = np.random.default_rng(0).standard_normal(n_samples) * 30.0
    noise[n_samples * 4 // 5 :] *= 10.0
    return noise.astype(np.int16)


def _collected_mb() -> float:
    gc.collect()
    return resident_mb()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 6 when memory grew by 1 MB or something was lost."""
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.listening_cost.soak",
        description="Let an assistant hear a million chunks, and look what grows or gets lost.",
    )
    parser.add_argument("--chunks", type=int, default=1_000_000, help="of 20 ms (1000000)")
    parser.add_argument("--rate", type=int, default=48000, help="Hz of the microphone (48000)")
    options = parser.parse_args(arguments)
    found = soak(options.chunks, options.rate)
    sys.stdout.write(
        f"{found.n_chunks} chunks, {found.n_chunks * _CHUNK_MS / 3_600_000:.1f} hours of audio: "
        f"resident memory {found.grown_mb:+.2f} MB, traced {found.traced_mb:+.3f} MB; "
        f"{found.n_delivered} samples delivered, {found.n_lost} lost, "
        f"{found.n_heard} of {found.n_expected} heard at {_TARGET_RATE} Hz\n"
    )
    return 0 if found.is_whole and max(found.grown_mb, found.traced_mb) < 1.0 else 6


if __name__ == "__main__":
    sys.exit(main())
