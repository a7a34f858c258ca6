"""How long a recogniser may take before the next one is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TimeLimits:
    """The time limits of one utterance, in seconds of the clock.

    A recogniser has its deadline from the end of speech on, or from when it took over if that was
    later; no single call may take longer, also while somebody still speaks. Without a deadline of
    its own it gets an equal share of what is left for the recognisers that are left.
    """

    total_s: float = 10.0
    """from the end of speech to the text, of all recognisers together"""
    deadline_s: float | None = None
    """of one recogniser; None shares `total_s`"""
    deadlines_s: Mapping[str, float] = field(default_factory=dict)
    """of single recognisers, by name"""
    pace: float = 0.0
    """seconds that are granted on top for each second of audio: a recording comes all at once"""

    def of(self, provider: str, n_left: int, left_s: float) -> float:
        """Return a recogniser's deadline, without what the length of a recording adds.

        Args:
            provider: its name.
            n_left: recognisers that have not been asked, this one included.
            left_s: what is left of `total_s`.
        """
        own_s = self.deadlines_s.get(provider, self.deadline_s)
        return max(0.0, left_s) / max(1, n_left) if own_s is None else own_s

    def granted_s(self, audio_s: float) -> float:
        """Return what so much audio adds to every limit."""
        return self.pace * audio_s
