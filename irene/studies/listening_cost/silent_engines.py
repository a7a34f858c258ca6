"""Engines that take no time and a microphone that never waits: what is left is the framework's."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from irene.domain.audio import Samples
from irene.plugin.marker import hookimpl
from irene.plugin.source import PluginSource
from irene.providers.asr import Asr
from irene.providers.provider import NoOptions
from irene.providers.vad import Vad, VadStream
from irene.providers.voice_trigger import VoiceTrigger, VoiceTriggerCapabilities, VoiceTriggerStream
from irene.studies.listening_cost.instant_asr import InstantAsr

NAME = "silent"
WAKE_WORD = "hello"
_SCORES = {WAKE_WORD: 0.0}


class SilentTriggerStream(VoiceTriggerStream):
    """Never hears the wake word."""

    def process(self, window: Samples) -> Mapping[str, float]:
        """Take no time."""
        return _SCORES

    def reset(self) -> None:
        """Keep nothing."""


class SilentTrigger(VoiceTrigger[NoOptions]):
    """Wants to be fed as microWakeWord and openWakeWord do; never offered by an install."""

    name = NAME
    summary = "hears nothing, at once"
    capabilities = VoiceTriggerCapabilities(window=1280, wake_words=(WAKE_WORD,))

    def open_stream(self, wake_words: Sequence[str]) -> SilentTriggerStream:
        """Start listening."""
        return SilentTriggerStream()


class SilentVadStream(VadStream):
    """Never hears speech, or always."""

    def __init__(self, probability: float) -> None:
        self._probability = probability

    def process(self, window: Samples) -> float:
        """Take no time."""
        return self._probability

    def reset(self) -> None:
        """Keep nothing."""


class SilentVad(Vad[NoOptions]):
    """Wants to be fed as Silero does; never offered by an install."""

    name = NAME
    summary = "takes everything for silence, at once"
    probability: ClassVar[float] = 0.0

    def open_stream(self) -> SilentVadStream:
        """Start listening."""
        return SilentVadStream(self.probability)


def silent_plugin() -> PluginSource:
    """Return this module as a plugin that a host can load."""
    return PluginSource(NAME, __name__, lambda: importlib.import_module(__name__))


@hookimpl
def irene_voice_triggers() -> list[type[VoiceTrigger[Any]]]:
    """Offer the voice trigger."""
    return [SilentTrigger]


@hookimpl
def irene_vads() -> list[type[Vad[Any]]]:
    """Offer the VAD."""
    return [SilentVad]


@hookimpl
def irene_asrs() -> list[type[Asr[Any]]]:
    """Offer a recogniser."""
    return [InstantAsr]
