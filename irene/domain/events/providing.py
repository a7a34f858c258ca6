"""What becomes of the providers: failures, circuits, processes of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from irene.domain.events.event import Event


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
    """the provider that was in use (`from_` in Python)"""
    to: str
    """the provider that is in use now"""
    reason: str
    """one line"""

    def to_dict(self) -> dict[str, Any]:
        """Return the event with `from_` under its public name `from`."""
        body = Event.to_dict(self)
        return {("from" if key == "from_" else key): value for key, value in body.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsUnloaded(Event):
    """The memory budget for models was too small for one that was needed."""

    event: ClassVar[str] = "models_unloaded"
    model: str
    """what was needed, such as `asr provider 'vosk'`"""
    unloaded: tuple[str, ...]
    """what gave way; it is loaded again when it is needed"""
    freed_mb: float
    """what that took, 10^6 bytes"""
    excess_mb: float
    """memory beyond the budget all the same, as everything else is at work, 10^6 bytes"""


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
class CallAbandoned(Event):
    """A provider did not answer in time; the thread that waits for it is left to itself."""

    event: ClassVar[str] = "call_abandoned"
    kind: str
    """kind of the provider"""
    provider: str
    """its name"""
    call: str
    """the call that does not return, such as `load`, `open_stream`, `accept`, `finish`, `process`,
    `identify`, `synthesize`, `handle` or `close`"""
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
    """one line: the signal or exit status, the deadline or the limit that was passed"""
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
