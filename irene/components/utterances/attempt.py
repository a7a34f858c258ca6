"""One recogniser that hears an utterance from its first sample on, on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from irene.components.asr.stream import GuidedAsrStream, Recognition
from irene.components.calls.abandoned import AbandonedCall
from irene.components.routing.lease import Lease
from irene.components.routing.outcome import Outcome
from irene.components.routing.request_failures import RequestFailures
from irene.components.threads import start_daemon
from irene.components.utterances.kept_audio import KeptAudio
from irene.components.utterances.recognisers import Recogniser, Recognisers
from irene.domain.speech import Hypothesis
from irene.errors import IreneError, ProviderFailedError
from irene.providers.asr import AsrRequest
from irene.providers.border import ForeignCode, one_line

T = TypeVar("T")


class _GivenUpError(Exception):
    """Nobody wants to know any more how the attempt ends."""


class Attempt:
    """What is known about one recogniser and one utterance.

    The fields change while the lock of the utterance is held. The place at the recogniser is given
    back when its thread has come back, not before: an engine that hangs gets no more to do.
    """

    def __init__(
        self,
        recognisers: Recognisers,
        request: AsrRequest,
        audio: KeptAudio,
        without: frozenset[str],
        lease: Lease[Recogniser] | None = None,
    ) -> None:
        """`without`: names not to ask; `lease`: one of the recogniser to ask, if chosen already."""
        self._recognisers = recognisers
        self._request = request
        self._audio = audio
        self._lock = audio.lock
        self._leased = lease
        self.without = without
        self.failures = RequestFailures()
        """what is known of the utterance, the same for all that hear it"""
        self.on_partial: Callable[[Attempt, Hypothesis], None] = lambda attempt, partial: None
        """takes partial hypotheses of everything that has come so far; without the lock"""
        self.on_again: Callable[[], None] = lambda: None
        """called before everything is heard again without the grammar; without the lock"""
        self.on_change: Callable[[], None] = lambda: None
        """called when it finds a recogniser, begins, has a text, or is over; with the lock held"""
        self.on_idle: Callable[[], None] = lambda: None
        """called when it has heard everything that has come so far; with the lock held"""
        self.limit_of: Callable[[Lease[Recogniser]], float] = lambda lease: 0.0
        """returns the deadline of a recogniser; without the lock"""
        self.lease: Lease[Recogniser] | None = None
        """its place at a recogniser; None until one has been found"""
        self.is_ready = False
        """whether the recogniser is loaded"""
        self.limit_s = 0.0
        """its deadline, from the end of speech or from when it began"""
        self.hedge_s: float | None = None
        """clock time at which another recogniser is to be asked as well; None: at none"""
        self.call = ""
        """the call that was made last"""
        self.called_s: float | None = None
        """clock time at which that call was made; None when it has returned"""
        self.n_heard = 0
        """blocks that it has heard"""
        self.recognition: Recognition | None = None
        """what it recognised"""
        self.recognised_s = 0.0
        """clock time at which it did"""
        self.error: IreneError | None = None
        """why it recognised nothing, or could not close; None when there was nobody to ask"""
        self.is_over = False
        """whether its thread has ended"""
        self._worked_s = 0.0
        self._n_samples = 0
        self._parting: Outcome | None = None
        self._abandoned: AbandonedCall | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        start_daemon("asr", self._work).add_done_callback(self._end)

    @property
    def name(self) -> str:
        """Name of the recogniser; empty until one has been found."""
        return "" if self.lease is None else self.lease.name

    @property
    def is_unwanted(self) -> bool:
        """Whether it was given up."""
        return self._parting is not None

    @property
    def is_idle(self) -> bool:
        """Whether it has heard everything so far and waits for more."""
        return self.called_s is None and self.n_heard == len(self._audio)

    def mark(self) -> None:
        """Count its time from now on: speech is over, or it has just begun."""
        if self.lease is not None and self.is_ready:
            self.lease.mark()
            if self._audio.ended_s is not None and (after_s := self.lease.hedge_after_s):
                self.hedge_s = self.lease.started_s + after_s

    def give_up(self, outcome: Outcome) -> None:
        """Want nothing of it any more; the lock is held by the caller."""
        self._parting = self._parting or outcome
        self._audio.wake()

    def abandon(self, outcome: Outcome, now_s: float) -> None:
        """Leave the thread to itself, if it is still in a call."""
        with self._lock:
            self.give_up(outcome)
            if self.called_s is None or self.is_over:
                return
            call = AbandonedCall(self.name, self.call, self.called_s)
        self._recognisers.abandoned.give_up(call, now_s)
        with self._lock:
            if not self.is_over:
                self._abandoned = call  # its thread tells when it comes back
                return
        self._came_back(call)

    def _work(self) -> None:
        with self._lock:
            first = self._audio.block(0, self._has_left)
            self._require_wanted()
        if first is None:
            self._conclude(Recognition(Hypothesis("", True), ""))
            return
        while lease := self._leased or self._next_lease():
            with self._lock:
                self.lease, self._leased = lease, None
                self.on_change()
            if self._serve(lease):
                return
            with self._lock:
                self.lease = None

    def _next_lease(self) -> Lease[Recogniser] | None:
        return self._recognisers.lease(self.without, self._request, self.failures)

    def _serve(self, lease: Lease[Recogniser]) -> bool:
        """Hear the utterance; return False when this recogniser cannot be loaded."""
        error: IreneError | None = None
        try:
            if not self._ask("load", lambda: self._recognisers.chain.made_ready(lease)):
                return False
            self._hear(lease)
        except IreneError as raised:
            error = raised
            raise
        finally:
            lease.end(self._outcome(error), max(0.0, self.recognised_s - lease.started_s))
        return True

    def _hear(self, lease: Lease[Recogniser]) -> None:
        recogniser = lease.candidate
        stream = GuidedAsrStream(recogniser, self._request, self._recognisers.guidance, self._ask)
        limit_s = self.limit_of(lease)
        with self._lock:
            self._require_wanted()
            self._worked_s = 0.0
            self.is_ready, self.limit_s = True, limit_s
            self.mark()
            self.on_change()
        try:
            stream.open()
            self._feed(stream)
            hypothesis = stream.finish(self._audio, self.on_again)
            self._conclude(Recognition(hypothesis, recogniser.name, self._rtf()))
        finally:
            self._close(stream)

    def _close(self, stream: GuidedAsrStream) -> None:
        """Free the recogniser's state; what is told is its first error."""
        try:
            stream.close()
        except IreneError:
            if self.recognition is not None:
                raise

    def _feed(self, stream: GuidedAsrStream) -> None:
        while True:
            with self._lock:
                block = self._audio.block(self.n_heard, self._has_left)
                self._require_wanted()
            if block is None:
                return
            partial = stream.accept(block)
            self._n_samples += len(block)
            with self._lock:
                if partial is None or self.n_heard + 1 < len(self._audio):
                    self._note_heard()
                    continue
            self.on_partial(self, partial)
            with self._lock:
                self._note_heard()

    def _note_heard(self) -> None:
        self.n_heard += 1
        if self.n_heard == len(self._audio):
            self.on_idle()

    def _outcome(self, error: IreneError | None) -> Outcome:
        """Return what the attempt says about its recogniser."""
        if self.recognition is not None:
            return Outcome.SUCCESS if self.recognition.hypothesis.text.strip() else Outcome.EMPTY
        if self._parting is not None:
            return self._parting
        if error is not None and not error.retryable:
            return Outcome.REFUSED
        return Outcome.SILENCE if self._audio.is_silent else Outcome.FAILED

    def _require_wanted(self) -> None:
        if self.is_unwanted:
            raise _GivenUpError

    def _has_left(self) -> bool:
        return self.is_unwanted

    def _ask(self, call: str, work: Callable[[], T], /) -> T:
        """Make a call into the recogniser that others can watch."""
        with self._lock:
            if call != "close":
                self._require_wanted()
            called_s = self._recognisers.clock.monotonic()
            self.call, self.called_s = call, called_s
        try:
            with ForeignCode():
                return work()
        finally:
            with self._lock:
                self._worked_s += self._recognisers.clock.monotonic() - called_s
                self.called_s = None

    def _rtf(self) -> float | None:
        """Return the time of all calls, loading left out, divided by that of the audio."""
        audio_s = self._n_samples / self._request.sample_rate
        return self._worked_s / audio_s if audio_s else None

    def _conclude(self, recognition: Recognition) -> None:
        with self._lock:
            self.recognition = recognition
            self.recognised_s = self._recognisers.clock.monotonic()
            self.on_change()

    def _end(self, outcome: Future[None]) -> None:
        """Note how the thread ended; whatever it raised is an error of the recogniser."""
        if self._leased is not None:
            self._leased.end(Outcome.CANCELLED)  # it was given up before it had begun
        error = outcome.exception()
        if error is not None and not isinstance(error, IreneError):
            error = ProviderFailedError(one_line(error))
        with self._lock:
            self.is_over, self.error = True, error
            abandoned = self._abandoned
            self.on_change()
        if abandoned is not None:
            self._came_back(abandoned)

    def _came_back(self, abandoned: AbandonedCall) -> None:
        """Note that a call that was given up is over."""
        now_s = self._recognisers.clock.monotonic()
        is_late = self.recognition is not None and abandoned.call != "close"
        self._recognisers.abandoned.returned(abandoned, now_s, is_late)
