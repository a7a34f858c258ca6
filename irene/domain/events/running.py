"""How a run goes: its beginning and end, its settings, its input, what it has too little of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from irene.domain.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """The assistant is ready and begins to listen."""

    event: ClassVar[str] = "run_started"
    providers: Mapping[str, str] = field(default_factory=dict)
    """name of the provider in use for each kind"""
    config: str = ""
    """name of the profile, or of the configuration file without its ending"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputAwaited(Event):
    """Everything is loaded, but the input has brought nothing yet: `run_started` waits for it."""

    event: ClassVar[str] = "input_awaited"
    provider: str
    """name of the input, such as `stdin`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    """The input is over, or the assistant was stopped."""

    event: ClassVar[str] = "run_ended"
    reason: str
    """`end_of_input`, `stopped` or `failed`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """The session is over; the assistant waits again."""

    event: ClassVar[str] = "session_ended"
    reason: str
    """`answered`, `not_understood`, `transcribed`, `empty_transcript`, `no_speech`,
    `interrupted`, `failed` or `cancelled`"""
    spans: Mapping[str, Any] = field(default_factory=dict)
    """where the time went: a tree of `name`, `start_ms`, `duration_ms`, `exclusive_ms`, `count` (if
    not 1) and `children`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRaised(Event):
    """An expected error; the run goes on where it can."""

    event: ClassVar[str] = "error"
    code: str
    """stable code of the error"""
    message: str
    """one line: what, where, what would be right"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Event):
    """Something works less well than the configuration asks for."""

    event: ClassVar[str] = "warning"
    message: str
    """one line that names the key"""


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
    """how long it was away, in wall-clock time"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneMuted(Event):
    """The input is ignored from now on, because somebody asked for that."""

    event: ClassVar[str] = "microphone_muted"


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneUnmuted(Event):
    """The input is heard again."""

    event: ClassVar[str] = "microphone_unmuted"
    seconds: float
    """how long it was ignored, in wall-clock time"""


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
    """Every stream is heard again, or the hub was closed meanwhile."""

    event: ClassVar[str] = "overload_ended"
    seconds: float
    """how long streams had to be set aside"""
    set_aside: int
    """how often a stream was"""
    skipped_s: float
    """audio that no engine heard, of all streams together, seconds"""
