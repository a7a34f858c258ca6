"""What the framework does to 20 ms of a microphone while it listens, engines excluded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from typing import ClassVar

import numpy as np

from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.domain.audio import AudioFormat, ResampleQuality, Samples
from irene.errors import ProviderFailedError
from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.goal import Goal
from irene.performance.benchmark.probe import Probe, Subject
from irene.performance.benchmark.rounds import Pace
from irene.performance.peers import PIPECAT, resamplers
from irene.pipeline.listening.command import Invitation
from irene.plugin.registry import ComponentRegistry
from irene.providers.input import Input, InputStream
from irene.providers.provider import NoOptions
from irene.studies.audio_core.bare_listening import BareListening
from irene.studies.audio_core.others import others
from irene.studies.listening_cost.silent_assistant import SilentAssistant

CHUNK_MS = 20
TARGET_RATE = 16000
_N_BLOCKS = 200
"""different blocks of the sound that the microphone repeats"""
_LEVEL = 30.0
"""RMS of the sound, int16 steps (-60 dBFS)"""
_OURS = "irene, VAD and wake word listen"
_RAW = "soxr alone, 20 ms of int16 at a time"
AT_WORK = "Pipecat, 5 stages at work"


@dataclass(frozen=True)
class Scene:
    """What the assistant is doing while it listens."""

    name: str
    sample_rate: int
    """Hz of the microphone"""
    gate_db: float
    """0: the gate stays open"""
    in_follow_up: bool
    """whether VAD and wake word both run, as when a reply is waited for"""
    block_ms: int = CHUNK_MS
    """what the microphone delivers at a time"""


SCENES = (
    Scene(_OURS, 48000, 0.0, True),
    Scene("irene, wake word listens", 48000, 0.0, False),
    Scene("irene, silence: the gate is closed", 48000, 6.0, False),
    Scene("irene, silence, in blocks of 80 ms", 48000, 6.0, False, 80),
    Scene("irene, VAD and wake word, 16 kHz microphone", 16000, 0.0, True),
)
GOALS = (
    Goal("20 ms, 48 kHz to VAD, wake word and pre-roll", _OURS, 8.0),
    Goal("against soxr alone, for which 8 µs were twice its time", _OURS, 2.0, _RAW),
    Goal("against as many stages of a lean Pipecat", _OURS, 1 / 15, AT_WORK),
    Goal("against Pipecat as one gets it", _OURS, 1 / 15, f"{AT_WORK}, default worker"),
)


def chunk_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure the listening assistant beside Pipecat's pipeline and the resampler alone."""
    with listening(SCENES) as ours, others(PIPECAT, python) as (theirs, notes):
        alone = (
            Probe(_RAW, resamplers.blocks_to_soxr(_blocks())),
            Probe.of("irene's resampler alone", _resampler(CHUNK_MS)),
            Probe.of("irene's resampler alone, 80 ms at a time", _resampler(80), 80 / CHUNK_MS),
        )
        bare = Probe("the same arithmetic in a bare loop", _bare_listening())
        subjects: list[Subject] = [*ours, bare, *alone, *theirs]
        return Comparison(
            key="chunk",
            title="Framework cost per chunk",
            ours=_OURS,
            unit="20 ms of audio",
            goals=GOALS,
            notes=notes,
        ).measured(subjects, pace)


@contextmanager
def listening(scenes: tuple[Scene, ...]) -> Iterator[list[Probe]]:
    """Lend a probe per scene: an assistant that listens on, chunk by chunk."""
    with ExitStack() as opened:
        lent = [opened.enter_context(_listener(scene)) for scene in scenes]
        yield [
            Probe(scene.name, hear, scene.block_ms / CHUNK_MS)
            for scene, hear in zip(scenes, lent, strict=True)
        ]


class Microphone(Input[NoOptions]):
    """Delivers the same noise again and again, as many blocks as it is told, without waiting."""

    name: ClassVar[str] = "repeating"
    live: ClassVar[bool] = True

    def __init__(self, sample_rate: int, block_ms: int) -> None:
        super().__init__()
        self.stream = RepeatingStream(sample_rate, block_ms)

    def open_stream(self) -> InputStream:
        """Begin."""
        return self.stream


class RepeatingStream(InputStream):
    """Blocks that are there already."""

    def __init__(self, sample_rate: int, block_ms: int) -> None:
        size = sample_rate * block_ms // 1000
        noise = np.random.default_rng(0).standard_normal(_N_BLOCKS * size) * _LEVEL
        self.blocks = list(noise.astype(np.int16).reshape(-1, size))
        """what is delivered, in turn"""
        self._format = AudioFormat(sample_rate)
        self._given: Iterator[Samples] = iter(())

    @property
    def format(self) -> AudioFormat:
        """The rate that was asked for, mono int16."""
        return self._format

    def give(self, n_blocks: int) -> None:
        """Deliver so many blocks, and then say that this is the end."""
        self._given = islice(chain.from_iterable(repeat(self.blocks)), n_blocks)

    @property
    def is_empty(self) -> bool:
        """Whether all was taken that was given."""
        return next(self._given, None) is None

    def read(self) -> Samples | None:
        """Return the next block at once: what is measured is who asks."""
        return next(self._given, None)

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def _listener(scene: Scene) -> Iterator[Callable[[int], None]]:
    """Lend a function that lets an assistant hear so many blocks more."""
    microphone = Microphone(scene.sample_rate, scene.block_ms)
    assistant = SilentAssistant(
        microphone,
        scene.sample_rate,
        slots={"resample_quality": "high"},
        trigger={"gate_db": scene.gate_db},
    )
    if scene.in_follow_up:
        invitation = Invitation(session=1, from_s=0.0, timeout_s=math.inf, was_asked=True)
        assistant.listener.attention.invite(invitation)

    def hear(n_blocks: int) -> None:
        microphone.stream.give(n_blocks)
        assistant.hear()
        if not microphone.stream.is_empty:  # a figure of nothing would be the best of all
            raise ProviderFailedError("the assistant did not hear what it is measured by")

    try:
        hear(_N_BLOCKS)
        yield hear
    finally:
        assistant.close()


def _bare_listening() -> Callable[[int], None]:
    """Return what does to so many blocks of the first scene what cannot be left out."""
    blocks = _blocks()
    bare = BareListening(_assembly().resampling.chain.current.provider)
    return lambda n_blocks: bare.hear([blocks[k % _N_BLOCKS] for k in range(n_blocks)])


def _blocks() -> list[Samples]:
    return Microphone(resamplers.RATE, CHUNK_MS).stream.blocks


def _resampler(chunk_ms: int) -> Callable[[], object]:
    """Return what converts one chunk of 48 kHz, as a listening assistant does."""
    converter = _assembly().open_converter()(48000, TARGET_RATE, ResampleQuality.HQ)
    chunk = np.zeros(48 * chunk_ms, np.float32)
    return lambda: converter.process(chunk)


def _assembly() -> Assembly:
    registry = ComponentRegistry.installed()
    return Assembly(load_config({}, registry=registry, environ={}), registry)
