"""Which sample lies at which audio time, in a stream of which parts were lost."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple


class _Part(NamedTuple):
    """A stretch of the stream without a loss in it."""

    first: int
    """number of its first sample"""
    offset_s: float
    """audio time that was lost before it"""


class Timeline:
    """Converts between sample numbers and audio time, both of which only grow.

    Without losses sample number k lies at `k / sample_rate` seconds. A loss moves everything
    behind it; a time within a loss belongs to the first sample behind it.
    """

    __slots__ = ("_newest", "_parts", "sample_rate")

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        """Hz"""
        self._newest = _Part(0, 0.0)
        self._parts: deque[_Part] = deque([self._newest])

    def jump(self, number: int, seconds: float) -> None:
        """Note that so much was lost right before a sample, the newest so far."""
        self._newest = _Part(number, self._newest.offset_s + seconds)
        self._parts.append(self._newest)

    def forget(self, before: int) -> None:
        """Drop what is only needed for samples before this one."""
        while len(self._parts) > 1 and self._parts[1].first <= before:
            self._parts.popleft()

    def time_s(self, number: int) -> float:
        """Return the audio time of a sample, or of the place just behind the newest one."""
        part = self._newest
        if number < part.first:
            part = next((one for one in reversed(self._parts) if one.first <= number), self._oldest)
        return number / self.sample_rate + part.offset_s

    def behind_s(self, number: int) -> float:
        """Return the audio time right behind the sample before this one.

        It is that of the sample, except where something was lost between the two.
        """
        part = self._newest
        if number <= part.first:
            part = next((one for one in reversed(self._parts) if one.first < number), self._oldest)
        return number / self.sample_rate + part.offset_s

    def number(self, time_s: float) -> int:
        """Return the number of the sample at an audio time."""
        behind: int | None = None
        for part in reversed(self._parts):
            number = round((time_s - part.offset_s) * self.sample_rate)
            if number >= part.first:
                return number if behind is None else min(number, behind)
            behind = part.first
        return round((time_s - self._oldest.offset_s) * self.sample_rate)

    @property
    def _oldest(self) -> _Part:
        return self._parts[0]
