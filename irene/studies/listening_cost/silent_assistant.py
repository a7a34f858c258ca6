"""A listening assistant whose engines take no time: what it does is the framework's alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from irene.config.loading import load_config
from irene.domain.audio import AudioChunk
from irene.domain.clock import SystemClock
from irene.domain.events import Event
from irene.domain.grammar import Grammar
from irene.pipeline.event_stream import EventStream
from irene.pipeline.input_plan import input_plan
from irene.pipeline.listening.capture import Capture
from irene.pipeline.listening.command import Command
from irene.pipeline.listening.listener import Listener
from irene.pipeline.parts import Parts
from irene.plugin.host import PluginHost, installed_plugins
from irene.plugin.registry import ComponentRegistry
from irene.providers.input import Input
from irene.studies.listening_cost.silent_engines import NAME, WAKE_WORD, silent_plugin


class SilentAssistant:
    """The assistant's own capture, echo removal and listener, fed from one live input.

    Nobody answers, and nobody looks at the events.
    """

    def __init__(
        self,
        source: Input[Any],
        sample_rate: int,
        *,
        slots: Mapping[str, Any] | None = None,
        trigger: Mapping[str, Any] | None = None,
    ) -> None:
        """Load everything and open the input.

        Args:
            source: what is heard.
            sample_rate: its rate, Hz.
            slots: settings of voice trigger, VAD and ASR.
            trigger: further settings of the voice trigger.
        """
        registry = ComponentRegistry(PluginHost([*installed_plugins(), silent_plugin()]))
        settings = _settings(slots or {}, trigger or {})
        config = load_config(settings, registry=registry, environ={})
        self._parts = Parts(config, registry, _ignore)
        asyncio.run(self._parts.load())
        clock, events = SystemClock(), EventStream(_ignore)
        self.capture = Capture(source, events, clock, paced=False)
        """what reads the input"""
        self.capture.open()
        self.ear = self._parts.ear(input_plan(self._parts, self.capture.format), clock)
        """what the listener works with"""
        self.listener = Listener(config, self.ear, events, _Nobody(), in_step=False)
        """what hears it"""
        self.listener.on_block = self.capture.prefer_block
        self._parts.own_voice.begin(sample_rate, live=True)

    def hear(self) -> None:
        """Hear what the input delivers until it says that this is the end."""
        self.capture.run(self._take, self.ear.costs)

    def close(self) -> None:
        """Free the engines."""
        asyncio.run(self._parts.close())

    def _take(self, chunk: AudioChunk) -> int:
        return self.listener.feed(self._parts.own_voice.clean(chunk))


class _Nobody:
    """Answers nothing."""

    def interrupt(self) -> None: ...

    def attend(self) -> None: ...

    def grammar(self, now_s: float) -> Grammar | None: ...

    def take(self, command: Command) -> None: ...


def _settings(slots: Mapping[str, Any], trigger: Mapping[str, Any]) -> dict[str, Any]:
    silent = {"default_provider": NAME, "fallback_providers": [], **slots}
    return {
        "voice_trigger": {**silent, "wake_words": [WAKE_WORD], **trigger},
        "vad": silent,
        "asr": {"default_provider": "instant", **slots},
        "intent_recognition": {"enabled": False},
        "outputs": {"default_provider": "none"},
        "tts": {"enabled": False},
    }


def _ignore(event: Event) -> None:
    """Nobody listens to the events."""
