"""Parts for testing plugins: scripted providers, signals, a virtual clock, a bench."""

from irene.testing.bench import events_of, plugin_of, registry_of
from irene.testing.clock import VirtualClock
from irene.testing.scripted import (
    SPEECH_LEVEL,
    WAKE_LEVEL,
    AsrScript,
    ScriptedAsr,
    ScriptedInput,
    ScriptedOutput,
    ScriptedTts,
    ScriptedVad,
    ScriptedVoiceTrigger,
)
from irene.testing.services import ScriptedServices
from irene.testing.signals import noise, silence, tone

__all__ = [
    "SPEECH_LEVEL",
    "WAKE_LEVEL",
    "AsrScript",
    "ScriptedAsr",
    "ScriptedInput",
    "ScriptedOutput",
    "ScriptedServices",
    "ScriptedTts",
    "ScriptedVad",
    "ScriptedVoiceTrigger",
    "VirtualClock",
    "events_of",
    "noise",
    "plugin_of",
    "registry_of",
    "silence",
    "tone",
]
