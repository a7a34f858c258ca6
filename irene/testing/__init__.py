"""Parts for testing plugins: contract suites, scripted providers, a session, signals, a clock."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from irene.testing.bench import events_of as events_of
    from irene.testing.bench import plugin_of as plugin_of
    from irene.testing.bench import registry_of as registry_of
    from irene.testing.clock import VirtualClock as VirtualClock
    from irene.testing.contracts.asr import AsrContract as AsrContract
    from irene.testing.contracts.breach import ContractBrokenError as ContractBrokenError
    from irene.testing.contracts.contract import ProviderContract as ProviderContract
    from irene.testing.contracts.echo_cancellation import (
        EchoCancellationContract as EchoCancellationContract,
    )
    from irene.testing.contracts.input import InputContract as InputContract
    from irene.testing.contracts.intent_recognition import (
        IntentRecognitionContract as IntentRecognitionContract,
    )
    from irene.testing.contracts.intents import IntentsContract as IntentsContract
    from irene.testing.contracts.language import LanguageContract as LanguageContract
    from irene.testing.contracts.output import OutputContract as OutputContract
    from irene.testing.contracts.resampling import ResamplingContract as ResamplingContract
    from irene.testing.contracts.running import CheckResult as CheckResult
    from irene.testing.contracts.running import run_suite as run_suite
    from irene.testing.contracts.suites import CONTRACT_SUITES as CONTRACT_SUITES
    from irene.testing.contracts.suites import contract_of as contract_of
    from irene.testing.contracts.tts import TtsContract as TtsContract
    from irene.testing.contracts.vad import VadContract as VadContract
    from irene.testing.contracts.voice_trigger import VoiceTriggerContract as VoiceTriggerContract
    from irene.testing.faults.fault import EVERY_CALL as EVERY_CALL
    from irene.testing.faults.fault import Fault as Fault
    from irene.testing.faults.fault import PlannedFault as PlannedFault
    from irene.testing.faults.injector import FaultInjector as FaultInjector
    from irene.testing.faults.injector import Injected as Injected
    from irene.testing.room import Cue as Cue
    from irene.testing.room import Room as Room
    from irene.testing.room import at as at
    from irene.testing.room import silent as silent
    from irene.testing.room import speaking as speaking
    from irene.testing.scripted import LANGUAGE_LEVELS as LANGUAGE_LEVELS
    from irene.testing.scripted import SPEECH_LEVEL as SPEECH_LEVEL
    from irene.testing.scripted import WAKE_LEVEL as WAKE_LEVEL
    from irene.testing.scripted import AsrScript as AsrScript
    from irene.testing.scripted import ScriptedAsr as ScriptedAsr
    from irene.testing.scripted import ScriptedInput as ScriptedInput
    from irene.testing.scripted import ScriptedLanguage as ScriptedLanguage
    from irene.testing.scripted import ScriptedOutput as ScriptedOutput
    from irene.testing.scripted import ScriptedTts as ScriptedTts
    from irene.testing.scripted import ScriptedVad as ScriptedVad
    from irene.testing.scripted import ScriptedVoiceTrigger as ScriptedVoiceTrigger
    from irene.testing.services import ScriptedServices as ScriptedServices
    from irene.testing.session import ScriptedHandler as ScriptedHandler
    from irene.testing.session import ScriptedRecognizer as ScriptedRecognizer
    from irene.testing.session import ScriptedSession as ScriptedSession
    from irene.testing.signals import Signal as Signal
    from irene.testing.signals import full_scale as full_scale
    from irene.testing.signals import noise as noise
    from irene.testing.signals import signals as signals
    from irene.testing.signals import silence as silence
    from irene.testing.signals import speech as speech
    from irene.testing.signals import tone as tone

_HOMES = {
    "irene.testing.bench": "events_of plugin_of registry_of",
    "irene.testing.clock": "VirtualClock",
    "irene.testing.contracts.asr": "AsrContract",
    "irene.testing.contracts.breach": "ContractBrokenError",
    "irene.testing.contracts.contract": "ProviderContract",
    "irene.testing.contracts.echo_cancellation": "EchoCancellationContract",
    "irene.testing.contracts.input": "InputContract",
    "irene.testing.contracts.intent_recognition": "IntentRecognitionContract",
    "irene.testing.contracts.intents": "IntentsContract",
    "irene.testing.contracts.language": "LanguageContract",
    "irene.testing.contracts.output": "OutputContract",
    "irene.testing.contracts.resampling": "ResamplingContract",
    "irene.testing.contracts.running": "CheckResult run_suite",
    "irene.testing.contracts.suites": "CONTRACT_SUITES contract_of",
    "irene.testing.contracts.tts": "TtsContract",
    "irene.testing.contracts.vad": "VadContract",
    "irene.testing.contracts.voice_trigger": "VoiceTriggerContract",
    "irene.testing.faults.fault": "EVERY_CALL Fault PlannedFault",
    "irene.testing.faults.injector": "FaultInjector Injected",
    "irene.testing.room": "Cue Room at silent speaking",
    "irene.testing.scripted": "LANGUAGE_LEVELS SPEECH_LEVEL WAKE_LEVEL AsrScript ScriptedAsr "
    "ScriptedInput ScriptedLanguage ScriptedOutput ScriptedTts ScriptedVad ScriptedVoiceTrigger",
    "irene.testing.services": "ScriptedServices",
    "irene.testing.session": "ScriptedHandler ScriptedRecognizer ScriptedSession",
    "irene.testing.signals": "Signal full_scale noise signals silence speech tone",
}
"""Where each name lives: names are imported when first used, so that pytest starts no slower."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605 - built from the table above


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'irene.testing' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
