"""When an attempt at an utterance is too late, and when to look at it again."""

from __future__ import annotations

from irene.components.utterances.attempt import Attempt
from irene.components.utterances.kept_audio import KeptAudio
from irene.components.utterances.time_limits import TimeLimits

NEVER = float("inf")
_CLOSE_S = 0.1
"""longest wait for a recogniser that has given its text to free its state as well"""


class Deadlines:
    """The deadlines of one utterance, in seconds of the clock; the lock of its audio is held."""

    def __init__(self, limits: TimeLimits, audio: KeptAudio, sample_rate: int) -> None:
        self._limits = limits
        self._audio = audio
        self._sample_rate = sample_rate

    def limit_s(self, attempt: Attempt) -> float:
        """Return how long a call of an attempt may take, and its text after the end of speech."""
        if not attempt.is_ready:
            return self._limits.load_s
        return attempt.limit_s + self._granted_s()

    def of(self, attempt: Attempt) -> float:
        """Return when an attempt is too late: with a call, or with its text."""
        if attempt.lease is None:
            return NEVER  # it waits for its turn
        deadline_s, limit_s = NEVER, self.limit_s(attempt)
        if attempt.called_s is not None:
            deadline_s = attempt.called_s + limit_s
        if self._audio.ended_s is not None and attempt.is_ready:
            deadline_s = min(deadline_s, attempt.lease.started_s + limit_s)
        return deadline_s

    def total_s(self) -> float:
        """Return when the utterance is given up, whoever is at work on it."""
        if self._audio.ended_s is None:
            return NEVER
        return self._audio.ended_s + self._limits.total_s + self._granted_s()

    def is_closed(self, attempt: Attempt, now_s: float) -> bool:
        """Whether a recogniser that has given its text is free again, or had time enough for it."""
        return attempt.is_over or now_s >= attempt.recognised_s + _CLOSE_S

    def next_look_s(self, attempt: Attempt, now_s: float) -> float:
        """Return when to look at an attempt again, should it tell of nothing before."""
        if attempt.recognition is not None:
            # Once it is free, it only waits for the words of another.
            return NEVER if self.is_closed(attempt, now_s) else attempt.recognised_s + _CLOSE_S
        deadline_s = self.of(attempt)
        if deadline_s == NEVER and attempt.lease is not None:
            return now_s + self.limit_s(attempt)  # a call that begins now is not told
        return min(deadline_s, NEVER if attempt.hedge_s is None else attempt.hedge_s)

    def share_s(self, n_left: int, now_s: float) -> float:
        """Return the deadline of a recogniser that has none of its own."""
        ended_s = self._audio.ended_s
        return self._limits.share_s(n_left, 0.0 if ended_s is None else now_s - ended_s)

    def _granted_s(self) -> float:
        return self._limits.granted_s(self._audio.n_samples / self._sample_rate)
