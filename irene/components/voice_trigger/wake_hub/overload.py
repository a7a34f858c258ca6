"""Being overloaded, and not being it any more: with patience, so that it does not flicker."""

from __future__ import annotations

from dataclasses import dataclass

_CALM_SHARE = 0.25
"""share of the greatest delay below which the engines are not busy"""
_FIRST_PATIENCE_S = 1.0
_LONGEST_PATIENCE_S = 16.0
_RETURNING_SHARE = 4
"""one in so many of the streams set aside comes back at a time"""


@dataclass(frozen=True, slots=True)
class Episode:
    """A time in which streams had to be set aside."""

    began_s: float
    """clock time"""
    set_aside: int = 0
    """how often a stream was"""
    skipped_s: float = 0.0
    """audio that was not heard for that, seconds"""


class Overload:
    """Decides when streams are set aside and when they come back, from the delay alone.

    Streams come back after a calm second, a few at a time; if that was too early, the next ones
    have to wait twice as long.
    """

    def __init__(self, max_delay_s: float) -> None:
        self.max_delay_s = max_delay_s
        """age of the oldest waiting audio from which streams are set aside, seconds"""
        self._patience_s = _FIRST_PATIENCE_S
        self._restless_s = 0.0
        self._given_up_s = -max_delay_s
        self._returned_s = -_LONGEST_PATIENCE_S

    def is_too_late(self, now_s: float, late_s: float) -> bool:
        """Take the age of the oldest waiting audio; return whether something has to be given up.

        After something was, what is kept has half of the greatest delay to catch up.
        """
        if self.is_busy(late_s):
            self._restless_s = now_s
        has_settled = now_s - self._given_up_s >= self.max_delay_s / 2
        return late_s > self.max_delay_s and has_settled

    def note_given_up(self, now_s: float) -> None:
        """Note that streams were set aside now."""
        if now_s - self._returned_s < 2 * self._patience_s:
            self._patience_s = min(_LONGEST_PATIENCE_S, 2 * self._patience_s)
        self._restless_s = self._given_up_s = now_s

    def n_returning(self, now_s: float, n_set_aside: int) -> int:
        """Return how many streams may come back now; these are taken to do so."""
        since_s = max(self._restless_s, self._returned_s)
        if not n_set_aside or now_s - since_s < self._patience_s:
            return 0
        self._returned_s = now_s
        return -(-n_set_aside // _RETURNING_SHARE)

    def is_busy(self, late_s: float) -> bool:
        """Whether engines have to catch up, by the age of the oldest waiting audio."""
        return late_s > self.max_delay_s * _CALM_SHARE

    def note_end(self) -> None:
        """Note that nothing is set aside any more."""
        self._patience_s = _FIRST_PATIENCE_S
