"""Timers: what is kept of each, and which of them is meant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from irene_plugins.intents.agenda.picking import called, in_order
from irene_plugins.intents.spoken.durations import read_duration, read_number

LATEST_S = 1e11
"""seconds since the epoch that no calendar reaches"""


@dataclass(frozen=True)
class Timer:
    """A timer that runs or is paused.

    Raises:
        ValueError: a value makes no sense, which happens to files only.
    """

    number: int
    """counts up in the order in which timers are set"""
    name: str
    """what it was called; may be empty"""
    length_s: float
    """how long it was to run"""
    ends_at: float | None
    """when it ends, in seconds since the epoch; None while it is paused"""
    left_s: float = 0.0
    """what is left of it while it is paused"""

    def __post_init__(self) -> None:
        times = (self.length_s, self.left_s, self.ends_at or 0.0)
        if not all(isinstance(time, (int, float)) and 0 <= time < LATEST_S for time in times):
            raise ValueError(f"a timer of {times}")
        if not isinstance(self.name, str) or not isinstance(self.number, int):
            raise ValueError(f"a timer called {self.name!r}")

    def due_at(self, zone: tzinfo) -> float | None:
        """Return when it ends; None while it is paused."""
        return self.ends_at

    def remaining_s(self, now_s: float) -> float:
        """Return what is left of it."""
        return self.left_s if self.ends_at is None else max(0.0, self.ends_at - now_s)

    @property
    def is_paused(self) -> bool:
        """Whether it stands still."""
        return self.ends_at is None

    def paused(self, now_s: float) -> Timer:
        """Return it standing still."""
        return replace(self, ends_at=None, left_s=self.remaining_s(now_s))

    def resumed(self, now_s: float) -> Timer:
        """Return it running again."""
        return replace(self, ends_at=now_s + self.left_s, left_s=0.0)

    def changed(self, seconds: float) -> Timer:
        """Return it longer, or with negative seconds shorter."""
        length_s = max(0.0, self.length_s + seconds)
        if self.ends_at is None:
            return replace(self, length_s=length_s, left_s=self.left_s + seconds)
        return replace(self, length_s=length_s, ends_at=self.ends_at + seconds)


def meant(timers: Sequence[Timer], slots: Mapping[str, object]) -> list[Timer]:
    """Return the timers that the slots point at: by `name`, by `start_...` length, by `order`.

    Without such a slot all of them are meant.
    """
    found = list(timers)
    if name := str(slots.get("name", "")).strip(" -"):
        found = called(found, lambda timer: timer.name, name)
    if (length_s := read_duration(slots, "start_")) is not None:
        found = [timer for timer in found if math.isclose(timer.length_s, length_s, abs_tol=0.5)]
    if (order := read_number(slots.get("order"))) is not None:
        found = in_order(found, order)
    return found
