"""Everything that happens in a run, as events: the list only grows, names never change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from irene.domain.event import Event
from irene.domain.session_events import (
    AnnouncementMade,
    FollowUpStarted,
    IntentNotRecognized,
    IntentRecognized,
    ResponseGiven,
    ResponsePartial,
    RunStarted,
    SpeechEnded,
    SpeechStarted,
    SpeechSynthesized,
    StopWordDetected,
    Transcript,
    TranscriptPartial,
    WakeWordDetected,
)

__all__ = [  # what stands in other modules; the rest stands here
    "AnnouncementMade",
    "Event",
    "FollowUpStarted",
    "IntentNotRecognized",
    "IntentRecognized",
    "ResponseGiven",
    "ResponsePartial",
    "RunStarted",
    "SpeechEnded",
    "SpeechStarted",
    "SpeechSynthesized",
    "StopWordDetected",
    "Transcript",
    "TranscriptPartial",
    "WakeWordDetected",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFailed(Event):
    """A provider could not be loaded, or raised while it worked."""

    event: ClassVar[str] = "provider_failed"
    kind: str
    """kind of the provider"""
    provider: str
    """its name"""
    reason: str
    """one line"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSwitched(Event):
    """Another provider took over."""

    event: ClassVar[str] = "provider_switched"
    kind: str
    """kind of the providers"""
    from_: str
    """the provider that was in use; `from` in JSON"""
    to: str
    """the provider that is in use now"""
    reason: str
    """one line"""

    def to_dict(self) -> dict[str, Any]:
        """Return the event with `from_` under its public name `from`."""
        body = Event.to_dict(self)
        return {("from" if key == "from_" else key): value for key, value in body.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioDropped(Event):
    """Input was lost before it could be processed."""

    event: ClassVar[str] = "audio_dropped"
    seconds: float
    """how much was lost"""
    reason: str
    """one line"""
    n_samples: int = 0
    """how much that is in samples per channel of the input"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLost(Event):
    """A microphone or loudspeaker vanished; it is being reopened."""

    event: ClassVar[str] = "device_lost"
    device: str
    """name of the device"""
    reason: str
    """one line"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecovered(Event):
    """A lost device works again."""

    event: ClassVar[str] = "device_recovered"
    device: str
    """name of the device"""
    seconds: float
    """how long it was away"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Event):
    """Something works less well than the configuration asks for."""

    event: ClassVar[str] = "warning"
    message: str
    """one line that names the key"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPressure(Event):
    """Memory is scarce, or there is enough again: what caches and pools may keep has changed."""

    event: ClassVar[str] = "memory_pressure"
    used_mb: float
    """memory that was in use, 10^6 bytes"""
    limit_mb: float
    """what there is in all, 10^6 bytes"""
    freed_mb: float
    """how much less was in use afterwards, 10^6 bytes"""
    share: float
    """what caches and pools may keep from now on, of their size: 0 to 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """The session is over; the assistant waits again."""

    event: ClassVar[str] = "session_ended"
    reason: str
    """`answered`, `not_understood`, `transcribed`, `empty_transcript`, `no_speech`,
    `interrupted`, `failed` or `cancelled`"""
    spans: Mapping[str, Any] = field(default_factory=dict)
    """tree of the time that every stage took"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    """The input is over, or the assistant was stopped."""

    event: ClassVar[str] = "run_ended"
    reason: str
    """`end_of_input`, `stopped` or `failed`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRaised(Event):
    """An expected error; the run goes on where it can."""

    event: ClassVar[str] = "error"
    code: str
    """stable code of the error"""
    message: str
    """one line: what, where, what would be right"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWakeWordDetected(Event):
    """A wake word crossed its threshold in one of many streams."""

    event: ClassVar[str] = "stream_wake_word_detected"
    stream: str
    """name of the stream, or of the recording"""
    wake_word: str
    """normalised name, such as `hey_jarvis`"""
    score: float
    """0 to 1"""
    provider: str
    """name of the provider that heard it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overloaded(Event):
    """More streams have something to hear than the engines can follow; some are not heard now."""

    event: ClassVar[str] = "overloaded"
    late_s: float
    """how long the oldest audio had been waiting, seconds"""
    streams: int
    """streams in which there was sound"""
    set_aside: int
    """those of them that are not listened to for now"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverloadEnded(Event):
    """Every stream is heard again."""

    event: ClassVar[str] = "overload_ended"
    seconds: float
    """how long streams had to be set aside"""
    set_aside: int
    """how often a stream was"""
    skipped_s: float
    """audio that no engine heard, of all streams together, seconds"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAbandoned(Event):
    """A provider did not answer in time; the thread that waits for it is left to itself."""

    event: ClassVar[str] = "call_abandoned"
    kind: str
    """kind of the provider"""
    provider: str
    """its name"""
    call: str
    """the call that does not return, such as `accept`"""
    seconds: float
    """how long it was waited for"""
    abandoned: int
    """threads that hang in providers of this kind now"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LateResult(Event):
    """A provider that had been given up answered after all; its answer is discarded."""

    event: ClassVar[str] = "late_result"
    kind: str
    """kind of the provider"""
    provider: str
    """its name"""
    seconds: float
    """how long it took"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceKept(Event):
    """Every recogniser failed; what was said is on the disk, for `irene transcribe --pending`."""

    event: ClassVar[str] = "utterance_kept"
    path: str
    """the recording"""
    seconds: float
    """its length"""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """why each recogniser failed, by name"""
    dropped: int = 0
    """older ones that had to go for it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceHedged(Event):
    """A recogniser takes longer than usual: another one hears the same, the first text counts."""

    event: ClassVar[str] = "utterance_hedged"
    provider: str
    """the recogniser that was asked first"""
    second: str
    """the one that was asked as well"""
    seconds: float
    """how long the first one had taken"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitChanged(Event):
    """A provider is left alone for a while, is being tried, or is asked again."""

    event: ClassVar[str] = "circuit_changed"
    kind: str
    """slot that it fills, such as `asr`"""
    provider: str
    """name of the provider"""
    before: str
    """`closed` (it is asked), `open` (it is left alone) or `half_open` (it is being tried)"""
    after: str
    """what it is now, in the same words"""
    reason: str
    """why, in words"""
    open_s: float = 0.0
    """time until it is tried, seconds; of an opening only"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDied(Event):
    """A provider's process of its own has ended, or had to be ended; it is started again."""

    event: ClassVar[str] = "worker_died"
    kind: str
    """kind of the provider"""
    provider: str
    """its name"""
    worker: int
    """which of its processes, from 1"""
    reason: str
    """one line"""
    restart_s: float
    """wait before it is started again, seconds"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRestarted(Event):
    """A provider's process of its own serves again."""

    event: ClassVar[str] = "worker_restarted"
    kind: str
    """kind of the provider"""
    provider: str
    """its name"""
    worker: int
    """which of its processes, from 1"""
    seconds: float
    """how long it was away"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerQuarantined(Event):
    """A provider's processes died too often: one is not started again for a while."""

    event: ClassVar[str] = "worker_quarantined"
    kind: str
    """kind of the provider"""
    provider: str
    """its name"""
    worker: int
    """which of its processes, from 1"""
    deaths: int
    """how often they died, shortly after one another"""
    seconds: float
    """how long it is left alone"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationReloaded(Event):
    """The assistant goes by another configuration; what was begun goes by the one before."""

    event: ClassVar[str] = "configuration_reloaded"
    changed: tuple[str, ...]
    """dotted keys that changed and are in force; none when there was nothing to do"""
    restart: tuple[str, ...]
    """dotted keys that differ and wait for the next start"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationRefused(Event):
    """Another configuration was wrong, or would not work; the assistant goes on as it was."""

    event: ClassVar[str] = "configuration_refused"
    problems: tuple[str, ...]
    """one line each: where, what was found, what would be right"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneMuted(Event):
    """The input is ignored from now on, because somebody asked for that."""

    event: ClassVar[str] = "microphone_muted"


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneUnmuted(Event):
    """The input is heard again."""

    event: ClassVar[str] = "microphone_unmuted"
    seconds: float
    """how long it was ignored"""


EVENTS: tuple[type[Event], ...] = (
    RunStarted,
    WakeWordDetected,
    StopWordDetected,
    SpeechStarted,
    SpeechEnded,
    TranscriptPartial,
    Transcript,
    IntentRecognized,
    IntentNotRecognized,
    ResponseGiven,
    ResponsePartial,
    AnnouncementMade,
    FollowUpStarted,
    SpeechSynthesized,
    ProviderFailed,
    ProviderSwitched,
    AudioDropped,
    DeviceLost,
    DeviceRecovered,
    Warned,
    MemoryPressure,
    SessionEnded,
    RunEnded,
    ErrorRaised,
    StreamWakeWordDetected,
    Overloaded,
    OverloadEnded,
    CallAbandoned,
    LateResult,
    UtteranceKept,
    UtteranceHedged,
    CircuitChanged,
    WorkerDied,
    WorkerRestarted,
    WorkerQuarantined,
    ConfigurationReloaded,
    ConfigurationRefused,
    MicrophoneMuted,
    MicrophoneUnmuted,
)
"""Every event there is."""
