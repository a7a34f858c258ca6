"""A circuit breaker: a provider that fails is left alone for a while, then tried with care."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from irene.components.routing.outcome import Outcome
from irene.components.routing.rate_window import RateWindow
from irene.components.routing.settings import BreakerSettings
from irene.components.routing.snapshot import Circuit


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of a circuit."""

    before: Circuit
    after: Circuit
    reason: str
    """why, in words"""
    open_s: float = 0.0
    """time until it is tried again, seconds; of an opening only"""


class CircuitBreaker:
    """The circuit of one provider (M. Nygard, "Release It!", 2007), without clock, thread or lock.

    Closed, it counts failures and slow answers over a sliding window. Once too many of enough calls
    failed, it opens. When its time is over it is half open: a few trials decide. A failed one opens
    it again for twice as long; once all succeeded it closes. Only what says something about the
    provider counts (`Outcome.is_evidence`), and only of calls that began under the present state.

    Chance shortens each time without calls, so that many assistants that lose one server at the
    same moment do not all try it at the same moment (M. Brooker, "Exponential Backoff and Jitter",
    AWS Architecture Blog, 2015): with a `jitter` of 0.5 it is what is called equal jitter there.
    """

    __slots__ = (
        "_chance",
        "_closed_at_s",
        "_in_row",
        "_n_good",
        "_n_trials",
        "_open_s",
        "_window",
        "circuit",
        "due_s",
        "generation",
        "is_closed",
        "open_until_s",
        "settings",
    )

    def __init__(self, settings: BreakerSettings, chance: Callable[[], float]) -> None:
        """`chance` gives numbers from 0 to 1."""
        self._chance = chance
        self.settings = settings
        """when it opens, and for how long"""
        self._window = RateWindow(settings.window_s)
        self._in_row = 0
        self._n_trials = 0
        self._n_good = 0
        self._open_s = 0.0
        self._closed_at_s = 0.0
        self.circuit = Circuit.CLOSED
        """the present state"""
        self.is_closed = True
        """whether that is the state in which calls flow"""
        self.generation = 0
        """number of the present state: give it to `note` as it was when the call began"""
        self.open_until_s = 0.0
        """clock time at which an open circuit is tried"""
        self.due_s = 0.0
        """clock time at which it would be tried without chance"""

    def look(self, now_s: float) -> Transition | None:
        """Let an open circuit be half open once its time is over."""
        if self.circuit is not Circuit.OPEN or now_s < self.open_until_s:
            return None
        self._n_trials = self._n_good = 0
        return self._become(Circuit.HALF_OPEN, "its time is over, it is tried")

    @property
    def has_trial(self) -> bool:
        """Whether a half-open circuit lets one more call through."""
        wanted = self.settings.trials - self._n_good - self._n_trials
        return self.circuit is Circuit.HALF_OPEN and wanted > 0

    def begin_trial(self) -> None:
        """Note that a call goes through a half-open circuit."""
        self._n_trials += 1

    def succeeded(self, now_s: float) -> None:
        """Take note of an answer that was not slow, while it is closed: nothing changes."""
        self._window.add(now_s, False, False)
        self._in_row = 0

    def note(
        self, outcome: Outcome, latency_s: float, now_s: float, generation: int
    ) -> Transition | None:
        """Take note of a call that ends now, and was begun under a `generation`."""
        if generation != self.generation:
            return None  # it began before the circuit changed: that is known by now
        slow_s = self.settings.slow_s
        slow = outcome is Outcome.SLOW or (slow_s is not None and latency_s > slow_s)
        if self.is_closed:
            return self._note_closed(outcome, slow, now_s)
        if self.circuit is Circuit.HALF_OPEN:
            self._n_trials -= 1
        if not outcome.is_evidence:
            return None
        if outcome.is_failure or slow:
            return self._tried_in_vain(outcome, now_s)
        return self._succeeded(now_s)

    def _note_closed(self, outcome: Outcome, slow: bool, now_s: float) -> Transition | None:
        if not outcome.is_evidence:
            return None
        failed = outcome.is_failure
        self._window.add(now_s, failed, slow)
        self._in_row = self._in_row + 1 if failed else 0
        if not failed and not slow:
            return None
        reason = self._too_many(outcome)
        return self._open(reason, now_s) if reason else None

    def _too_many(self, outcome: Outcome) -> str:
        """Return why the circuit has to open; empty when it has not."""
        settings, window = self.settings, self._window
        if window.calls >= settings.min_calls:
            if outcome.is_failure and window.failed >= settings.failure_rate * window.calls:
                return f"{window.failed} of {window.calls} calls failed, the last one {outcome}"
            if window.slow and window.slow >= settings.slow_rate * window.calls:
                return f"{window.slow} of {window.calls} calls were slow"
        if self._in_row >= settings.failures_in_row:
            return f"{self._in_row} calls one after another failed, the last one {outcome}"
        return ""

    def _tried_in_vain(self, outcome: Outcome, now_s: float) -> Transition | None:
        if self.circuit is Circuit.OPEN:
            return None  # it was asked because nobody else was left
        what = outcome if outcome.is_failure else Outcome.SLOW
        return self._open(f"it was tried: {what}", now_s)

    def _succeeded(self, now_s: float) -> Transition | None:
        self._n_good += 1
        if self._n_good < self.settings.trials:
            return None
        self._window.clear()
        self._in_row = 0
        self._closed_at_s = now_s
        return self._become(Circuit.CLOSED, "it answers again")

    def _open(self, reason: str, now_s: float) -> Transition:
        """Open for twice as long as before, unless it has been well for longer than that."""
        settings = self.settings
        recovered = self.is_closed and now_s - self._closed_at_s > 2 * self._open_s
        longer_s = 0.0 if recovered else 2 * self._open_s
        self._open_s = min(max(longer_s, settings.open_s), settings.max_open_s)
        open_s = self._open_s * (1 - settings.jitter * self._chance())
        self.open_until_s, self.due_s = now_s + open_s, now_s + self._open_s
        self._n_good = 0
        return self._become(Circuit.OPEN, reason, open_s)

    def _become(self, circuit: Circuit, reason: str, open_s: float = 0.0) -> Transition:
        before, self.circuit = self.circuit, circuit
        self.is_closed = circuit is Circuit.CLOSED
        self.generation += 1
        return Transition(before, circuit, reason, open_s)
