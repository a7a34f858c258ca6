"""The section of the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from irene.config.sections.limits import MEMORY_MB

LogLevel = Literal["debug", "info", "warning", "error"]
"""Least weight of what is logged."""


@dataclass(frozen=True, kw_only=True)
class LoggingSection:
    """The log of `irene run`: every event, and what the libraries have to say."""

    level: LogLevel = "info"
    """least weight of what irene logs; what other libraries log counts from warnings on"""
    levels: Mapping[str, LogLevel] = field(default_factory=dict)
    """the same for single loggers and those below them, such as `httpx = "debug"`, or
    `"irene.events.transcript" = "warning"` to keep out what was said"""
    format: Literal["text", "json"] = "text"
    """lines for people, or one JSON object a line"""
    console: Literal["auto", "events", "log"] = "auto"
    """what is printed: events, as people read them, or the log, on standard error; auto: the log
    where systemd's journal takes it, else events"""
    file: str = field(default="", metadata={"path": True})
    """file of the log, for its owner only; empty: none"""
    file_max_mb: float = field(default=10.0, metadata=MEMORY_MB)
    """size at which a new file is begun, 10^6 bytes; 0 leaves that to others, such as logrotate"""
    file_keep: int = field(default=5, metadata={"range": (1, 1000)})
    """former files that are kept: FILE.1 is the newest of them"""
