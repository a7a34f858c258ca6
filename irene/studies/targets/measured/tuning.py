"""What the tuning guide asks of voice trigger and speech recognition, with the default engines.

What is heard is the demo's question, at 48 kHz, so that everything has to be converted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np

from irene.components.asr.component import ASRComponent
from irene.components.resampling.clip_conversion import ClipConversion
from irene.components.resampling.component import ResamplingComponent
from irene.components.voice_trigger.component import VoiceTriggerComponent
from irene.config.loading import load_config
from irene.domain.audio import AudioChunk, AudioData, ResampleQuality
from irene.domain.clock import SystemClock
from irene.domain.events import Event
from irene.domain.kinds import Kind
from irene.performance.measuring.engine_cost import CostMeter
from irene.performance.measuring.listening import assembly_of
from irene.performance.measuring.spread import Spread
from irene.performance.speech.demo_question import demo_question
from irene.pipeline.input_plan import input_plan
from irene.pipeline.parts import Parts
from irene.plugin.registry import ComponentRegistry
from irene.studies.startup.answer_times import percentile_95
from irene.studies.targets.finding import Finding
from irene.studies.targets.target import Effort, Found

_RATE = 48000
_PIECE_S = 0.05
"""audio of a call, as in the guide's own snippet"""
_AT_ONCE = 4
"""clips that are handed over at the same time"""


def voice_trigger(effort: Effort) -> Found:
    """The guide's snippet: `detect` with 50 ms after 50 ms; then several clips at once."""
    assembly = assembly_of(str(Kind.VOICE_TRIGGER), _default(Kind.VOICE_TRIGGER))
    question = _question(assembly.resampling)
    component = VoiceTriggerComponent(assembly.voice_trigger_slot())
    meter = CostMeter()
    meter.load(component.slot.chain)
    for _ in range(effort.rounds):
        with meter.processing(question.duration_s):
            component.find(question)
    cost = meter.cost()
    pieces = [AudioData.from_chunk(piece) for piece in question.pieces(_PIECE_S)]
    whole = [AudioData.from_chunk(_quieter(question, number)) for number in range(_AT_ONCE)]
    late_ms, speeds = [], []
    for _ in range(effort.rounds):
        late_ms.append(
            percentile_95(Spread(tuple(1000 * _took_s(component.detect, one) for one in pieces)))
        )
        speeds.append(_AT_ONCE * question.duration_s / _all_took_s(component.detect, whole))
    provider = f"engine: {component.slot.chain.current.name}"
    return {
        "trigger-rtf": Finding(Spread((cost.cpu_per_s,)), note=provider),
        "trigger-latency": Finding(Spread(tuple(late_ms)), note=provider),
        "trigger-memory": Finding.exact(cost.most_mb, provider),
        "trigger-throughput": Finding(Spread(tuple(speeds)), note=provider),
    }


def recognition(effort: Effort) -> Found:
    """The demo's question, recognised; then as many of them at once, none like another."""
    assembly = assembly_of(str(Kind.ASR), _default(Kind.ASR))
    question = _question(assembly.resampling)
    component = ASRComponent(assembly.asr_slot())
    meter = CostMeter()
    meter.load(component.slot.chain)
    for number in range(effort.rounds):
        with meter.processing(question.duration_s):
            component.recognize(_quieter(question, number))
    cost = meter.cost()
    speeds = []
    for turn in range(1, 1 + effort.rounds):
        first = turn * _AT_ONCE + effort.rounds
        clips = [AudioData.from_chunk(_quieter(question, first + k)) for k in range(_AT_ONCE)]
        speeds.append(_AT_ONCE * question.duration_s / _all_took_s(component.process_audio, clips))
    provider = f"engine: {component.slot.chain.current.name}"
    return {
        "recognition-rtf": Finding(Spread((cost.cpu_per_s,)), note=provider),
        "recognition-memory": Finding.exact(cost.most_mb, provider),
        "recognition-throughput": Finding(Spread(tuple(speeds)), note=provider),
    }


def shared_conversions(effort: Effort) -> Found:
    """Live audio at 48 kHz, converted once for all that listen to it."""
    registry = ComponentRegistry.installed()
    config = load_config("demo", registry=registry, environ={})
    parts = Parts(config, registry, _ignore)
    asyncio.run(parts.load())
    try:
        question = _question(parts.resampling)
        ear = parts.ear(input_plan(parts, question.format), SystemClock())
        for piece in question.pieces(_PIECE_S):
            ear.tracks.append(piece.samples)
        live = parts.resampling.stats().live
    finally:
        asyncio.run(parts.close())
    percent = 100 * (1 - live.conversions / max(1, live.served))
    note = f"{live.served} blocks served by {live.conversions} conversions"
    return {
        "trigger-sharing": Finding.exact(percent, note),
        "recognition-sharing": Finding.exact(percent, note),
    }


def _question(resampling: ResamplingComponent) -> AudioChunk:
    """Return the demo's question at 48 kHz."""
    data = AudioData.from_chunk(demo_question(0.5))
    wanted = ClipConversion.of(data, _RATE, ResampleQuality.HQ, 1)
    samples = np.frombuffer(resampling.convert(wanted).data, "<i2").astype(np.int16)
    return AudioChunk(samples, _RATE)


def _quieter(clip: AudioChunk, number: int) -> AudioChunk:
    """Return it a little less loud: no cache has heard it before."""
    return AudioChunk((clip.samples * (1 - number / 200)).astype(np.int16), clip.sample_rate)


def _took_s(call: Callable[[AudioData], Awaitable[Any]], audio: AudioData) -> float:
    return _all_took_s(call, [audio])


def _all_took_s(call: Callable[[AudioData], Awaitable[Any]], clips: Sequence[AudioData]) -> float:
    """Return the wall seconds until calls that begin together have all ended."""

    async def calls() -> float:
        began = time.perf_counter()
        await asyncio.gather(*(call(one) for one in clips))
        return time.perf_counter() - began

    return asyncio.run(calls())


def _default(kind: Kind) -> str:
    registry = ComponentRegistry.installed()
    config = load_config({}, registry=registry, environ={})
    return str(getattr(config, str(kind)).default_provider)


def _ignore(event: Event) -> None:
    """Nobody listens to the events."""
