"""When to decode a growing utterance again, so that a slow machine never falls behind."""

from __future__ import annotations


class PartialSchedule:
    """Counts in audio time: at most every so often, and never more than a share of the time.

    A decoding that took `cost_s` is followed by none before `cost_s / share` seconds of audio have
    come. So live speech is heard as it is spoken on any machine; on a slow one there are fewer
    partial hypotheses.
    """

    def __init__(self, every_s: float, share: float) -> None:
        """Set the pace.

        Args:
            every_s: seconds of audio from one decoding to the next; 0: never decode.
            share: most of the time that decodings may take, above 0, up to 1.
        """
        self._every_s = every_s
        self._share = share
        self._next_s = every_s

    def is_due(self, audio_s: float) -> bool:
        """Whether to decode, now that so many seconds of the utterance have come."""
        return self._every_s > 0 and audio_s >= self._next_s

    def decoded(self, audio_s: float, cost_s: float) -> None:
        """Note that so much audio has been decoded, and how many seconds that took."""
        self._next_s = audio_s + max(self._every_s, cost_s / self._share)
