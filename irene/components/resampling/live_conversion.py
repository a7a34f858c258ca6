"""One live stream that is being converted, whichever resampler is alive to do it."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np

from irene.audio.history import History
from irene.audio.samples import FLOAT32
from irene.components.calls.closing import close_late
from irene.components.calls.deadline import LateError, hung_error, timed
from irene.components.calls.thread import CallThread
from irene.components.calls.watch import CallWatch
from irene.components.chain.attempts import named
from irene.components.chain.candidate import Candidate
from irene.components.chain.failure_streak import FailureStreak
from irene.components.chain.provider_chain import ProviderChain
from irene.components.resampling.stand_ins import OVER, Hung, Scaled
from irene.components.routing.lease import UNTIMED, Lease
from irene.components.routing.outcome import Outcome
from irene.domain.audio import ResampleQuality, Samples
from irene.errors import IreneError
from irene.providers.border import ForeignCode
from irene.providers.resampling import Resampler, ResampleStream
from irene.providers.results import float32_block

_KEPT_S = 0.15
"""input that is kept for the next resampler: more than any quality of soxr holds back"""

_FORGIVEN = 500
"""chunks without a failure after which earlier ones no longer count"""

T = TypeVar("T")

_Question = Callable[[ResampleStream], Samples]


@dataclass(slots=True, eq=False)
class LiveCounts:
    """What one stream was good for, and its place; written by its thread, read by any."""

    conversions: int = 0
    """chunks that were converted"""
    consumers: int = 1
    """how many got each of them"""
    lease: Lease[Candidate[Resampler[Any]]] | None = None
    """the place at the resampler, to be given back when nobody holds the stream any more"""


class LiveConversion:
    """One running conversion of a mono stream, moved to the next resampler when one fails.

    Nothing is lost or shifted by that: the last 0.15 s of input are converted again, and what came
    out before is left out. A single resampler is opened anew; nothing is kept for that, so what it
    held back becomes silence. Used by one thread.
    """

    def __init__(
        self,
        chain: ProviderChain[Resampler[Any]],
        source_rate: int,
        target_rate: int,
        quality: ResampleQuality,
        watch: CallWatch | None = None,
    ) -> None:
        """Open a stream of the resampler that serves; rates in Hz.

        `watch` sees the calls of the thread that converts, if somebody looks at them. Otherwise
        they are made on a thread of their own, unless no call may hang.

        Raises:
            ProviderUnavailableError: no resampler can be loaded.
            ProviderFailedError: none of them can convert between these rates.
        """
        self.counts = LiveCounts()
        """what it was good for so far"""
        self.wanted = 1
        """samples that `process` needs, at least, until it can return any"""
        self._chain = chain
        self._watch = watch or CallWatch()
        self._limit_s = chain.sharing.hung_s if watch is None else None
        self._thread: CallThread | None = None
        self._source_rate, self._target_rate = source_rate, target_rate
        self._quality = quality
        self._border = ForeignCode()
        kept = round(_KEPT_S * source_rate) if len(chain) > 1 else 0
        self._recent = History(kept, "float32") if kept else None
        self._distance = self._burst = 0
        self._n_in = 0
        self._n_made = 0
        self._n_out = 0
        self._failures = FailureStreak(_FORGIVEN)
        self._lease: Lease[Candidate[Resampler[Any]]] | None = None
        self._asked = ""  # name of who was asked last; empty where nobody could be
        self._stream: ResampleStream = OVER
        self._is_over = False
        try:
            with self._border:
                self._open()
        except IreneError as error:
            self._resume(error, None)

    @property
    def consumers(self) -> int:
        """How many listen to the output; set by whoever shares it, before the first chunk."""
        return self.counts.consumers

    @consumers.setter
    def consumers(self, number: int) -> None:
        self.counts.consumers = number

    def process(self, samples: Samples) -> Samples:
        """Take float32 samples, shape (n,), valid now only; return what is ready, maybe none.

        Both are in steps of int16: full scale is 32768.

        Raises:
            ProviderFailedError: every resampler has failed.
        """
        running = self._watch.running
        running.append((self, 0.0))
        stream = self._stream
        try:
            if self._limit_s is None:
                ready = stream.process(samples)
            else:
                ready = self._in_limit(partial(stream.process, samples), self._limit_s)
            if ready.__class__ is not np.ndarray or ready.dtype is not FLOAT32 or ready.ndim != 1:
                ready = float32_block(ready)
            self.wanted = stream.wanted
        except BaseException as raised:  # noqa: BLE001 - `told` lets pass what has to
            error = ForeignCode.told(raised)
            self._watch.returned(running)
            self.wanted = 1
            ready = self._resume(error, lambda stream: float32_block(stream.process(samples)))
        else:
            try:
                running.pop()
            except IndexError:
                self._watch.came_back(running)
        self.counts.conversions += 1
        self._n_in += len(samples)
        if self._recent is None:
            self._n_out += len(ready)
            return ready
        self._recent.append(samples)
        return self._deliver(ready)

    def left(self, error: LateError, time_s: float) -> None:
        """Give up the resampler that hangs; asked again for the same, the next one converts it."""
        self._abandon(error)
        self._stream = Hung(error)

    def _abandon(self, error: LateError) -> None:
        """Leave the stream to the thread that hangs in it."""
        lease, self._thread = self._lease, None
        stream, self._stream = self._stream, OVER
        error.call = "process"
        if lease is not None:  # else it is over
            lease.mark()
            self._leave(lease, error, [stream])

    def _leave(
        self,
        lease: Lease[Candidate[Resampler[Any]]],
        error: LateError,
        streams: Sequence[ResampleStream],
    ) -> None:
        """Tell of a call that hangs; should it return, its thread closes the streams."""
        self._chain.late(lease, error)

        def returned() -> None:
            close_late(streams)
            lease.end(Outcome.CANCELLED, UNTIMED)

        error.on_return(returned)

    def wanted_for(self, n_samples: int) -> int:
        """Return how many samples `process` needs, at least, until it has returned so many.

        Never too many: until then no call can bring the last of them.
        """
        if n_samples <= self._burst or not self._burst:
            return self.wanted
        return self.wanted + (n_samples - 1) // self._burst * self._distance

    def flush(self) -> Samples:
        """Return the samples that were held back; the stream is over after this.

        Raises:
            ProviderFailedError: every resampler has failed.
        """
        limit_s, flush = self._chain.sharing.hung_s, self._stream.flush
        try:
            with self._border:
                rest = float32_block(flush() if limit_s is None else self._in_limit(flush, limit_s))
        except IreneError as error:
            rest = self._resume(error, lambda stream: float32_block(stream.flush()))
        self._is_over = True
        self._free()
        if self._thread is not None:
            self._thread.leave()
        return rest if self._recent is None else self._deliver(rest)

    def close(self) -> None:
        """End the stream without what was held back, unless it is over.

        By the thread that uses it, or once that is done: never while it is in a call.
        """
        if self._is_over:
            return
        self._is_over = True
        if self._lease is not None and not self._lease.is_late:  # else a thread is in it still
            self._free()
        if self._thread is not None:
            self._thread.leave()

    def _open(self, without: Collection[str] = ()) -> ResampleStream:
        self._asked = ""
        self._lease = self.counts.lease = lease = self._chain.lease(without, budgeted=False)
        self._asked = lease.name
        provider = lease.candidate.provider
        made: list[ResampleStream] = []

        def work() -> ResampleStream:
            rates = self._source_rate, self._target_rate
            made.append(provider.open_stream(*rates, 1, self._quality))
            return made[0]

        try:
            stream = timed(work, "open_stream", self._chain.sharing.limit())
        except LateError as error:
            self._leave(lease, error, made)
            raise
        self._stream = stream if provider.linear else Scaled(stream)
        self._lease.proven()
        self._distance = self._stream.distance
        self._burst = -(-self._distance * self._target_rate // self._source_rate)
        return self._stream

    def _free(self) -> None:
        """Close the stream; its failure to close costs nothing, but is told."""
        stream, self._stream = self._stream, OVER
        lease = self._lease
        if lease is None:
            return
        try:
            with self._border:
                timed(stream.close, "close", self._chain.sharing.limit())
        except IreneError as error:
            self._chain.tell_failure(lease.name, error)
            self._chain.abandon_if_late(lease.name, error)
        lease.end(Outcome.TORN_DOWN, UNTIMED)

    def _resume(self, error: IreneError, question: _Question | None) -> Samples:
        """Let the next resamplers, one after another, make again what is missing, then go on."""
        if self._is_over:
            raise error
        tried: set[str] = set()
        while self._give_up(error, tried):
            try:
                with self._border:
                    stream = self._open(tried)
                return self._asked_again(stream, question)
            except IreneError as another:
                error = another
        self._is_over = True
        raise named(error, self._chain.kind, self._asked) if self._asked else error

    def _asked_again(self, stream: ResampleStream, question: _Question | None) -> Samples:
        """Return what is missing and the answer to a question, unless the thread is left in it."""

        def work() -> Samples:
            again = self._replay(stream)
            return again if question is None else _joined(again, question(stream))

        running = self._watch.running
        running.append((self, 0.0))
        try:
            with self._border:
                ready = work() if self._limit_s is None else self._in_limit(work, self._limit_s)
        except IreneError:
            self._watch.returned(running)
            raise
        self._watch.returned(running)
        return ready

    def _give_up(self, error: IreneError, tried: set[str]) -> bool:
        """Leave the serving resampler; return whether there is one that was not tried now."""
        if self._lease is None:
            return False  # none could be loaded
        tried.add(self._lease.name)
        if isinstance(error, LateError):
            if not error.call:  # else it was told by whoever left its thread
                self._abandon(error)
        else:
            self._lease.mark()  # what it fails at is what it was asked now
            self._chain.give_up(self._lease, error)
            self._free()
        return self._has_hope(tried)

    def _has_hope(self, tried: set[str]) -> bool:
        """Whether there is one to ask who was not tried now, or one that has worked before."""
        n_done = self.counts.conversions
        self._failures.worked(n_done)
        self._failures.add(n_done)
        names = [one.name for one in self._chain.candidates()]
        if not tried.issuperset(names):
            return True
        tried.clear()
        return bool(n_done) and not self._failures.is_too_long(len(names))

    def _in_limit(self, work: Callable[[], T], limit_s: float) -> T:
        """Return what the resampler returns in time."""
        if self._thread is None:
            self._thread = CallThread("conversion")
            weakref.finalize(self, self._thread.leave).atexit = False
        try:
            return self._thread.call(work, limit_s)
        except LateError as error:
            raise hung_error(error) from None

    def _replay(self, stream: ResampleStream) -> Samples:
        """Feed the recent input, from a sample on that lies exactly on one of the output.

        Where none is kept, silence stands for what has not come of it.
        """
        if self._recent is None:
            n_due = round(self._n_in * self._target_rate / self._source_rate)
            return np.zeros(max(0, n_due - self._n_out), np.float32)
        if not self._n_in:
            return np.zeros(0, np.float32)
        step = self._source_rate // math.gcd(self._source_rate, self._target_rate)
        first = -(-self._recent.start // step) * step
        if first > self._n_in:  # rates with hardly a common divisor: half a sample off at most
            first = self._recent.start
        self._n_made = round(first * self._target_rate / self._source_rate)
        return float32_block(stream.process(self._recent.view(first, self._n_in)))

    def _deliver(self, ready: Samples) -> Samples:
        """Return the part of the output that has not been given yet."""
        known = self._n_out - self._n_made
        self._n_made += ready.shape[0]
        if known > 0:
            ready = ready[known:]
        elif known < 0:
            ready = _joined(np.zeros(-known, np.float32), ready)
        self._n_out += ready.shape[0]
        return ready


def _joined(first: Samples, second: Samples) -> Samples:
    return np.concatenate([first, second])
