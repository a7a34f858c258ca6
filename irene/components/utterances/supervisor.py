"""Watches over the recognisers of one utterance, and asks the next one when one fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial

from irene.components.asr.stream import Recognition
from irene.components.routing.lease import Lease
from irene.components.routing.outcome import Outcome
from irene.components.routing.request_failures import RequestFailures
from irene.components.utterances.asked import AskedRecognisers
from irene.components.utterances.attempt import Attempt
from irene.components.utterances.callbacks import UtteranceCallbacks
from irene.components.utterances.deadlines import NEVER, Deadlines
from irene.components.utterances.kept_audio import KeptAudio
from irene.components.utterances.recognisers import Recogniser, Recognisers
from irene.components.utterances.time_limits import TimeLimits
from irene.domain.events import UtteranceHedged
from irene.domain.speech import Hypothesis
from irene.errors import IreneError, ProviderFailedError
from irene.providers.asr import AsrRequest

Work = Callable[[], None]


class Supervisor:
    """Decides, on a thread of its own, what becomes of an utterance.

    It never calls into a recogniser, so nothing can hold it up; it wakes when an attempt tells of
    a change, and when a deadline is reached.
    """

    def __init__(
        self,
        recognisers: Recognisers,
        request: AsrRequest,
        limits: TimeLimits,
        audio: KeptAudio,
        callbacks: UtteranceCallbacks,
    ) -> None:
        self._recognisers = recognisers
        self._request = request
        self._limits = limits
        self._deadlines = Deadlines(limits, audio, request.sample_rate)
        self._audio = audio
        self._callbacks = callbacks
        self._lock = audio.lock
        self._clock = recognisers.clock
        self._changed = threading.Condition(audio.lock)
        self.caught_up = threading.Condition(audio.lock)
        """notified when everything so far has been heard, and when there is a text"""
        self.attempts: list[Attempt] = []
        """the attempts whose threads are not over, but for those that were abandoned"""
        self.is_exhausted = False
        """whether there is nobody left to ask; the audio is kept to its end all the same"""
        self.settled_s: float | None = None
        """clock time at which there was a text, or nobody left to ask"""
        self.text: Future[Recognition] = Future()
        """the final text"""
        self.text.set_running_or_notify_cancel()  # nobody else may finish it
        self._stopped: tuple[str, Outcome] | None = None
        self._failures = RequestFailures()
        self._asked = AskedRecognisers()

    @property
    def errors(self) -> Mapping[str, IreneError]:
        """Why recognisers failed, by name."""
        return self._asked.errors

    @property
    def leading(self) -> Attempt | None:
        """The attempt whose partial hypotheses are told; the lock is held by the caller."""
        return next((one for one in self.attempts if not one.is_unwanted), None)

    def run(self) -> None:
        """Do what is due until nothing is left to wait for; blocks."""
        while (work := self._next()) is not None:
            work()

    def end(self) -> None:
        """Nothing more will be said; the lock is held by the caller."""
        self._audio.end(self._clock.monotonic())
        for attempt in self.attempts:
            attempt.mark()
        self._changed.notify_all()

    def stop(self, reason: str, outcome: Outcome) -> None:
        """Give the utterance up; the lock is held by the caller."""
        if self.settled_s is None and self._stopped is None:
            self._stopped = (reason, outcome)
            self._dismiss(outcome)  # at once: what they raise from now on is no failure
        self._changed.notify_all()

    def _next(self) -> Work | None:
        """Wait until something is due, and return it; None when all is over."""
        with self._lock:
            while True:
                now_s = self._clock.monotonic()
                is_settled = self.settled_s is not None
                if is_settled and not self.attempts:
                    self.caught_up.notify_all()
                    return None
                due = self._due_at_last(now_s) if is_settled else self._due(now_s)
                if due is not None:
                    return due
                look_s = self._next_look_s(now_s)
                self._clock.wait(self._changed, None if look_s == NEVER else look_s - now_s)

    def _next_look_s(self, now_s: float) -> float:
        """Return when something will be due, should nobody tell of a change before."""
        if self.settled_s is not None:
            return min(map(self._parting_s, self.attempts))
        looks = (self._deadlines.next_look_s(one, now_s) for one in self.attempts)
        return min(self._deadlines.total_s(), *looks, NEVER)

    def _due(self, now_s: float) -> Work | None:
        """Return what is to be done while there is no text."""
        if self._stopped is not None:
            return self._stop
        wanted = [one for one in self.attempts if not one.is_unwanted]
        due = next(filter(None, (self._due_for(one, now_s) for one in wanted)), None)
        if due is not None or now_s >= self._deadlines.total_s():
            return due or self._lose
        return None if wanted else self._due_for_nobody()

    def _due_for_nobody(self) -> Work | None:
        """Return what is to be done when no recogniser is at work."""
        if not self.is_exhausted:
            return self._begin
        if self._audio.ended_s is None:
            return None  # whoever may do better later is asked at the end
        return self._ask_again if self._asked.may_ask_at_end else self._lose

    def _due_for(self, attempt: Attempt, now_s: float) -> Work | None:
        """Return what is to be done about an attempt."""
        if attempt.recognition is not None:
            is_closed = self._deadlines.is_closed(attempt, now_s)
            is_first = bool(attempt.recognition.hypothesis.text) or not self._others(attempt)
            return partial(self._settle, attempt.recognition) if is_closed and is_first else None
        if attempt.is_over:
            return partial(self._replace, attempt)
        if attempt.hedge_s is not None and now_s >= attempt.hedge_s:
            return partial(self._hedge, attempt, now_s)
        is_late = now_s >= self._deadlines.of(attempt)
        return partial(self._give_up, attempt, now_s) if is_late else None

    def _others(self, attempt: Attempt) -> bool:
        """Whether another recogniser may still find words where this one found none."""
        others = (one for one in self.attempts if one is not attempt and not one.is_unwanted)
        return any(one.recognition is None for one in others)

    def _due_at_last(self, now_s: float) -> Work | None:
        """Return what is to be done about threads that still run although there is a text."""
        for attempt in self.attempts:
            if attempt.is_over:
                return partial(self._part, attempt)
            if now_s >= self._parting_s(attempt):
                return partial(self._leave, attempt, now_s)
        return None

    def _begin(self, lease: Lease[Recogniser] | None = None) -> None:
        """Let the next recogniser, or that of a lease, hear the utterance from its beginning."""
        without = self._asked.names
        attempt = Attempt(self._recognisers, self._request, self._audio, without, lease)
        attempt.failures = self._failures
        attempt.limit_of = partial(self._limit_of, without)
        attempt.on_partial, attempt.on_again = self._tell_partial, self._callbacks.again
        attempt.on_change, attempt.on_idle = self._changed.notify_all, self.caught_up.notify_all
        with self._lock:
            self.attempts.append(attempt)
        attempt.start()

    def _limit_of(self, without: frozenset[str], lease: Lease[Recogniser]) -> float:
        """Return the deadline of a recogniser."""
        own_s = lease.record.deadline_s
        if own_s is not None:
            return own_s
        n_left = self._recognisers.n_left(without)
        return self._deadlines.share_s(n_left, self._clock.monotonic())

    def _hedge(self, attempt: Attempt, now_s: float) -> None:
        """Let another recogniser hear the utterance as well, if the budget allows it."""
        first = attempt.lease
        with self._lock:
            attempt.hedge_s = None
        second = None if first is None else first.hedge(self._asked.names)
        if first is None or second is None:
            return
        self._begin(second)
        self._recognisers.chain.report(
            UtteranceHedged(
                provider=first.name, second=second.name, seconds=now_s - first.started_s
            )
        )

    def _tell_partial(self, attempt: Attempt, partial_: Hypothesis) -> None:
        with self._lock:
            leads = self.leading is attempt and self.settled_s is None
        if leads:
            self._callbacks.partial(partial_)

    def _replace(self, attempt: Attempt) -> None:
        """Note why an attempt failed, so that the next one is made."""
        error, lease = attempt.error, attempt.lease
        with self._lock:
            self.attempts.remove(attempt)
        if error is not None and lease is not None:
            self._note(lease, error)
        elif error is None and self._asked.may_ask_again:
            self._ask_again()
        else:
            self._exhaust(error)

    def _exhaust(self, error: IreneError | None) -> None:
        """Note that nobody is left to ask; an error is that of looking for somebody."""
        with self._lock:
            self._asked.found_nobody(error, at_end=self._audio.ended_s is not None)
            self.is_exhausted = True
            self.caught_up.notify_all()

    def _ask_again(self) -> None:
        """Let those be asked again that raised."""
        self._asked.again()
        with self._lock:
            self.is_exhausted = False

    def _note(self, lease: Lease[Recogniser], error: IreneError) -> None:
        """Note why a recogniser failed."""
        may_try_again = error.retryable and not self._audio.is_silent
        self._asked.failed(lease.name, error, may_try_again=may_try_again)
        if may_try_again:
            self._recognisers.chain.tell_failure(lease.name, error)
        elif not error.retryable:
            self._recognisers.refused(lease.candidate, self._request, error)

    def _parting_s(self, attempt: Attempt) -> float:
        """Return the clock time at which to abandon a thread that still runs after the text."""
        return (self.settled_s or 0.0) + self._deadlines.limit_s(attempt)

    def _give_up(self, attempt: Attempt, now_s: float) -> None:
        """Let the next recogniser do what this one does not get done."""
        lease, called_s = attempt.lease, attempt.called_s
        if lease is None or attempt.recognition is not None:
            return  # its text has just come
        since_s = lease.started_s if called_s is None else called_s
        limit_s = _round(min(self._deadlines.limit_s(attempt), now_s - since_s))
        what = "gave no transcript" if called_s is None else f"did not answer `{attempt.call}`"
        error = ProviderFailedError(f"asr provider {lease.name!r} {what} within {limit_s:g} s")
        self._asked.failed(lease.name, error)
        self._recognisers.chain.late(lease, error)
        self._abandon(attempt, now_s)

    def _leave(self, attempt: Attempt, now_s: float) -> None:
        """Abandon a thread that still runs although its result is not wanted any more."""
        lease, is_torn_down = attempt.lease, self._stopped and self._stopped[1] is Outcome.TORN_DOWN
        if lease is not None and attempt.called_s is not None and not is_torn_down:
            limit_s = _round(self._deadlines.limit_s(attempt))
            message = f"{lease.name!r} did not come back from `{attempt.call}` within {limit_s:g} s"
            self._recognisers.chain.late(lease, ProviderFailedError(f"asr provider {message}"))
        self._abandon(attempt, now_s)

    def _abandon(self, attempt: Attempt, now_s: float) -> None:
        attempt.abandon(Outcome.LATE, now_s)
        with self._lock:
            self.attempts.remove(attempt)

    def _part(self, attempt: Attempt) -> None:
        """Drop an attempt that is over; report it if closing failed after it had its text."""
        is_told = attempt.recognition is not None and not attempt.is_unwanted
        if is_told and attempt.error is not None and self._stopped is None:
            self._recognisers.chain.tell_failure(attempt.name, attempt.error)
        with self._lock:
            self.attempts.remove(attempt)

    def _settle(self, recognition: Recognition) -> None:
        for attempt in [one for one in self.attempts if one.is_over]:
            self._part(attempt)
        self._end()
        self.text.set_result(recognition)

    def _lose(self) -> None:
        """Nobody is left to ask: silence has no text, anything else is lost."""
        if self.is_exhausted and self._audio.is_silent:
            self._settle(Recognition(Hypothesis("", True), next(iter(self.errors), "")))
            return
        now_s = self._clock.monotonic()
        for attempt in [one for one in self.attempts if not one.is_unwanted and one.lease]:
            self._give_up(attempt, now_s)
        self._recognisers.chain.router.judge(self._failures, self.is_exhausted)
        error = self._reason()
        self._callbacks.lost()
        self._end()
        self.text.set_exception(error)

    def _stop(self) -> None:
        why, outcome = self._stopped or ("", Outcome.CANCELLED)
        self._end(outcome)
        self.text.set_exception(ProviderFailedError(f"the utterance was given up: {why}"))

    def _end(self, outcome: Outcome = Outcome.CANCELLED) -> None:
        """Settle the utterance: stop all attempts without a text, and free the audio."""
        with self._lock:
            self.settled_s = self._clock.monotonic()
            self._dismiss(outcome)
            self._audio.clear()
            self.caught_up.notify_all()

    def _dismiss(self, outcome: Outcome) -> None:
        """Give up all attempts that have no text yet; the lock is held by the caller."""
        for attempt in self.attempts:
            if attempt.recognition is None:
                attempt.give_up(outcome)

    def _reason(self) -> IreneError:
        """Return why there is no text, in one error."""
        reason = self._asked.reason() or self._recognisers.refusal(self._request)
        late = f"no transcript within {self._limits.total_s:g} s"
        return reason or ProviderFailedError(late)


def _round(seconds: float) -> float:
    """Return a time as it is told: whole hundredths, or thousandths where there are few."""
    return round(seconds, 2 if seconds >= 0.1 else 3)
