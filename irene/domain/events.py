"""Everything that happens in a run, as events: the list only grows, names never change."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from irene.domain.intents import SlotValue
from irene.domain.speech import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, at an audio time, inside a session or outside of any."""

    event: ClassVar[str] = "event"
    """Public name of the event."""
    time_s: float = 0.0
    """audio position of the input when this was decided, seconds; never goes back"""
    session: int | None = None
    """number of the session, counted from 1 in each run; null outside a session"""

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON-ready data, `event`, `session` and `time_s` first."""
        body = {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}
        head = {"event": self.event, "session": body.pop("session"), "time_s": body.pop("time_s")}
        return {**head, **body}


def _plain(value: Any) -> Any:
    """Turn dataclasses, mappings and tuples into dicts and lists; round seconds to the sample."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """The assistant is ready and begins to listen."""

    event: ClassVar[str] = "run_started"
    providers: Mapping[str, str] = field(default_factory=dict)
    """name of the provider in use for each kind"""
    config: str = ""
    """path or profile name of the configuration"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordDetected(Event):
    """A wake word crossed its threshold; a session begins."""

    event: ClassVar[str] = "wake_word_detected"
    wake_word: str
    """normalised name, such as `hey_jarvis`"""
    score: float
    """0 to 1"""
    provider: str
    """the provider that heard it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWordDetected(Event):
    """A stop word crossed its threshold while the assistant spoke or rang; it falls silent."""

    event: ClassVar[str] = "stop_word_detected"
    stop_word: str
    """normalised name, such as `that_is_enough`"""
    score: float
    """0 to 1"""
    provider: str
    """the provider that heard it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted(Event):
    """Somebody began to speak."""

    event: ClassVar[str] = "speech_started"
    start_s: float
    """audio time at which speech began, before the decision"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded(Event):
    """The utterance is over."""

    event: ClassVar[str] = "speech_ended"
    start_s: float
    """audio time at which speech began"""
    end_s: float
    """audio time at which speech ended, before the decision"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptPartial(Event):
    """What the recogniser believes so far; may be revised."""

    event: ClassVar[str] = "transcript_partial"
    text: str
    """words so far"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript(Event):
    """What was said."""

    event: ClassVar[str] = "transcript"
    text: str
    """the words, without what was left of the wake word"""
    is_final: bool = True
    """always true: partial text has an event of its own"""
    provider: str
    """the recogniser that produced the text"""
    language: str | None = None
    """BCP 47 tag"""
    confidence: float | None = None
    """0 to 1; null where the engine gives none"""
    in_grammar: bool | None = None
    """whether it is a sentence that recognition was confined to; null without a grammar"""
    words: tuple[Word, ...] = ()
    """words with audio times"""
    start_s: float
    """audio time at which the utterance starts"""
    end_s: float
    """audio time at which the utterance ends"""
    latency_ms: float
    """processing time from the decision that speech had ended to this text"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRecognized(Event):
    """The text matched an intent."""

    event: ClassVar[str] = "intent_recognized"
    intent: str
    """name of the intent"""
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    """named values found in the text"""
    text: str
    """the text that was understood"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentNotRecognized(Event):
    """Nobody understood the text."""

    event: ClassVar[str] = "intent_not_recognized"
    text: str
    """the text that was not understood"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseGiven(Event):
    """The assistant's answer."""

    event: ClassVar[str] = "response"
    text: str
    """what is answered"""
    asks: str = ""
    """slot that the answer asks for; empty when it asks for nothing"""
    data: Mapping[str, Any] = field(default_factory=dict)
    """the same answer for programs, as its handler gives it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePartial(Event):
    """A piece of an answer that is still being made; `response` holds the whole one."""

    event: ClassVar[str] = "response_partial"
    text: str
    """the sentence that became known"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementMade(Event):
    """Something that nobody asked for just now, such as a timer that is due."""

    event: ClassVar[str] = "announcement"
    text: str
    """what is said"""
    rings: bool = False
    """whether the alarm sound is played until somebody stops it"""
    data: Mapping[str, Any] = field(default_factory=dict)
    """the same for programs, as its handler gives it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpStarted(Event):
    """The next utterance is heard without a wake word; it belongs to the same conversation."""

    event: ClassVar[str] = "follow_up_started"
    asks: str = ""
    """slot that was asked for; empty when any command may follow"""
    timeout_s: float
    """how long it waits for speech"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSynthesized(Event):
    """The answer is audio now."""

    event: ClassVar[str] = "speech_synthesized"
    seconds: float
    """length of the audio"""
    provider: str
    """the voice that spoke"""
    cached: bool
    """whether the audio came from the phrase cache"""


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
class MicrophoneMuted(Event):
    """The input is ignored from now on, because somebody asked for that."""

    event: ClassVar[str] = "microphone_muted"


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneUnmuted(Event):
    """The input is heard again."""

    event: ClassVar[str] = "microphone_unmuted"
    seconds: float
    """how long it was ignored"""


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
    ConfigurationReloaded,
    ConfigurationRefused,
    CircuitChanged,
    MicrophoneMuted,
    MicrophoneUnmuted,
    CallAbandoned,
    LateResult,
    UtteranceKept,
    UtteranceHedged,
    CircuitChanged,
    WorkerDied,
    WorkerRestarted,
    WorkerQuarantined,
)
"""Every event there is."""
