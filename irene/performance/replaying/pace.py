"""The clock of a recording: work takes no time on it, and sound as long as it lasts."""

from __future__ import annotations

import asyncio
import threading
import time
from bisect import bisect_right
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

_LONGEST_HOLD_S = 120.0
"""longest wait for an answer; every stage of one has a limit of its own below that"""
_SAME_S = 0.5
"""utterances that end so near to each other are the same"""
_LONGEST_REST_S = 2.0
"""longest time that a voice and a loudspeaker take beyond the sound of an answer"""
_LONGEST_WORK_S = 1.0
"""longest wait for what was due to be done"""

Anchor = tuple[float, datetime]
"""A place in the audio, seconds, and the local date and time there."""


@dataclass(frozen=True)
class AnswerTimes:
    """When something was answered in a recording; seconds from its beginning."""

    decided_s: float
    """when it was decided that the utterance was over"""
    ready_s: float
    """when its text was known"""
    end_s: float = inf
    """when its session ended; infinite where somebody has interrupted it"""


class RecordedPace:
    """Lets a recording go on only while nobody works, or while an answer is sounding.

    Answers come when they came then: until its time has come, an answer waits for the audio, and
    after it the audio waits for the answer, which is over when it was over then; one that somebody
    interrupted lasts as long as its sound. So whatever was said during an answer, or after it,
    falls where it fell then, on any machine and in every run. What was not answered then is
    answered at once.
    """

    def __init__(self, times: Sequence[AnswerTimes] = ()) -> None:
        self._times = times
        self._changed = threading.Condition()
        self._answers: set[Future[None]] = set()
        self._waiting: dict[asyncio.Future[None], float] = {}
        self._n_sounding = 0
        self._until_s: float | None = None
        self._is_over = False
        self._end_s = inf
        self.position_s = 0.0
        """audio that has come, seconds from the beginning of the recording"""

    async def ready(self, decided_s: float) -> None:
        """Wait until an utterance that was over there may be answered; on the event loop."""
        times = next((one for one in self._times if abs(one.decided_s - decided_s) < _SAME_S), None)
        is_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._changed:
            self._end_s = inf if times is None else times.end_s
            if times is None or self._is_over or self.position_s >= times.ready_s:
                return
            self._waiting[is_ready] = times.ready_s
            self._changed.notify_all()
        try:
            await is_ready
        finally:
            with self._changed:
                self._waiting.pop(is_ready, None)

    def hold(self, answer: Future[None]) -> None:
        """Wait until an answer is given, or sounds, or waits; for the thread of the input."""
        with self._changed:
            self._answers.add(answer)
        answer.add_done_callback(self._settle)  # after whoever listens again then
        self._wait()

    def go_on(self, position_s: float) -> None:
        """Wait until the audio up to there may come; for the thread of the input."""
        self._wait()
        with self._changed:
            self.position_s = position_s
            self._call_ready()

    def end(self) -> None:
        """Let nothing wait for audio any more: there is none."""
        with self._changed:
            self._is_over = True
            self._call_ready()

    def begin_sound(self) -> Sounding:
        """Begin to play something."""
        with self._changed:
            self._n_sounding += 1
        return Sounding(self)

    def play(self, until_s: float, is_stopped: threading.Event) -> None:
        """Wait until the audio has come up to there, or somebody has stopped it."""
        with self._changed:
            until_s = min(until_s, self._end_s)
            self._until_s = until_s
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._is_over or is_stopped.is_set() or self.position_s >= until_s
            )
            self._until_s = None

    def end_of_answer_s(self, sound_end_s: float) -> float:
        """Return when the newest answer was over whose sound ends there: when it was, in reason."""
        with self._changed:
            is_of_it = 0 < self._end_s - sound_end_s < _LONGEST_REST_S
            return self._end_s if is_of_it else sound_end_s

    def end_sound(self) -> None:
        """Note that something has been played, or was stopped."""
        with self._changed:
            self._n_sounding -= 1
            self._changed.notify_all()

    def _call_ready(self) -> None:
        """Have those begin whose time has come."""
        self._changed.notify_all()
        for is_ready, ready_s in list(self._waiting.items()):
            if self._is_over or self.position_s >= ready_s:
                del self._waiting[is_ready]
                is_ready.get_loop().call_soon_threadsafe(_set, is_ready)

    def _settle(self, answer: Future[None]) -> None:
        with self._changed:
            self._answers.discard(answer)
            if not self._answers:
                self._end_s = inf
            self._changed.notify_all()

    def _wait(self) -> None:
        with self._changed:
            self._changed.wait_for(self._may_go_on, _LONGEST_HOLD_S)

    def _may_go_on(self) -> bool:
        is_heard = self._until_s is not None and self.position_s < self._until_s
        n_at_work = len(self._answers) - len(self._waiting)
        return is_heard or self._is_over or not (n_at_work > 0 or self._n_sounding)


