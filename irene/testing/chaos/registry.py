"""Every provider that a trial needs, wrapped so that it can go wrong."""

from __future__ import annotations

from typing import Any

from irene.domain.kinds import Kind
from irene.plugin.host import ProviderClass
from irene.plugin.registry import ComponentRegistry
from irene.testing.bench import registry_of
from irene.testing.chaos.configuration import SLOTS
from irene.testing.chaos.engines import (
    NumberAsr,
    NumberCanceller,
    NumberHandler,
    NumberOutput,
    NumberRecognizer,
    NumberVoice,
    OtherNumberVoice,
)
from irene.testing.chaos.microphone import ChaosMicrophone
from irene.testing.faults.injector import FaultInjector
from irene.testing.scripted import ScriptedVad, ScriptedVoiceTrigger


def registry_of_all(faults: FaultInjector) -> ComponentRegistry:
    """Return a registry of all providers of `SLOTS`, and of the recogniser that runs apart."""
    soxr: Any = ComponentRegistry.installed().find(Kind.RESAMPLING, "soxr").cls
    wrap = faults.wrap
    classes: list[ProviderClass] = [
        wrap(ChaosMicrophone),
        wrap(NumberHandler),
        wrap(NumberCanceller),
        *(wrap(soxr, name) for name in SLOTS["resampling"]),
        *(wrap(ScriptedVoiceTrigger, name) for name in SLOTS["voice_trigger"]),
        *(wrap(ScriptedVad, name) for name in SLOTS["vad"]),
        *(wrap(NumberAsr, name) for name in SLOTS["asr"]),
        *(wrap(NumberRecognizer, name) for name in SLOTS["intent_recognition"]),
        wrap(NumberVoice, SLOTS["tts"][0]),
        wrap(OtherNumberVoice, SLOTS["tts"][1]),
        *(wrap(NumberOutput, name) for name in SLOTS["outputs"]),
    ]
    return registry_of(*classes, NumberAsr)
