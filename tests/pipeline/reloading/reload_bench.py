"""A scripted assistant whose configuration changes at given chunks of its input."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from irene import NO_CONTEXT, Assistant, IntentHandler, IntentMatcher, IntentRecognizer, Response
from irene.config.loading import load_config
from irene.domain.intents import Intent
from irene.providers.input import InputStream
from irene.testing import (
    AsrScript,
    ScriptedAsr,
    ScriptedInput,
    ScriptedOutput,
    ScriptedTts,
    ScriptedVad,
    ScriptedVoiceTrigger,
    registry_of,
    silence,
)

WAKE = np.full(1600, 25000, np.int16)
SPEECH = np.full(16000, 3000, np.int16)
COMMAND = (silence(1.5), WAKE, silence(0.3), SPEECH, silence(1.5))


class Anything(IntentRecognizer[None]):
    """Understands every text."""

    name = "anything"

    def open_matcher(self, sources):
        """There is nothing to compile."""
        return _Anything()

    def read_folder(self, folder):
        """There are no folders."""
        return []


class _Anything(IntentMatcher):
    def match(self, text, language, context=NO_CONTEXT):
        return Intent("Test", text)


class Answer(IntentHandler[None]):
    """Answers with the text it was asked."""

    name = "answer"
    intents = ("Test",)

    def handle(self, intent, context):
        """Answer."""
        return Response(f"you said {intent.text}")


class SteppedInput(ScriptedInput):
    """A recording that does something before some of its chunks."""

    name = "stepped"
    before: ClassVar[dict[int, Callable[[], None]]] = {}
    """what is done, by the number of the chunk that comes next"""

    def open_stream(self) -> InputStream:
        """Start at the beginning."""
        return _Stepped(super().open_stream(), type(self).before)


class _Stepped(InputStream):
    def __init__(self, stream: InputStream, before: Mapping[int, Callable[[], None]]) -> None:
        self._stream = stream
        self._before = before
        self._n_read = 0

    @property
    def format(self):
        return self._stream.format

    def read(self):
        if work := self._before.get(self._n_read):
            work()
        self._n_read += 1
        return self._stream.read()

    def close(self):
        self._stream.close()


class Bench:
    """One run of an assistant; `reload_at` changes its configuration before a chunk."""

    def __init__(self) -> None:
        self.asr = type("Asr", (ScriptedAsr,), {"name": "first", "script": AsrScript()})
        second = {"name": "second", "script": AsrScript("turn it off")}
        self.second_asr = type("Asr2", (ScriptedAsr,), second)
        self.trigger = type("Trigger", (ScriptedVoiceTrigger,), {})
        self.vad = type("Vad", (ScriptedVad,), {})
        self.voice = type("Voice", (ScriptedTts,), {})
        self.second_voice = type("Voice2", (ScriptedTts,), {"name": "second"})
        self.output = type("Output", (ScriptedOutput,), {})
        self.input = type("Input", (SteppedInput,), {"before": {}})
        self.others: list[Any] = []
        self.made: list[Any] = []
        self.reports: list[Any] = []
        self.assistant: Assistant | None = None
        self.config: dict[str, Any] = {
            "voice_trigger": {
                "default_provider": "scripted",
                "fallback_providers": [],
                "wake_words": ["hello"],
            },
            "vad": {"default_provider": "scripted", "fallback_providers": []},
            "asr": {"default_provider": "first"},
            "tts": {"default_provider": "scripted"},
            "intent_recognition": {"default_provider": "anything", "tiers": []},
            "intents": {"handlers": ["answer"]},
            "inputs": {"default_provider": "stepped"},
            "outputs": {"default_provider": "scripted", "fallback_providers": []},
        }

    def registry(self):
        """Return a registry of the bench's providers; `made` holds every one that comes to be."""
        from irene_plugins.resampling.linear import LinearResampler
        from irene_plugins.resampling.soxr import SoxrResampler

        listening = (self.trigger, self.vad, self.asr, self.second_asr, self.input)
        answering = (Anything, Answer, self.voice, self.second_voice, self.output, *self.others)
        return registry_of(*listening, *answering, SoxrResampler, LinearResampler)

    def changed(self, *changes: tuple[str, Any]) -> dict[str, Any]:
        """Return the configuration with some keys changed, as in ("asr.partials", False)."""
        config = copy.deepcopy(self.config)
        for key, value in changes:
            table = config
            *path, last = key.split(".")
            for part in path:
                table = table.setdefault(part, {})
            table[last] = value
        return config

    def reload_at(self, chunk: int, *changes: tuple[str, Any]) -> None:
        """Reload, with some keys changed, before this chunk is read."""
        self.do_at(chunk, lambda: self.reload(*changes))

    def do_at(self, chunk: int, work: Callable[[], None]) -> None:
        """Do something on the capture thread before this chunk is read."""
        self.input.before[chunk] = work

    def reload(self, *changes: tuple[str, Any]) -> None:
        """Reload with some keys changed; blocks, not on the loop."""
        config = load_config(self.changed(*changes), registry=self._registry)
        reloading = self.assistant.reload(config)
        done = asyncio.run_coroutine_threadsafe(reloading, self._loop)
        self.reports.append(done.result(timeout=60))

    def play(self, *parts, **run) -> list[dict[str, Any]]:
        """Run the assistant on these pieces of audio and return its events as dicts."""
        self.input.audio = np.concatenate(parts)
        return asyncio.run(self._play(**run))

    async def _play(self, realtime=False, **made):
        self._loop = asyncio.get_running_loop()
        self._registry = self.registry()
        config = load_config(self.config, registry=self._registry)
        self.assistant = Assistant(config, self._registry, **made)
        async with self.assistant:
            return [event.to_dict() async for event in self.assistant.run(realtime)]


def told(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the events of a name."""
    return [event for event in events if event["event"] == name]


def story(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what happened but for what no two runs share, and for the reloads themselves."""
    left_out = ("spans", "latency_ms", "rtf")
    kept = [event for event in events if not event["event"].startswith("configuration_")]
    return [{k: v for k, v in event.items() if k not in left_out} for event in kept]
