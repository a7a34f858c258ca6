"""Trials beside an assistant that serves: only while nobody speaks to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial

import psutil

from irene.domain.clock import Clock, SystemClock
from irene.domain.events import (
    AnnouncementMade,
    Event,
    FollowUpStarted,
    IntentRecognized,
    ResponseGiven,
    SessionEnded,
    SpeechEnded,
    SpeechStarted,
    SpeechSynthesized,
    StopWordDetected,
    Transcript,
    TranscriptPartial,
    WakeWordDetected,
)
from irene.performance.optimising.trial import TrialRequest, TrialResult, tree_resident_mb
from irene.performance.optimising.trial_process import Care, RunCarefully, fresh_trial

QUIET_S = 60.0
"""how long nobody must have spoken before a trial begins"""
LONGEST_S = 3600.0
"""time from the first trial of a search to its end, pauses included"""
_ROOM = 1.5
"""free memory that a trial needs, as a multiple of what the assistant takes"""
_SPOKEN = (
    WakeWordDetected,
    StopWordDetected,
    SpeechStarted,
    SpeechEnded,
    TranscriptPartial,
    Transcript,
    IntentRecognized,
    ResponseGiven,
    SpeechSynthesized,
    FollowUpStarted,
    AnnouncementMade,
    SessionEnded,
)
"""events of a conversation"""
_LEAST_PRIORITY = 19


def has_room() -> bool:
    """Say whether the machine has memory for a second assistant like this one."""
    free_mb: float = psutil.virtual_memory().available / 1e6
    return free_mb > _ROOM * tree_resident_mb()


class QuietTrials:
    """Runs the trials of one search after another, each while nobody speaks to the assistant.

    A trial has the least priority. It waits until nobody has spoken for a minute and there is
    memory for it; when somebody speaks it is killed at once, and run again when it is quiet.
    `note` takes each event of the run. `end`, or an hour after its first trial, ends a search as
    Ctrl-C ends one; waiting, and trials that were killed, do not count for its budget, which
    `clock` measures.
    """

    def __init__(
        self,
        run: RunCarefully = fresh_trial,
        clock: Clock | None = None,
        quiet_s: float = QUIET_S,
        has_room: Callable[[], bool] = has_room,
    ) -> None:
        self._run = run
        self._clock = clock or SystemClock()
        self._quiet_s = quiet_s
        self._has_room = has_room
        self._changed = threading.Condition()
        self._spoken_s = self._clock.monotonic()
        self._n_spoken = 0
        """events of conversations; only the thread of the run counts them"""
        self._is_over = False
        self._lost_s = 0.0
        self._last_s = float("inf")
        self.clock: Clock = _Worked(self._clock, lambda: self._lost_s)
        """time, without that in which no trial ran whose result counts"""
        self.n_killed = 0
        """trials into which somebody spoke"""

    def begin(self) -> None:
        """Begin another search: its hour starts with its first trial."""
        self._last_s = float("inf")

    def note(self, event: Event) -> None:
        """Take the next event of the run; returns at once."""
        if isinstance(event, _SPOKEN):
            self._spoken_s = self._clock.monotonic()
            self._n_spoken += 1

    def end(self) -> None:
        """Kill the trial that runs; whoever waits for one gets no other."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def __call__(self, request: TrialRequest) -> TrialResult:
        """Run a trial when it is quiet.

        Raises:
            KeyboardInterrupt: it is over.
        """
        self._last_s = min(self._last_s, self._clock.monotonic() + LONGEST_S)
        while True:
            is_disturbed = partial(self._is_disturbed_since, self.wait_for_quiet())
            began_s = self._clock.monotonic()
            result = self._run(request, care=Care(_LEAST_PRIORITY, is_disturbed))
            if not is_disturbed():
                return result
            self._lost_s += self._clock.monotonic() - began_s
            self.n_killed += 1

    def wait_for_quiet(self) -> int:
        """Block until a trial may begin; return how many events of conversations were before.

        Raises:
            KeyboardInterrupt: it is over.
        """
        began_s = self._clock.monotonic()
        with self._changed:
            while True:
                n_spoken = self._n_spoken
                left_s = self._left_s()
                if left_s <= 0:
                    break
                self._clock.wait(self._changed, left_s)
        self._lost_s += self._clock.monotonic() - began_s
        return n_spoken

    def _is_disturbed_since(self, n_spoken: int) -> bool:
        return self._is_over or self._n_spoken != n_spoken

    def _left_s(self) -> float:
        """Return how long to wait; afterwards it is asked again."""
        now_s = self._clock.monotonic()
        if self._is_over or now_s >= self._last_s:
            raise KeyboardInterrupt
        left_s = self._spoken_s + self._quiet_s - now_s
        if left_s <= 0 and not self._has_room():
            left_s = self._quiet_s
        return min(left_s, self._last_s - now_s)


class _Worked:
    """A clock without the time that was lost."""

    def __init__(self, clock: Clock, lost_s: Callable[[], float]) -> None:
        self._clock = clock
        self._lost_s = lost_s

    def monotonic(self) -> float:
        return self._clock.monotonic() - self._lost_s()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        self._clock.wait(changed, seconds)

    def now(self) -> datetime:
        return self._clock.now()
