"""What a hub has done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HubStats:
    """What a hub has done since its start, or since the last time it was asked to forget."""

    n_streams: int
    """streams that are open"""
    n_hearing: int
    """those of them that hold an engine now"""
    n_set_aside: int
    """those of them that should hold one, but have been set aside"""
    n_windows: int
    """windows that engines heard"""
    p50_delay_s: float
    """half of all windows were decided within this time of their arrival, seconds"""
    p99_delay_s: float
    """99 % of all windows were, seconds"""
    longest_delay_s: float
    skipped_s: float
    """audio of open streams that no engine heard because of an overload, seconds"""
    lost_s: float
    """audio of open streams that was dropped unjudged, seconds"""
