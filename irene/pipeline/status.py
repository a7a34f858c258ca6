"""A running assistant at one moment, for whoever asks from outside."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import irene
from irene.config.sections import Config
from irene.memory.usage import process_usage
from irene.pipeline.parts import Parts
from irene.pipeline.state import LastError, RunState
from irene.telemetry.process import workers_bytes


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Resident memory, 10^6 bytes."""

    used_mb: float
    """of the assistant's own process"""
    workers_mb: float
    """of the processes that it started"""
    limit_mb: float | None
    """`assistant.memory_limit_mb`; None without one"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A running assistant at one moment."""

    name: str
    """`assistant.name`"""
    version: str
    """version of irene"""
    pid: int
    """number of its process"""
    config: str
    """name of the profile, or of the configuration file without its ending"""
    config_path: str | None
    """the file; None when the configuration was given from Python"""
    refused: tuple[str, ...]
    """what is wrong with the file as it was read last, a line each: another one is in force"""
    restart: tuple[str, ...]
    """dotted keys of the file that wait for the next start"""
    started: str
    """local date and time at which it was made, with its offset (ISO 8601)"""
    uptime_s: float
    """seconds since then"""
    state: str
    """`starting`, `waiting` (for the wake word), `listening`, `transcribing`, `answering` or
    `ended`"""
    session: int | None
    """number of the session in progress; None outside of any"""
    n_sessions: int
    """sessions of this run that are over"""
    muted: bool
    """whether the input is ignored"""
    speaking: bool
    """whether something is being said, or rings"""
    audio_s: float
    """audio time up to which the input was processed, seconds"""
    language: str
    """language that is spoken, as a BCP 47 tag: the one that was identified last, if there are
    several"""
    serving: Mapping[str, str]
    """name of the provider that serves in each slot"""
    memory: MemoryUse
    """what it takes"""
    last_error: LastError | None
    """None when there was none"""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return asdict(self)


def status_of(config: Config, state: RunState, parts: Parts, muted: bool, audio_s: float) -> Status:
    """Return the status of the assistant that these belong to; asks for memory, loads nothing."""
    settings = config.assistant
    return Status(
        name=settings.name,
        version=irene.__version__,
        pid=os.getpid(),
        config=config.name,
        config_path=str(config.path.absolute()) if config.path else None,
        refused=state.refused,
        restart=state.restart,
        started=state.began.isoformat(timespec="seconds"),
        uptime_s=round(state.clock.monotonic() - state.began_s, 3),
        state=state.doing,
        session=state.session,
        n_sessions=state.n_sessions,
        muted=muted,
        speaking=parts.mouth.is_speaking,
        audio_s=round(audio_s, 3),
        language=state.language or settings.language,
        serving=parts.expected(),
        memory=memory_use(settings.memory_limit_mb),
        last_error=state.last_error,
    )


def memory_use(limit_mb: float | None) -> MemoryUse:
    """Return what this process and those that it started take, with a configured limit."""
    own, workers = process_usage(0).used, workers_bytes()
    limit = limit_mb or None
    return MemoryUse(round(own / 1e6, 1), round(workers / 1e6, 1), limit)
