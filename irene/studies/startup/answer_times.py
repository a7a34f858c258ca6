"""From the end of speech to its transcript: what the engine takes, and what the framework adds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from irene.config.loading import load_config
from irene.domain.events import RunStarted, Transcript
from irene.errors import ProviderFailedError
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.measuring.spread import Spread
from irene.performance.speech.demo_question import demo_question, write_recording
from irene.pipeline.assistant import Assistant
from irene.plugin.host import PluginHost, installed_plugins
from irene.studies.listening_cost.instant_asr import InstantAsr, instant_plugin
from irene.studies.startup.timed_asr import TimedRegistry

_TAIL_S = 0.6
"""silence after the recording: the end silence falls in it"""
_PHASE_S = 0.08
"""range over which the recording is shifted, the longest block"""
_DEFAULT_BLOCK_MS = 40
_SHORT_BLOCK_MS = 20


@dataclass(frozen=True)
class Scene:
    """How the demo's question is asked."""

    asr: str
    """name of the recogniser; empty: the demo's own"""
    realtime: bool
    """whether the recording is read at the speed at which it was spoken"""
    block_ms: int = _DEFAULT_BLOCK_MS
    """milliseconds of audio per block of the input"""

    @property
    def is_usual(self) -> bool:
        """Whether the input is read as a microphone is by default."""
        return self.realtime and self.block_ms == _DEFAULT_BLOCK_MS


SCENES = (
    Scene("", realtime=True),
    Scene("", realtime=False),
    Scene(InstantAsr.name, realtime=True),
    Scene(InstantAsr.name, realtime=True, block_ms=_SHORT_BLOCK_MS),
    Scene(InstantAsr.name, realtime=False),
)


@dataclass(frozen=True)
class AnswerTimes:
    """What one scene took, a value per utterance; wall milliseconds."""

    scene: Scene
    asr: str
    """name of the recogniser"""
    finish_ms: Spread
    """the engine's last step alone"""
    latency_ms: Spread
    """`latency_ms` of the event `transcript`: from the decision that speech is over to its text"""
    beyond_ms: Spread | None
    """from the end of speech to the event, less the end silence; None where nothing is paced"""


def answer_times(scenes: Sequence[Scene], n_utterances: int, folder: Path) -> list[AnswerTimes]:
    """Measure each scene in a process of its own.

    Args:
        scenes: what to measure.
        n_utterances: questions per scene.
        folder: where recordings are written.

    Raises:
        ProviderFailedError: the question was not understood.
    """
    return [run_isolated(_measure, scene, n_utterances, folder) for scene in scenes]


def percentile_95(values: Spread) -> float:
    """Return the value that 95 of 100 do not exceed, interpolated between the two nearest."""
    return float(np.percentile(values.values, 95))


def _measure(scene: Scene, n_utterances: int, folder: Path) -> AnswerTimes:
    return asyncio.run(_ask(scene, n_utterances, folder / "question.wav"))


async def _ask(scene: Scene, n_utterances: int, recording: Path) -> AnswerTimes:
    registry = TimedRegistry(PluginHost([*installed_plugins(), instant_plugin()]))
    overrides = _overrides(scene, recording)
    config = load_config("demo", registry=registry, overrides=overrides, environ={})
    beyond_s = []
    latency_ms = []
    write_recording(demo_question(_TAIL_S, 0.0), recording)  # it is looked for before the start
    async with Assistant(config, registry) as assistant:
        registry.finish_ms.clear()  # warming up is no utterance
        for index in range(n_utterances):
            # Where speech ends within a block and within a window of the VAD is chance.
            shift_s = _PHASE_S * index / n_utterances
            write_recording(demo_question(_TAIL_S, shift_s), recording)
            said_s, transcript = await _transcript(assistant, scene.realtime)
            beyond_s.append(said_s - transcript.end_s - config.vad.end_silence_ms / 1000)
            latency_ms.append(transcript.latency_ms)
    return AnswerTimes(
        scene=scene,
        asr=config.asr.default_provider,
        finish_ms=Spread(tuple(registry.finish_ms)),
        latency_ms=Spread(tuple(latency_ms)),
        beyond_ms=Spread(tuple(1000 * one for one in beyond_s)) if scene.realtime else None,
    )


def _overrides(scene: Scene, recording: Path) -> tuple[str, ...]:
    asr = (f"asr.default_provider={scene.asr}",) if scene.asr else ()
    return (
        f"inputs.providers.file.path='{recording}'",
        f"inputs.providers.file.block_ms={scene.block_ms}",
        "outputs.default_provider=none",
        *asr,
    )


async def _transcript(assistant: Assistant, realtime: bool) -> tuple[float, Transcript]:
    """Return the transcript of a run, and when it came: wall seconds since reading began.

    Reading begins with `run_started` (0.2 ms before it arrives, measured).

    Raises:
        ProviderFailedError: there was none.
    """
    began = said_s = 0.0
    transcript: Transcript | None = None
    async for event in assistant.run(realtime=realtime):
        if isinstance(event, RunStarted):
            began = time.perf_counter()
        elif isinstance(event, Transcript):
            said_s, transcript = time.perf_counter() - began, event
    if transcript is None or not transcript.text:
        raise ProviderFailedError("the demo's question was not understood; run `irene demo`")
    return said_s, transcript
