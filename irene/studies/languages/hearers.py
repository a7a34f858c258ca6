"""Utterances that are heard in real time, as an assistant hears them, in one language of several.

The language is given, or identified beside recognition, or before it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from irene.components.assembly import Assembly
from irene.components.language.component import Opinion
from irene.components.language.listening import LanguageListener
from irene.components.language.utterances import Stretch, utterances_of
from irene.components.utterances.callbacks import UtteranceCallbacks
from irene.components.utterances.utterance import Utterance
from irene.config.loading import load_config
from irene.domain.audio import Samples
from irene.domain.languages import is_same_language
from irene.performance.speech.recordings import Recording
from irene.pipeline.listening.utterance import LiveUtterance
from irene.plugin.registry import ComponentRegistry

RATE = 16000
"""Hz of the recordings"""
_BLOCK_S = 0.1
_SURE_S = 60.0
"""speech after which nobody doubts the language"""
_PATIENCE_MS = 60_000

Sleep = Callable[[float], Awaitable[object]]
"""Waits so many seconds."""


@dataclass(frozen=True)
class Way:
    """When the language of an utterance is found out."""

    name: str
    language: Mapping[str, object]
    """settings of the section `[language]`"""

    @property
    def identifies(self) -> bool:
        """Whether it is found out at all."""
        return bool(self.language["enabled"])


GIVEN = Way("given", {"enabled": False})
BESIDE = Way("beside", {"enabled": True, "parallel": True})
BEFORE = Way("before", {"enabled": True, "parallel": False})
WAYS = (GIVEN, BESIDE, BEFORE)


@dataclass(frozen=True)
class Engine:
    """A provider, and its options."""

    name: str
    options: Mapping[str, object]


@dataclass(frozen=True)
class Said:
    """A recording of one utterance, from its beginning to the silence that ends it."""

    name: str
    language: str
    samples: Samples
    """int16, mono, 16 kHz"""
    speech_s: float
    """of which this is speech"""

    @classmethod
    def of(cls, recording: Recording, samples: Samples, end_silence_s: float) -> Said:
        """Return a recording up to the end of its speech, and so much of silence behind it."""
        parts = utterances_of(samples, RATE) or [Stretch(0.0, samples.shape[0] / RATE)]
        end = round((parts[-1].end_s + end_silence_s) * RATE)
        heard = np.zeros(end, np.int16)
        there = samples[:end]
        heard[: there.shape[0]] = there
        speech_s = parts[-1].end_s - parts[0].start_s
        return cls(recording.path.name, recording.language, heard, speech_s)


@dataclass(frozen=True)
class Wait:
    """What became of one utterance."""

    wait_s: float
    """from the end of the utterance to its text, wall seconds"""
    cpu_s: float
    """CPU seconds of the process for the whole utterance"""
    text: str


class Hearer:
    """An identifier and a recogniser that hear one utterance after another, in one way."""

    def __init__(
        self,
        identifier: Engine,
        recogniser: Engine,
        way: Way,
        languages: Sequence[str],
        *,
        registry: ComponentRegistry | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Load both and warm them up; blocks.

        Raises:
            IreneError: an engine or a model is missing, or a name is none.
        """
        self.way = way
        """when the language is found out"""
        registry = registry or ComponentRegistry.installed()
        tables = _tables(identifier, recogniser, way, languages)
        self._assembly = Assembly(load_config(tables, registry=registry, environ={}), registry)
        self._sleep = sleep
        self._asr = self._assembly.asr()
        self._language = self._assembly.language()
        self.end_silence_s = self._assembly.config.vad.end_silence_ms / 1000
        """silence that ends an utterance, seconds"""
        self._asr.slot.chain.current.provider.warm_up()
        if self._language is not None:
            self._language.slot.chain.current.provider.warm_up()

    def knows(self, language: str) -> bool:
        """Whether the recogniser does."""
        known = self._asr.slot.chain.current.provider.capabilities.languages
        return not known or any(is_same_language(language, one) for one in known)

    def hear(self, said: Said, before: str) -> Wait:
        """Hear an utterance in real time, after others in the language `before`; blocks.

        Raises:
            ProviderFailedError: the recogniser has failed.
        """
        self._assembly.engines.encodings.clear()
        return asyncio.run(self._heard(said, before))

    def close(self) -> None:
        """Free the engines."""
        self._asr.close()
        if self._language is not None:
            self._language.slot.chain.close()

    async def _heard(self, said: Said, before: str) -> Wait:
        def recognise(language: str | None, callbacks: UtteranceCallbacks) -> Utterance:
            return self._asr.open(RATE, language or said.language, None, callbacks)

        began_cpu_s = time.process_time()
        utterance = LiveUtterance(
            recognise, lambda partial: None, in_step=False, languages=self._listener(before)
        )
        await self._speak(utterance, said.samples)
        began_s = time.perf_counter()
        utterance.end(said.speech_s)
        recognition = await utterance.result()
        wait_s = time.perf_counter() - began_s
        return Wait(wait_s, time.process_time() - began_cpu_s, recognition.hypothesis.text)

    def _listener(self, before: str) -> LanguageListener | None:
        if self._language is None:
            return None
        listener = LanguageListener(self._language)
        listener.settle(Opinion({before: 1.0}), _SURE_S)
        return listener

    async def _speak(self, utterance: LiveUtterance, samples: Samples) -> None:
        """Feed an utterance as fast as it was spoken."""
        due_s = time.perf_counter()
        for block in _blocks(samples):
            due_s += block.shape[0] / RATE
            await self._sleep(max(0.0, due_s - time.perf_counter()))
            utterance.feed(block)


def _blocks(samples: Samples) -> Iterator[Samples]:
    length = round(_BLOCK_S * RATE)
    for start in range(0, samples.shape[0], length):
        yield samples[start : start + length]


def _tables(
    identifier: Engine, recogniser: Engine, way: Way, languages: Sequence[str]
) -> dict[str, Any]:
    return {
        "assistant": {"transcribe_timeout_ms": _PATIENCE_MS},
        "language": {
            **way.language,
            "languages": list(languages),
            "wait_ms": _PATIENCE_MS,
            "default_provider": identifier.name,
            "providers": {identifier.name: dict(identifier.options)},
        },
        "asr": {
            "default_provider": recogniser.name,
            "fallback_providers": [],
            "grammar": "off",
            "providers": {recogniser.name: dict(recogniser.options)},
        },
    }
