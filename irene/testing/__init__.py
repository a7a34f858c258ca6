"""Parts for testing plugins: scripted providers, a room, signals, a virtual clock, a bench."""

from irene.testing.bench import events_of, plugin_of, registry_of
from irene.testing.clock import VirtualClock
from irene.testing.faults.fault import EVERY_CALL, Fault, PlannedFault
from irene.testing.faults.injector import FaultInjector, Injected
from irene.testing.room import Cue, Room, at, silent, speaking
from irene.testing.scripted import (
    LANGUAGE_LEVELS,
    SPEECH_LEVEL,
    WAKE_LEVEL,
    AsrScript,
    ScriptedAsr,
    ScriptedInput,
    ScriptedLanguage,
    ScriptedOutput,
    ScriptedTts,
    ScriptedVad,
    ScriptedVoiceTrigger,
)
from irene.testing.services import ScriptedServices
from irene.testing.signals import noise, silence, tone

__all__ = [
    "EVERY_CALL",
    "LANGUAGE_LEVELS",
    "SPEECH_LEVEL",
    "WAKE_LEVEL",
    "AsrScript",
    "Cue",
    "Fault",
    "FaultInjector",
    "Injected",
    "PlannedFault",
    "Room",
    "ScriptedAsr",
    "ScriptedInput",
    "ScriptedLanguage",
    "ScriptedOutput",
    "ScriptedServices",
    "ScriptedTts",
    "ScriptedVad",
    "ScriptedVoiceTrigger",
    "VirtualClock",
    "at",
    "events_of",
    "noise",
    "plugin_of",
    "registry_of",
    "silence",
    "silent",
    "speaking",
    "tone",
]
