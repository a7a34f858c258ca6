"""What the framework does to each chunk of a microphone while it listens, engines excluded.

`python -m irene.performance.hot_path` prints a table of this machine.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.config.sections import Config
from irene.domain.audio import AudioFormat, ResampleQuality, Samples
from irene.domain.clock import SystemClock
from irene.domain.events import Event
from irene.domain.grammar import Grammar
from irene.performance.markdown import table
from irene.performance.silent_engines import NAME, WAKE_WORD, silent_plugin
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.capture import Capture
from irene.pipeline.listening.command import Command, Invitation
from irene.pipeline.listening.listener import Listener
from irene.pipeline.parts import Parts
from irene.plugin.host import PluginHost, installed_plugins
from irene.plugin.registry import ComponentRegistry
from irene.providers.input import Input, InputStream
from irene.providers.provider import NoOptions

_UNIT_S = 0.02
"""what costs are given for"""
_AUDIO_S = 4.0
"""length of the sound that the microphone repeats"""
_LEVEL = 30.0
"""RMS of the sound, int16 steps (-60 dBFS)"""
_ROUNDS = 200
_CHUNKS = 80
"""chunks per round"""


@dataclass(frozen=True)
class Scene:
    """What the assistant is doing while it listens."""

    name: str
    sample_rate: int
    """Hz of the microphone"""
    gate_db: float
    """0: the gate stays open"""
    block_ms: int = 20
    """what the microphone delivers at a time"""
    in_follow_up: bool = False
    """whether VAD and wake word both run, as when a reply is waited for"""


SCENES = tuple(
    Scene(name, sample_rate, gate_db, block_ms, in_follow_up)
    for sample_rate in (48000, 16000)
    for name, gate_db, in_follow_up in (
        ("silence: the gate is closed", 6.0, False),
        ("sound: wake word", 0.0, False),
        ("waiting for a reply: wake word and VAD", 0.0, True),
    )
    for block_ms in (20, 40, 80)
)


@dataclass(frozen=True)
class ChunkCost:
    """What 20 ms of the microphone cost, microseconds, whatever its blocks."""

    scene: Scene
    least_us: float
    """mean of the fastest round"""
    median_us: float
    """mean of the middle round"""
    p99_us: float
    """of single blocks, over all rounds"""


class Microphone(Input[NoOptions]):
    """Delivers the same noise again and again, and notes how long each chunk kept its reader."""

    name: ClassVar[str] = "repeating"
    live: ClassVar[bool] = True

    def __init__(self, sample_rate: int, block_ms: int, n_chunks: int) -> None:
        super().__init__()
        self.stream = RepeatingStream(sample_rate, block_ms, n_chunks)

    def open_stream(self) -> InputStream:
        """Begin."""
        return self.stream


class RepeatingStream(InputStream):
    """Chunks that are there already: between two calls of `read` only the framework works."""

    def __init__(self, sample_rate: int, block_ms: int, n_chunks: int) -> None:
        size = sample_rate * block_ms // 1000
        rng = np.random.default_rng(0)
        sound = (rng.standard_normal(round(_AUDIO_S * 1000 / block_ms) * size) * _LEVEL).astype(
            np.int16
        )
        self._chunks = list(sound.reshape(-1, size))
        self._format = AudioFormat(sample_rate)
        self._left = n_chunks
        self._given_ns = 0
        self.taken_ns: list[int] = []
        """time from the end of one `read` to the beginning of the next"""

    @property
    def format(self) -> AudioFormat:
        """The rate that was asked for, mono int16."""
        return self._format

    def read(self) -> Samples | None:
        """Return the next chunk at once."""
        if self._given_ns:
            self.taken_ns.append(time.perf_counter_ns() - self._given_ns)
        self._left -= 1
        if self._left < 0:
            return None
        chunk = self._chunks[self._left % len(self._chunks)]
        self._given_ns = time.perf_counter_ns()
        return chunk

    def close(self) -> None:
        """Nothing is held."""


class _Nobody:
    """Answers nothing."""

    def interrupt(self) -> None: ...

    def attend(self) -> None: ...

    def grammar(self, now_s: float) -> Grammar | None: ...

    def take(self, command: Command) -> None: ...


def chunk_cost(scene: Scene, rounds: int = _ROUNDS, n_chunks: int = _CHUNKS) -> ChunkCost:
    """Let an assistant listen to `rounds` times `n_chunks` chunks; the first round warms up."""
    registry = ComponentRegistry(PluginHost([*installed_plugins(), silent_plugin()]))
    config = load_config(_settings(scene), registry=registry, environ={})
    parts = Parts(config, registry, _ignore)
    asyncio.run(parts.load())
    try:
        return _measured(scene, config, parts, rounds, n_chunks)
    finally:
        asyncio.run(parts.close())


def _measured(scene: Scene, config: Config, parts: Parts, rounds: int, n_chunks: int) -> ChunkCost:
    clock, events = SystemClock(), EventStream(_ignore)
    microphone = Microphone(scene.sample_rate, scene.block_ms, (rounds + 1) * n_chunks)
    capture = Capture(microphone, events, clock, paced=False)
    capture.open()
    ear = parts.ear(parts.plan(capture.format), clock)
    listener = Listener(config, ear, events, _Nobody(), in_step=False)
    parts.own_voice.begin(scene.sample_rate, live=True)
    if scene.in_follow_up:
        listener.invite(Invitation(session=1, from_s=0.0, timeout_s=math.inf, was_asked=True))
    capture.run(lambda chunk: listener.feed(parts.own_voice.clean(chunk)), ear.costs)
    taken_us = np.array(microphone.stream.taken_ns, float).reshape(rounds + 1, n_chunks)[1:]
    taken_us *= _UNIT_S / scene.block_ms
    means = taken_us.mean(axis=1)
    p99 = float(np.percentile(taken_us, 99))
    return ChunkCost(scene, float(means.min()), float(np.median(means)), p99)


def resampler_us(sample_rate: int, n_chunks: int = _CHUNKS) -> float:
    """Return what the resampler alone takes for 20 ms at this rate to 16 kHz, microseconds."""
    registry = ComponentRegistry.installed()
    assembly = Assembly(load_config({}, registry=registry, environ={}), registry)
    chunk = np.zeros(round(sample_rate * _UNIT_S), np.float32)
    means = []
    for _ in range(_ROUNDS):
        converter = assembly.open_converter()(sample_rate, 16000, ResampleQuality.HQ)
        began = time.perf_counter_ns()
        for _ in range(n_chunks):
            converter.process(chunk)
        means.append((time.perf_counter_ns() - began) / n_chunks / 1e3)
    return min(means)


def _settings(scene: Scene) -> Mapping[str, Any]:
    return {
        "voice_trigger": {
            "default_provider": NAME,
            "fallback_providers": [],
            "wake_words": [WAKE_WORD],
            "gate_db": scene.gate_db,
            "resample_quality": "high",
        },
        "vad": {"default_provider": NAME, "fallback_providers": [], "resample_quality": "high"},
        "asr": {"default_provider": "instant", "resample_quality": "high"},
        "outputs": {"default_provider": "none"},
        "tts": {"enabled": False},
    }


def _ignore(event: Event) -> None:
    """Nobody listens to the events."""


def main() -> None:
    """Print what each scene costs, and the resampler's share."""
    rows: list[tuple[object, ...]] = []
    for scene in SCENES:
        cost = chunk_cost(scene)
        figures = (f"{us:.1f}" for us in (cost.least_us, cost.median_us, cost.p99_us))
        rows.append((scene.name, scene.sample_rate, scene.block_ms, *figures))
    rows.append(("resampler alone", 48000, 20, f"{resampler_us(48000):.1f}", "", ""))
    header = ("20 ms of microphone", "Hz", "block, ms", "us, best", "us, median", "us, p99")
    sys.stdout.write(table(header, rows) + "\n")


if __name__ == "__main__":
    main()
