"""One trial: the real assistant hears recordings, in a process of its own."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from irene.audio.samples import to_float32
from irene.config.loading import load_config, registry_for
from irene.config.sections import Config
from irene.config.toml_text import format_value
from irene.domain.audio import AudioChunk, ResampleQuality, Samples
from irene.domain.events import (
    Event,
    IntentRecognized,
    ResponseGiven,
    RunStarted,
    SpeechEnded,
    SpeechSynthesized,
    Transcript,
    WakeWordDetected,
)
from irene.domain.kinds import Kind
from irene.performance.measuring.peak_memory import peak_mb, peak_mb_of
from irene.performance.optimising.questions import Question, Shape, shape_of
from irene.performance.optimising.rehearsal import RehearsingRegistry
from irene.performance.speech.demo_question import read_recording, write_recording
from irene.performance.speech.word_errors import count_errors, words_in
from irene.pipeline.assistant import Assistant
from irene.plugin.registry import ComponentRegistry
from irene.telemetry.process import workers_cpu_s

_LEAST_MS = 1.0
"""a delay below it is none: the answer came while somebody still spoke"""


@dataclass(frozen=True)
class TrialRequest:
    """What a trial runs."""

    source: str | None
    """path or name of the configuration; None looks in the usual places"""
    overrides: tuple[str, ...]
    """`SECTION.KEY=VALUE`, on top of it"""
    questions: tuple[Question, ...]
    """what is heard, in this order"""
    realtime: bool
    """whether it is heard at the speed at which it was spoken"""
    wakes: bool
    """whether the wake word is in the recordings; if not, every utterance is for the assistant"""


@dataclass(frozen=True)
class Heard:
    """What became of one recording."""

    text: str
    """all transcripts"""
    latency_ms: float | None
    """from the end of speech to the answer; None without one"""
    cpu_s: float
    """processor time per second of audio"""
    has_woken: bool
    """whether a wake word was heard"""
    is_understood: bool
    """whether an intent was recognised, or there is a text where nothing is to be understood; for
    what is not meant for the assistant, whether it took no notice"""
    is_known: bool = False
    """whether it is known what is said"""
    word_errors: int = 0
    n_words: int = 0
    """words of the reference; 0 without one"""


@dataclass(frozen=True)
class TrialResult:
    """What one trial measured; `failure` says why there is nothing else."""

    heard: tuple[Heard, ...] = ()
    """in the order of the questions"""
    rss_mb: float = 0.0
    """most resident memory, workers included, 10^6 bytes"""
    load_s: float = 0.0
    """from nothing to listening"""
    failure: str = ""
    """one line; empty when it worked"""


def run_trial(request: TrialRequest) -> TrialResult:
    """Run a trial in this process, which must be a fresh one: its memory is measured.

    Raises:
        IreneError: the configuration does not work.
    """
    folder = Path(tempfile.mkdtemp(prefix="irene-trial-"))
    try:
        return asyncio.run(_run(request, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(request: TrialRequest, folder: Path) -> TrialResult:
    installed = registry_for(request.source, overrides=request.overrides)
    config = load_config(request.source, registry=installed, overrides=request.overrides)
    shape = shape_of(config, installed)
    registry = RehearsingRegistry(installed)
    playing = folder / "heard.wav"
    fixed = stage_set(folder, playing, shape, request.wakes)
    overrides = (*request.overrides, *fixed)
    config = load_config(request.source, registry=registry, overrides=overrides)
    _play(request.questions[0], shape, installed, playing)  # it is looked for before the start
    began = time.perf_counter()
    heard: list[Heard] = []
    async with Assistant(config, registry) as assistant:
        load_s = time.perf_counter() - began
        for question in request.questions:
            _play(question, shape, installed, playing)
            registry.answers.n = len(heard)
            heard.append(await _hear(assistant, question, request.realtime))
        rss_mb = tree_peak_mb()
    return TrialResult(tuple(heard), rss_mb, load_s)


def stage_set(folder: Path, recording: Path, shape: Shape, wakes: bool) -> tuple[str, ...]:
    """Return the settings of every trial: a recording in, nothing out, no traces left."""
    settings: dict[str, Any] = {
        "inputs.default_provider": "file",
        "inputs.fallback_providers": [],
        "inputs.providers.file.path": str(recording),
        "inputs.providers.file.encoding": "",
        "inputs.providers.file.block_ms": max(1, round(shape.block_ms)),
        "outputs.default_provider": "none",
        "assistant.state_folder": str(folder / "state"),
        "assistant.control": False,
        "assistant.watch": False,
        "assistant.follow_up": "never",
        "asr.keep_failed": 0,
        "performance.store": False,
        "performance.metrics_port": 0,
        "performance.otel_endpoint": "",
    }
    if not wakes:
        settings["voice_trigger.enabled"] = False
    return tuple(f"{key}={format_value(value)}" for key, value in settings.items())


def _play(question: Question, shape: Shape, registry: ComponentRegistry, path: Path) -> None:
    """Write a question in the form in which the input would deliver it."""
    clip = read_recording(question.path)
    rate = shape.sample_rate or clip.sample_rate
    samples = clip.samples
    if rate != clip.sample_rate:
        samples = _converted(clip, rate, registry)
    every = np.repeat(samples[:, np.newaxis], shape.channels or 1, axis=1)
    write_recording(AudioChunk(every, rate), path)


def _converted(clip: AudioChunk, rate: int, registry: ComponentRegistry) -> Samples:
    resampler: Any = registry.create(Kind.RESAMPLING, "soxr")
    resampler.load()
    samples: Samples = resampler.convert(
        to_float32(clip.samples), clip.sample_rate, rate, ResampleQuality.HQ
    )
    return samples


@dataclass
class _Notes:
    """What happened while one recording was heard, and when: wall seconds."""

    began: float = 0.0
    ended: float | None = None
    """the last decision that speech is over"""
    waited_s: float = 0.0
    """audio time of that decision"""
    answered: float | None = None
    texts: list[str] = field(default_factory=list)
    has_woken: bool = False
    is_understood: bool = False

    def take(self, event: Event) -> None:
        now = time.perf_counter()
        if isinstance(event, RunStarted):
            self.began = now
        elif isinstance(event, WakeWordDetected):
            self.has_woken = True
        elif isinstance(event, SpeechEnded):
            self.ended, self.waited_s, self.answered = now, event.time_s, None
        elif isinstance(event, Transcript):
            self.texts.append(event.text)
            self.answered = now
        elif isinstance(event, IntentRecognized):
            self.is_understood = True
        elif isinstance(event, (ResponseGiven, SpeechSynthesized)):
            self.answered = now


def words_of(config: Config) -> Callable[[str], list[str]]:
    """Return what cuts a text into comparable words, in the language that is recognised."""
    return words_in(config.asr.language or config.assistant.language)


async def _hear(assistant: Assistant, question: Question, realtime: bool) -> Heard:
    notes = _Notes()
    before_s = tree_cpu_s()
    async for event in assistant.run(realtime=realtime):
        notes.take(event)
    cpu_s = tree_cpu_s() - before_s
    text = " ".join(filter(None, notes.texts))
    heard = Heard(
        text=text,
        latency_ms=_latency_ms(notes, question, realtime),
        cpu_s=cpu_s / question.seconds,
        has_woken=notes.has_woken,
        is_understood=notes.is_understood or not assistant.config.intent_recognition.enabled,
    )
    return compared(heard, question.reference, words_of(assistant.config))


def compared(heard: Heard, reference: str | None, words: Callable[[str], list[str]]) -> Heard:
    """Return what was heard, with what it should have been; None where that is not known."""
    heard = replace(heard, is_understood=heard.is_understood and bool(heard.text))
    if reference is None:
        return heard
    errors = count_errors(words(reference), words(heard.text))
    heard = replace(heard, is_known=True, word_errors=errors.n_errors, n_words=errors.n_reference)
    if not reference.strip():
        is_ignored = not heard.text and not heard.has_woken
        return replace(heard, is_understood=is_ignored, latency_ms=None)
    return heard


def _latency_ms(notes: _Notes, question: Question, realtime: bool) -> float | None:
    """Return the delay of the answer; read in real time, just as it came.

    Read faster, it is the wait in audio time and the work in wall time: what a recogniser would
    have done while somebody spoke counts as work then, so the delay is an upper bound.
    """
    if notes.answered is None or notes.ended is None:
        return None
    if realtime:
        seconds = notes.answered - notes.began - question.end_s
    else:
        seconds = notes.waited_s - question.end_s + notes.answered - notes.ended
    return max(_LEAST_MS, 1000 * seconds)


def tree_cpu_s() -> float:
    """Return the processor time of this process and of its workers, seconds."""
    own = psutil.Process().cpu_times()
    return own.user + own.system + sum(cpu_s for _, cpu_s in workers_cpu_s().values())


def tree_resident_mb() -> float:
    """Return the memory of this process and of its workers now, 10^6 bytes."""
    total = psutil.Process().memory_info().rss
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            total += child.memory_info().rss
    return float(total) / 1e6


def tree_peak_mb() -> float:
    """Return the most memory of this process and of each worker that lives, 10^6 bytes."""
    workers = [child.pid for child in psutil.Process().children(recursive=True)]
    return peak_mb() + sum(map(peak_mb_of, workers))