def _set(is_ready: asyncio.Future[None]) -> None:
    if not is_ready.done():
        is_ready.set_result(None)


class Sounding:
    """Something that is played; one thread writes, any may stop it."""

    def __init__(self, pace: RecordedPace) -> None:
        self._pace = pace
        self._end_s = pace.position_s
        self._is_stopped = threading.Event()
        self._ending = threading.Lock()

    def play(self, seconds: float) -> None:
        """Play on for so long; blocks until that has been heard."""
        self._end_s += seconds
        if not self._is_stopped.is_set():
            self._pace.play(self._end_s, self._is_stopped)

    def finish(self) -> None:
        """Wait as long as the answer took beyond its sound; then it is over."""
        if not self._is_stopped.is_set():
            self._pace.play(self._pace.end_of_answer_s(self._end_s), self._is_stopped)
        self.end()

    def end(self) -> None:
        """Stop; from any thread, again and again."""
        with self._ending:
            if not self._is_stopped.is_set():
                self._is_stopped.set()
                self._pace.end_sound()


class RecordedClock:
    """The time of day of a recording; durations are those of the machine.

    Handlers live by it: what they put down for later is due when the audio has come that far.
    """

    monotonic = staticmethod(time.perf_counter)
    """Seconds of the performance counter."""

    def __init__(self, pace: RecordedPace, anchors: Sequence[Anchor]) -> None:
        """`anchors` are in the order of the audio, and not empty."""
        self._pace = pace
        self._anchors = list(anchors)
        self._places = [place_s for place_s, _ in anchors]
        self._waiting: dict[object, tuple[float, threading.Condition]] = {}
        self._lock = threading.Condition()
        self._n_waits = 0

    def now(self) -> datetime:
        """Local date and time at the newest audio."""
        position_s = self._pace.position_s
        place_s, at = self._anchors[max(0, bisect_right(self._places, position_s) - 1)]
        return at + timedelta(seconds=position_s - place_s)

    def sleep(self, seconds: float) -> None:
        """Block the calling thread."""
        time.sleep(seconds)

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        """Block until notified, or until the audio has come so much further."""
        due_s = inf if seconds is None else self._pace.position_s + seconds
        place = object()
        with self._lock:
            self._n_waits += 1
            self._waiting[place] = (due_s, changed)
            self._lock.notify_all()
        changed.wait()
        with self._lock:
            self._waiting.pop(place, None)

    def wake(self, position_s: float) -> None:
        """Wake those for whom it is time when the audio has come that far, and let them work."""
        with self._lock:
            due = {key: one for key, one in self._waiting.items() if one[0] <= position_s}
            for place in due:
                del self._waiting[place]
            wanted = self._n_waits + len(due)
        for _, changed in due.values():
            with changed:
                changed.notify_all()
        if due:
            with self._lock:
                self._lock.wait_for(lambda: self._n_waits >= wanted, _LONGEST_WORK_S)
