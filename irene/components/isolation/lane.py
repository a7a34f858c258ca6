"""One conversation with a worker: a question, its answer, the next question."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from irene.components.isolation.messages import (
    ErrorFacts,
    error_of,
    from_worker,
    receive_bytes,
    send,
)
from irene.components.isolation.shared_region import SharedRegion
from irene.domain.audio import Samples
from irene.domain.clock import Clock
from irene.errors import ProviderFailedError
from irene.providers.border import ForeignCode
from irene.telemetry.performance_metrics import Drained

Question = tuple[str, str, Sequence[object]]
"""whom: `provider`, or `stream` for what that has opened on this lane; which method or property of
it; and what that takes after the audio"""


class Lane:
    """Asks one thread of a worker; used by one thread at a time.

    A call that the worker does not survive raises. So does every later one, and one after a call
    that was left in the middle: its answer would be taken for that of the next question.
    """

    def __init__(
        self,
        channel: socket.socket,
        region: SharedRegion,
        clock: Clock,
        lost: Callable[[], str],
        measured: Callable[[Drained], None] = lambda stage: None,
    ) -> None:
        """Ask over a channel and a region that are this lane's alone.

        Args:
            channel: carries questions and answers.
            region: carries audio.
            clock: what limits are measured by.
            lost: asked what became of the worker when no answer comes; may take a moment.
            measured: takes what a stage of the provider took in the worker, with the next answer.
        """
        self._channel = channel
        self._region = region
        self._clock = clock
        self._lost = lost
        self._measured = measured
        self._lock = threading.RLock()
        self._border = ForeignCode("it returned what cannot be read: ")
        self.owner: object = None
        """whoever may ask; set by the owner itself"""
        self._is_open = True
        self._next: Callable[[], None] | None = None
        self._broken = "a call before this one was left in the middle"
        self.due_s: float | None = None
        """time of the clock at which the running call is too late; None while there is none"""
        self.limit_s = 0.0
        """longest time of the running call, or of the last one"""
        self.may_wait: Callable[[float], bool] | None = None
        """asked about a call that is too late: whether it may wait for something from outside that
        has not come since that time of the clock; set by the owner"""
        self.is_sound = True
        """whether it can be asked again"""

    def ask(
        self,
        owner: object,
        question: Question,
        audio: Sequence[Samples],
        limit_s: float,
        answered: Callable[[], None] | None = None,
    ) -> Any:
        """Return what the worker answers; an array is the caller's own.

        Where something is to be said of an array, that comes first, and the array second.

        Args:
            owner: whoever asks.
            question: what is asked.
            audio: arrays that go with it, as the first arguments of the method.
            limit_s: time after which the worker is given up.
            answered: called when it was done, before another process can follow this one.

        Raises:
            IreneError: what the provider raised, as it would in this process.
            ProviderFailedError: the worker died, hangs or was given up.
        """
        try:
            with self._lock:
                if self.owner is not owner:
                    raise ProviderFailedError("the stream is closed")
                self.limit_s = limit_s
                body = self._exchanged(question, audio)
                with self._border:
                    return self._answer(body, answered)
        finally:
            if self._next is not None:
                self._go_on()

    def _answer(self, body: bytes, answered: Callable[[], None] | None) -> Any:
        works, value, places, times = from_worker(body)
        for stage in times:
            self._measured(stage)
        if not works:
            raise error_of(ErrorFacts(*value))
        if answered is not None:
            answered()
        if not places:
            return value
        samples = self._region.take(places[0])
        return samples if value is None else (value, samples)

    def _exchanged(self, question: Question, audio: Sequence[Samples]) -> bytes:
        """Send a question and return the answer to it."""
        if not self.is_sound:
            raise ProviderFailedError(self._broken)
        self.is_sound = False
        self.due_s = self._clock.monotonic() + self.limit_s
        try:
            send(self._channel, (*question, self._region.put(audio)))
            body = receive_bytes(self._channel)
        except (EOFError, OSError) as error:
            self._broken = self._lost()
            raise ProviderFailedError(self._broken) from error
        finally:
            self.due_s = None
        self.is_sound = True
        return body

    def is_late(self, now_s: float) -> bool:
        """Whether the running call has taken too long, and does not wait for something."""
        due_s, may_wait = self.due_s, self.may_wait
        if due_s is None or now_s <= due_s:
            return False
        return may_wait is None or not may_wait(now_s - self.limit_s)

    def when_idle(self, work: Callable[[], None]) -> None:
        """Do something at the end of the call that runs, on its thread; now, if there is none.

        Nobody else can ask meanwhile.
        """
        self._next = work
        self._go_on()

    def _go_on(self) -> None:
        """Do what waits for the end of a call, unless there is one now, which will do it."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            work, self._next = self._next, None
            if work is not None:
                work()
        finally:
            self._lock.release()

    def cut(self) -> None:
        """End a call that waits for an answer; there will be no other one. From any thread."""
        self.is_sound = False
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give up channel and memory, once the running call is over; a second one does nothing."""
        with self._lock:
            if self._is_open:
                self._is_open = self.is_sound = False
                self._channel.close()
                self._region.close()
