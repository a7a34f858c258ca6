"""The whole assistant: a recording in, the answer out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from irene.config.sections import Config, ProviderTable
from irene.domain.events import (
    ErrorRaised,
    Event,
    SessionEnded,
    SpeechSynthesized,
    Transcript,
    WakeWordDetected,
)
from irene.domain.kinds import Kind
from irene.errors import ProviderFailedError
from irene.performance.benchmark.clips import Clip
from irene.performance.benchmark.work.stage import Stage
from irene.performance.benchmark.work.work import Outcome, Work
from irene.performance.speech.demo_question import write_recording
from irene.performance.speech.word_errors import WordErrors
from irene.pipeline.assistant import Assistant
from irene.plugin.registry import ComponentRegistry


def pipeline(stage: Stage) -> Iterator[Work]:
    """Yield the assistant: everything from reading a recording to the end of its answer.

    A recording is read as fast as possible; what is said goes to no loudspeaker, and no phrase is
    kept, so that the voice works every time.
    """
    if stage.provider is not None:
        stage.leave_out("pipeline", "", "--provider means one part of it")
        return
    assistant, loop = _Assistant(stage), _Loop()

    def call(turn: int) -> Outcome:
        return _outcome(stage, [loop.run(assistant.answered(clip)) for clip in stage.clips])

    yield Work(
        component="pipeline",
        provider="",
        what=f"{stage.what}, to the end of the answer",
        call=call,
        audio_s=stage.audio_s,
        load=lambda: loop.run(assistant.enter()),
        close=lambda: _close(loop, assistant),
        is_elsewhere=True,
    )


class _Loop:
    """An event loop that stands still between two calls."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def run(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class _Assistant:
    """An assistant that hears one recording after another, each from the same file.

    So that its engines are loaded once: what changes is what lies in that place.
    """

    def __init__(self, stage: Stage) -> None:
        self._heard = stage.folder / "heard.wav"
        self._next = stage.folder / "next.wav"
        self._files = {
            clip.name: stage.folder / f"clip-{n}.wav" for n, clip in enumerate(stage.clips)
        }
        for clip in stage.clips:
            write_recording(clip.audio, self._files[clip.name])
        self._lay(stage.clips[0])
        config = _hearing(stage.config, stage.registry, self._heard)
        self._assistant = Assistant(config, stage.registry)
        self._is_entered = False

    async def enter(self) -> None:
        """Load and warm up everything."""
        await self._assistant.__aenter__()
        self._is_entered = True

    async def leave(self) -> None:
        """Put everything away."""
        if self._is_entered:
            await self._assistant.__aexit__(None, None, None)

    async def answered(self, clip: Clip) -> list[Event]:
        """Return what happened while it heard a recording.

        Raises:
            ProviderFailedError: something went wrong.
        """
        self._lay(clip)
        events = [event async for event in self._assistant.run()]
        error = next((one for one in events if isinstance(one, ErrorRaised)), None)
        if error is not None:
            raise ProviderFailedError(error.message)
        return events

    def _lay(self, clip: Clip) -> None:
        self._next.unlink(missing_ok=True)
        os.link(self._files[clip.name], self._next)
        self._next.replace(self._heard)


def _hearing(config: Config, registry: ComponentRegistry, path: Path) -> Config:
    """Return the configuration with a recording as input, and nobody who hears the answer."""
    table = config.inputs.providers.get("file") or ProviderTable(name="file", type="file")
    options: Any = table.options or registry.find(Kind.INPUT, "file").cls.Options()
    heard = replace(table, enabled=True, options=replace(options, path=str(path)))
    inputs = replace(
        config.inputs,
        default_provider="file",
        fallback_providers=(),
        providers={**config.inputs.providers, "file": heard},
    )
    outputs = replace(
        config.outputs,
        default_provider="none",
        fallback_providers=(),
        providers={**config.outputs.providers, "none": ProviderTable(name="none", type="none")},
    )
    tts, language = replace(config.tts, cache_max_mb=0.0), config.language
    return replace(
        config,
        inputs=inputs,
        outputs=outputs,
        tts=tts,
        language=replace(language, encoder_cache_size=0),
        asr=replace(config.asr, keep_failed=0, cache_size=0),
        assistant=replace(config.assistant, watch=False),
    )


def _outcome(stage: Stage, runs: Sequence[Sequence[Event]]) -> Outcome:
    """Return what was heard and said; a recording without a wake word is none that was heard."""
    texts = [_joined(events) for events in runs]
    events = [event for run in runs for event in run]
    waits = [wait for event in events if (wait := _response_ms(event)) is not None]
    spoken = [event.seconds for event in events if isinstance(event, SpeechSynthesized)]
    further = {"commands": float(sum(isinstance(event, Transcript) for event in events))}
    if stage.config.voice_trigger.enabled:
        woken = [any(isinstance(one, WakeWordDetected) for one in run) for run in runs]
        further["woken_share"] = fmean(woken)
    if waits:
        further["response_ms"] = fmean(waits)
    return Outcome(errors=_errors(stage, texts), made_s=sum(spoken), further=further)


def _errors(stage: Stage, texts: Sequence[str]) -> WordErrors | None:
    """Return the word errors of the commands: the wake word is no part of a transcript."""
    commands = [clip.text and stage.command(clip.text) for clip in stage.clips]
    known = [replace(clip, text=text) for clip, text in zip(stage.clips, commands, strict=True)]
    return replace(stage, clips=known).errors(texts)


def _joined(events: Sequence[Event]) -> str:
    return " ".join(event.text for event in events if isinstance(event, Transcript))


def _response_ms(event: Event) -> float | None:
    """Return the time from the end of speech to the first audio of the answer."""
    if not isinstance(event, SessionEnded):
        return None
    stages = event.spans.get("children", ())
    return next((one["duration_ms"] for one in stages if one["name"] == "response"), None)


def _close(loop: _Loop, assistant: _Assistant) -> None:
    loop.run(assistant.leave())
    loop.close()
