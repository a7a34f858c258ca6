"""What one more session costs in memory, and one more utterance at the same time."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from irene.components.asr.component import ASRComponent
from irene.components.assembly import Assembly
from irene.components.utterances.utterance import Utterance
from irene.config.loading import load_config
from irene.config.sections import Config
from irene.domain.audio import AudioChunk, AudioFormat, Samples
from irene.domain.clock import SystemClock
from irene.domain.events import Event
from irene.errors import ProviderFailedError
from irene.performance.measuring.peak_memory import resident_mb
from irene.performance.speech.demo_question import demo_question
from irene.pipeline.event_stream import EventStream
from irene.pipeline.input_plan import input_plan
from irene.pipeline.listening.command import Command
from irene.pipeline.listening.listener import Listener
from irene.pipeline.parts import Parts
from irene.plugin.registry import ComponentRegistry

_TAIL_S = 40.0
"""silence after the question: what a session keeps of its audio is full then"""
_BLOCK_S = 0.08
_PATIENCE_S = 10.0
"""longest wait for a block to be heard"""


@dataclass(frozen=True)
class SessionMemory:
    """Resident memory that more of the same takes on engines that are loaded once, 10^6 bytes."""

    n_sessions: int
    """further sessions that were opened"""
    session_mb: float
    """of each further session that listens and has heard a question"""
    asr: str
    """name of the recogniser"""
    utterance_mb: float
    """of a second utterance while the first is being recognised"""


@dataclass
class _Questions:
    """Takes what a listener hears, and has it recognised."""

    texts: list[str] = field(default_factory=list)

    def interrupt(self) -> None:
        """Nobody speaks."""

    def attend(self) -> None:
        """Nobody waits to hear it."""

    def grammar(self, now_s: float) -> None:
        """Every utterance may be anything that the assistant understands."""

    def take(self, command: Command) -> None:
        recognition = asyncio.run(command.heard.utterance.result())
        self.texts.append(recognition.hypothesis.text)


def session_memory(n_sessions: int) -> SessionMemory:
    """Open that many sessions beside a first one, then two utterances at once.

    To be run in a new process.

    Raises:
        ProviderFailedError: the demo's question was not understood in every session.
        ProviderUnavailableError: an engine is missing.
    """
    registry = ComponentRegistry.installed()
    config = load_config("demo", registry=registry, environ={})
    session_mb = _session_mb(config, registry, n_sessions)
    asr = config.asr.default_provider
    override = f"asr.providers.{asr}.max_concurrency=2"
    config = load_config("demo", registry=registry, overrides=(override,), environ={})
    return SessionMemory(n_sessions, session_mb, asr, _utterance_mb(Assembly(config, registry)))


def _session_mb(config: Config, registry: ComponentRegistry, n_sessions: int) -> float:
    parts = Parts(config, registry, _ignore)
    asyncio.run(parts.load())
    question = demo_question(_TAIL_S)
    questions = _Questions()
    listeners = [_listening(config, parts, questions, question)]
    before_mb = _collected_mb()
    for _ in range(n_sessions):
        listeners.append(_listening(config, parts, questions, question))
    after_mb = _collected_mb()
    for listener in listeners:
        listener.close()
    asyncio.run(parts.close())
    if len(list(filter(None, questions.texts))) != len(listeners):
        raise ProviderFailedError("the demo's question was not understood; run `irene demo`")
    return (after_mb - before_mb) / n_sessions


@contextmanager
def demo_listener(source: AudioFormat) -> Iterator[Listener]:
    """Lend a session of the demo's that has heard nothing yet, and whose answers are not given.

    Args:
        source: what it is going to hear.
    """
    registry = ComponentRegistry.installed()
    config = load_config("demo", registry=registry, environ={})
    parts = Parts(config, registry, _ignore)
    asyncio.run(parts.load())
    ear = parts.ear(input_plan(parts, source), SystemClock())
    listener = Listener(config, ear, EventStream(_ignore), _Questions(), in_step=False)
    try:
        yield listener
    finally:
        listener.close()
        asyncio.run(parts.close())


def _listening(
    config: Config, parts: Parts, questions: _Questions, question: AudioChunk
) -> Listener:
    """Return a session that has heard the question and waits for the next."""
    ear = parts.ear(input_plan(parts, question.format), SystemClock())
    listener = Listener(config, ear, EventStream(_ignore), questions, in_step=True)
    block = round(_BLOCK_S * question.sample_rate)
    for start in range(0, question.n_samples, block):
        samples = question.samples[start : start + block]
        listener.feed(AudioChunk(samples, question.sample_rate, start / question.sample_rate))
    return listener


def _utterance_mb(assembly: Assembly) -> float:
    """Return what a second utterance adds; one has been recognised before, another is running."""
    asr = assembly.asr()
    track = asr.slot.clip_track(demo_question(0.0))
    samples = track.history.view(0, track.history.end)
    _finished(_begun(asr, track.sample_rate, samples))
    first = _begun(asr, track.sample_rate, samples)
    before_mb = _collected_mb()
    _finished(_begun(asr, track.sample_rate, samples))
    after_mb = _collected_mb()
    _finished(first)
    asr.close()
    return after_mb - before_mb


def _begun(asr: ASRComponent, sample_rate: int, samples: Samples) -> Utterance:
    utterance = asr.open(sample_rate)
    block = round(_BLOCK_S * sample_rate)
    for start in range(0, len(samples), block):
        utterance.feed(samples[start : start + block])
        utterance.wait_idle(_PATIENCE_S)
    return utterance


def _finished(utterance: Utterance) -> None:
    utterance.end()
    utterance.wait()


def _collected_mb() -> float:
    gc.collect()
    return resident_mb()


def _ignore(event: Event) -> None:
    """Nobody listens to the events."""
