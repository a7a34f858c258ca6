"""Which streams to give up when engines cannot follow all of them: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_FRESH_S = 2.0
"""a wake word is what a person says first: in this time after a sound began it is likeliest"""
_RISE = 0.1
"""rise of the score from one window to the next that may be the beginning of a wake word"""
_LEAST_SHARE = 4
"""at least one in so many waiting windows goes: what is late already shows that less is possible"""
_CLOSENESS_STEP = 0.1
"""difference of scores that matters more than how long a stream has been heard"""


@dataclass(frozen=True, slots=True)
class Claim:
    """How much one stream asks of the engines, and how likely a wake word is in it."""

    stream: int
    """its number; among equals, a lower one is given up first"""
    n_windows: int
    """windows that wait for an engine"""
    margin: float
    """how far its score was above the threshold in the last window (below: negative)"""
    rise: float
    """how much the score rose there"""
    open_s: float
    """how long ago the sound began, seconds"""

    @property
    def is_rising(self) -> bool:
        """Whether a wake word may just be spoken."""
        return self.rise > _RISE or self.margin >= 0.0

    @property
    def value(self) -> tuple[bool, int, float, int]:
        """What streams are compared by: a higher one is kept longer.

        A sound that has just begun counts for more than a higher score, a higher score for more
        than a sound that began later.
        """
        closeness = round(self.margin / _CLOSENESS_STEP)
        return (self.open_s < _FRESH_S, closeness, -self.open_s, self.stream)


def to_give_up(claims: Sequence[Claim], n_too_many: int) -> list[Claim]:
    """Return the least valuable claims that together hold so many windows, or all that may go.

    A stream whose score is rising is never given up.
    """
    given_up: list[Claim] = []
    for claim in sorted((one for one in claims if not one.is_rising), key=lambda one: one.value):
        if n_too_many <= 0:
            break
        given_up.append(claim)
        n_too_many -= claim.n_windows
    return given_up


def n_too_many(n_waiting: int, window_s: float, allowed_s: float) -> int:
    """Return how many of the waiting windows to give up when they are late.

    Args:
        n_waiting: windows that wait.
        window_s: what an engine takes for one, seconds.
        allowed_s: time in which all that is kept has to be heard, seconds.
    """
    fitting = int(allowed_s / window_s) if window_s > 0 else n_waiting
    return max(n_waiting - fitting, -(-n_waiting // _LEAST_SHARE))
