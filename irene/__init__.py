"""irene: an offline-first, plugin-based voice assistant framework."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from irene.audio.input_buffer import InputBuffer as InputBuffer
    from irene.audio.pauses import PauseEar as PauseEar
    from irene.audio.ring_buffer import RingBuffer as RingBuffer
    from irene.cache.encoder import EncoderCache as EncoderCache
    from irene.cache.optimized import OptimizedLRUCache as OptimizedLRUCache
    from irene.cache.policies import CachePolicy as CachePolicy
    from irene.cache.responses import ResponseCache as ResponseCache
    from irene.components.resampling.audio_processor import (
        AudioFormatConverter as AudioFormatConverter,
    )
    from irene.components.resampling.audio_processor import AudioProcessor as AudioProcessor
    from irene.components.resampling.audio_processor import ConversionMethod as ConversionMethod
    from irene.components.spoken_text.sentences import SentenceCutter as SentenceCutter
    from irene.components.voice_trigger.wake_hub.hub import WakeWordHub as WakeWordHub
    from irene.components.voice_trigger.wake_hub.stats import HubStats as HubStats
    from irene.components.voice_trigger.wake_hub.stream import HubStream as HubStream
    from irene.domain.audio import AudioChunk as AudioChunk
    from irene.domain.audio import AudioData as AudioData
    from irene.domain.audio import AudioFormat as AudioFormat
    from irene.domain.audio import LostAudio as LostAudio
    from irene.domain.audio import ResampleQuality as ResampleQuality
    from irene.domain.audio import Samples as Samples
    from irene.domain.clock import Clock as Clock
    from irene.domain.events import AlertCleared as AlertCleared
    from irene.domain.events import AlertRaised as AlertRaised
    from irene.domain.events import AnnouncementMade as AnnouncementMade
    from irene.domain.events import AudioDropped as AudioDropped
    from irene.domain.events import CallAbandoned as CallAbandoned
    from irene.domain.events import CircuitChanged as CircuitChanged
    from irene.domain.events import ConfigurationRefused as ConfigurationRefused
    from irene.domain.events import ConfigurationReloaded as ConfigurationReloaded
    from irene.domain.events import DeviceLost as DeviceLost
    from irene.domain.events import DeviceRecovered as DeviceRecovered
    from irene.domain.events import ErrorRaised as ErrorRaised
    from irene.domain.events import Event as Event
    from irene.domain.events import FollowUpStarted as FollowUpStarted
    from irene.domain.events import InputAwaited as InputAwaited
    from irene.domain.events import IntentNotRecognized as IntentNotRecognized
    from irene.domain.events import IntentRecognized as IntentRecognized
    from irene.domain.events import LanguageChanged as LanguageChanged
    from irene.domain.events import LanguageIdentified as LanguageIdentified
    from irene.domain.events import LateResult as LateResult
    from irene.domain.events import MemoryPressure as MemoryPressure
    from irene.domain.events import MicrophoneMuted as MicrophoneMuted
    from irene.domain.events import MicrophoneUnmuted as MicrophoneUnmuted
    from irene.domain.events import ModelsUnloaded as ModelsUnloaded
    from irene.domain.events import Overloaded as Overloaded
    from irene.domain.events import OverloadEnded as OverloadEnded
    from irene.domain.events import ProviderFailed as ProviderFailed
    from irene.domain.events import ProviderSwitched as ProviderSwitched
    from irene.domain.events import ResponseGiven as ResponseGiven
    from irene.domain.events import ResponsePartial as ResponsePartial
    from irene.domain.events import RunEnded as RunEnded
    from irene.domain.events import RunStarted as RunStarted
    from irene.domain.events import SessionEnded as SessionEnded
    from irene.domain.events import SettingsProposed as SettingsProposed
    from irene.domain.events import SpeechEnded as SpeechEnded
    from irene.domain.events import SpeechStarted as SpeechStarted
    from irene.domain.events import SpeechSynthesized as SpeechSynthesized
    from irene.domain.events import StopWordDetected as StopWordDetected
    from irene.domain.events import StreamWakeWordDetected as StreamWakeWordDetected
    from irene.domain.events import Transcript as Transcript
    from irene.domain.events import TranscriptPartial as TranscriptPartial
    from irene.domain.events import UtteranceHedged as UtteranceHedged
    from irene.domain.events import UtteranceKept as UtteranceKept
    from irene.domain.events import WakeWordDetected as WakeWordDetected
    from irene.domain.events import Warned as Warned
    from irene.domain.events import WorkerDied as WorkerDied
    from irene.domain.events import WorkerQuarantined as WorkerQuarantined
    from irene.domain.events import WorkerRestarted as WorkerRestarted
    from irene.domain.grammar import Arc as Arc
    from irene.domain.grammar import Grammar as Grammar
    from irene.domain.intents import FALLBACK_INTENT as FALLBACK_INTENT
    from irene.domain.intents import Intent as Intent
    from irene.domain.intents import IntentInfo as IntentInfo
    from irene.domain.intents import Response as Response
    from irene.domain.kinds import Kind as Kind
    from irene.domain.speech import Hypothesis as Hypothesis
    from irene.domain.speech import WakeWordDetection as WakeWordDetection
    from irene.domain.speech import Word as Word
    from irene.errors import AudioFormatError as AudioFormatError
    from irene.errors import ConfigurationError as ConfigurationError
    from irene.errors import DeviceError as DeviceError
    from irene.errors import DownloadError as DownloadError
    from irene.errors import IreneError as IreneError
    from irene.errors import ModelMissingError as ModelMissingError
    from irene.errors import ModelRefusedError as ModelRefusedError
    from irene.errors import NotRunningError as NotRunningError
    from irene.errors import ProviderFailedError as ProviderFailedError
    from irene.errors import ProviderUnavailableError as ProviderUnavailableError
    from irene.errors import RequestError as RequestError
    from irene.files.replacing import replace_file as replace_file
    from irene.files.text import why_unreadable as why_unreadable
    from irene.memory.buffer import AudioBuffer as AudioBuffer
    from irene.memory.pool import AudioBufferPool as AudioBufferPool
    from irene.models.catalogue import CatalogueModel as CatalogueModel
    from irene.models.catalogue import ModelFile as ModelFile
    from irene.models.hints import install_hint as install_hint
    from irene.models.store import find_model as find_model
    from irene.pipeline.answering.replying import Reply as Reply
    from irene.pipeline.assistant import Assistant as Assistant
    from irene.pipeline.typed import TypedAssistant as TypedAssistant
    from irene.plugin.marker import hookimpl as hookimpl
    from irene.providers.asr import Asr as Asr
    from irene.providers.asr import AsrCapabilities as AsrCapabilities
    from irene.providers.asr import AsrRequest as AsrRequest
    from irene.providers.asr import AsrStream as AsrStream
    from irene.providers.availability import READY as READY
    from irene.providers.availability import Availability as Availability
    from irene.providers.availability import Licence as Licence
    from irene.providers.availability import needs_package as needs_package
    from irene.providers.echo_cancellation import EchoCanceller as EchoCanceller
    from irene.providers.echo_cancellation import (
        EchoCancellerCapabilities as EchoCancellerCapabilities,
    )
    from irene.providers.echo_cancellation import EchoCancellerStream as EchoCancellerStream
    from irene.providers.input import Device as Device
    from irene.providers.input import Input as Input
    from irene.providers.input import InputPlace as InputPlace
    from irene.providers.input import InputStream as InputStream
    from irene.providers.intent_recognition import NO_CONTEXT as NO_CONTEXT
    from irene.providers.intent_recognition import Context as Context
    from irene.providers.intent_recognition import IntentMatcher as IntentMatcher
    from irene.providers.intent_recognition import IntentRecognizer as IntentRecognizer
    from irene.providers.intent_recognition import SampleSentence as SampleSentence
    from irene.providers.intent_recognition import SentenceSource as SentenceSource
    from irene.providers.intent_recognition import SentenceTest as SentenceTest
    from irene.providers.intents import HandlerContext as HandlerContext
    from irene.providers.intents import IntentHandler as IntentHandler
    from irene.providers.intents import Services as Services
    from irene.providers.language import LanguageCapabilities as LanguageCapabilities
    from irene.providers.language import LanguageIdentifier as LanguageIdentifier
    from irene.providers.output import Output as Output
    from irene.providers.output import OutputStream as OutputStream
    from irene.providers.provider import NoOptions as NoOptions
    from irene.providers.resampling import Resampler as Resampler
    from irene.providers.resampling import ResampleStream as ResampleStream
    from irene.providers.resampling import converted_length as converted_length
    from irene.providers.shared_engines import Borrowed as Borrowed
    from irene.providers.shared_engines import SharedEngines as SharedEngines
    from irene.providers.tts import SpeechRequest as SpeechRequest
    from irene.providers.tts import Tts as Tts
    from irene.providers.tts import TtsCapabilities as TtsCapabilities
    from irene.providers.vad import Vad as Vad
    from irene.providers.vad import VadCapabilities as VadCapabilities
    from irene.providers.vad import VadStream as VadStream
    from irene.providers.voice_trigger import VoiceTrigger as VoiceTrigger
    from irene.providers.voice_trigger import VoiceTriggerCapabilities as VoiceTriggerCapabilities
    from irene.providers.voice_trigger import VoiceTriggerStream as VoiceTriggerStream
    from irene.telemetry.performance_metrics import PerformanceMetrics as PerformanceMetrics

_HOMES = {
    "irene.components.resampling.audio_processor": (
        "AudioFormatConverter AudioProcessor ConversionMethod"
    ),
    "irene.audio.input_buffer": "InputBuffer",
    "irene.cache.optimized": "OptimizedLRUCache",
    "irene.cache.policies": "CachePolicy",
    "irene.cache.responses": "ResponseCache",
    "irene.audio.pauses": "PauseEar",
    "irene.audio.ring_buffer": "RingBuffer",
    "irene.cache.encoder": "EncoderCache",
    "irene.components.spoken_text.sentences": "SentenceCutter",
    "irene.components.voice_trigger.wake_hub.hub": "WakeWordHub",
    "irene.components.voice_trigger.wake_hub.stats": "HubStats",
    "irene.components.voice_trigger.wake_hub.stream": "HubStream",
    "irene.domain.audio": "AudioChunk AudioData AudioFormat LostAudio ResampleQuality Samples",
    "irene.domain.clock": "Clock",
    "irene.domain.events": "AlertCleared AlertRaised "
    "AnnouncementMade AudioDropped CallAbandoned CircuitChanged "
    "ConfigurationRefused ConfigurationReloaded DeviceLost "
    "DeviceRecovered ErrorRaised Event FollowUpStarted InputAwaited "
    "IntentNotRecognized IntentRecognized LanguageChanged LanguageIdentified "
    "LateResult MemoryPressure "
    "MicrophoneMuted MicrophoneUnmuted ModelsUnloaded OverloadEnded Overloaded "
    "ProviderFailed ProviderSwitched ResponseGiven ResponsePartial "
    "RunEnded RunStarted SessionEnded SettingsProposed SpeechEnded SpeechStarted "
    "SpeechSynthesized StopWordDetected StreamWakeWordDetected "
    "Transcript TranscriptPartial UtteranceHedged UtteranceKept "
    "WakeWordDetected Warned WorkerDied WorkerQuarantined "
    "WorkerRestarted",
    "irene.domain.grammar": "Arc Grammar",
    "irene.domain.intents": "FALLBACK_INTENT Intent IntentInfo Response",
    "irene.domain.kinds": "Kind",
    "irene.domain.speech": "Hypothesis WakeWordDetection Word",
    "irene.errors": "AudioFormatError ConfigurationError DeviceError DownloadError IreneError "
    "ModelMissingError ModelRefusedError NotRunningError ProviderFailedError "
    "ProviderUnavailableError RequestError",
    "irene.files.replacing": "replace_file",
    "irene.files.text": "why_unreadable",
    "irene.memory.buffer": "AudioBuffer",
    "irene.memory.pool": "AudioBufferPool",
    "irene.models.catalogue": "CatalogueModel ModelFile",
    "irene.models.hints": "install_hint",
    "irene.telemetry.performance_metrics": "PerformanceMetrics",
    "irene.models.store": "find_model",
    "irene.pipeline.assistant": "Assistant",
    "irene.pipeline.answering.replying": "Reply",
    "irene.pipeline.typed": "TypedAssistant",
    "irene.plugin.marker": "hookimpl",
    "irene.providers.asr": "Asr AsrCapabilities AsrRequest AsrStream",
    "irene.providers.availability": "READY Availability Licence needs_package",
    "irene.providers.echo_cancellation": "EchoCanceller EchoCancellerCapabilities "
    "EchoCancellerStream",
    "irene.providers.input": "Device Input InputPlace InputStream",
    "irene.providers.intent_recognition": "NO_CONTEXT Context IntentMatcher "
    "IntentRecognizer SampleSentence SentenceSource SentenceTest",
    "irene.providers.intents": "HandlerContext IntentHandler Services",
    "irene.providers.language": "LanguageCapabilities LanguageIdentifier",
    "irene.providers.output": "Output OutputStream",
    "irene.providers.provider": "NoOptions",
    "irene.providers.resampling": "ResampleStream Resampler converted_length",
    "irene.providers.shared_engines": "Borrowed SharedEngines",
    "irene.providers.tts": "SpeechRequest Tts TtsCapabilities",
    "irene.providers.vad": "Vad VadCapabilities VadStream",
    "irene.providers.voice_trigger": "VoiceTrigger VoiceTriggerCapabilities VoiceTriggerStream",
}
"""Where each public name lives: names are imported when first used, so `import irene` is cheap."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__version__ = "0.1.0"
__all__ = ["__version__", *sorted(_HOME_OF)]  # noqa: PLE0604 - built from the table above


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'irene' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
