"""How long a recogniser may take before the next one is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class TimeLimits:
    """The time limits of one utterance, in seconds of the clock.

    A recogniser has its deadline from the end of speech on, or from when it took over if that was
    later; no single call may take longer, also while somebody still speaks. Without a deadline of
    its own it gets an equal share of what is left for the recognisers that are left.
    """

    total_s: float = 10.0
    """from the end of speech to the text, of all recognisers together"""
    load_s: float = 60.0
    """to load a recogniser that has to stand in; beside that, loading counts to `total_s` only"""
    pace: float = 0.0
    """seconds that are granted on top for each second of audio: a recording comes all at once"""

    @property
    def patience_s(self) -> float:
        """Longest wait for a place at a recogniser while all that are well are busy.

        Afterwards whoever has one is asked, also if it failed lately. Between a third and two
        thirds of the time limit were equally good in `irene.studies.routing_simulation`; who
        waits for all of it has no time left to be answered.
        """
        return self.total_s / 2

    def share_s(self, n_left: int, passed_s: float) -> float:
        """Return the deadline of a recogniser that has none of its own.

        Args:
            n_left: recognisers that have not been asked, this one included.
            passed_s: time since the end of speech.
        """
        return max(0.0, self.total_s - passed_s) / max(1, n_left)

    def of_recordings(self, pace: float, at_once: int = 1) -> TimeLimits:
        """Return the limits of recordings, so many of which share a recogniser."""
        return replace(self, total_s=self.total_s * at_once, pace=pace * at_once)

    def granted_s(self, audio_s: float) -> float:
        """Return what so much audio adds to every limit."""
        return self.pace * audio_s
