"""The section of the flight recorder: which sessions are kept, where, and how many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from irene.config.sections.limits import POSITIVE


@dataclass(frozen=True, kw_only=True)
class RecorderSection:
    """The flight recorder: sessions as files that `irene replay` repeats, for whoever wants that.

    A recording holds what was said, and what was said in the moments before, in the clear; nobody
    but its owner can read it. Nothing is kept unless `enabled` says so.
    """

    enabled: bool = False
    """whether sessions are kept: audio, events, configuration without secrets, versions"""
    folder: str = field(default="", metadata={"path": True})
    """where; empty: `recordings` in the state folder of the assistant"""
    keep: Literal["sessions", "everything"] = "sessions"
    """what is kept of the audio: what belongs to a session, with the moments before; or all of it,
    in pieces of ten minutes, to find out why a wake word was not heard"""
    before_s: float = field(default=5.0, metadata={"range": (0, 60)})
    """audio from before a session that is kept with it, seconds: the wake word is in it, and
    engines that hear the recording need some audio to find their feet"""
    max_mb: float = field(default=200.0, metadata={"range": (1, 1_000_000)})
    """most that all recordings may take together, 10^6 bytes; the oldest go first"""
    max_files: int = field(default=500, metadata=POSITIVE)
    """most recordings; the oldest go first"""
    max_days: float = field(default=14.0, metadata={"range": (0.01, 3650)})
    """age at which a recording goes, days"""
