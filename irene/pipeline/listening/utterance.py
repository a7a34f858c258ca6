"""Recognising one utterance on a thread of its own, while it is being spoken."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from irene.components.asr import ASRComponent
from irene.components.asr_stream import FallbackAsrStream, Recognition
from irene.components.threads import start_daemon
from irene.domain.audio import Samples
from irene.domain.grammar import Grammar
from irene.errors import ProviderFailedError

_CANCEL_S = 1.0
"""longest wait for an engine to let go of an utterance that was given up"""
_STALL_S = 30.0
"""longest wait for a busy recogniser while a file is read in step with it"""


class LiveUtterance:
    """One utterance on its way through the recogniser.

    Audio goes in with `feed`, `end` asks for the final text, `result` waits for it. `in_step`
    makes `feed` wait until the audio has been processed, so that partial hypotheses of a file come
    in the same order in every run.
    """

    def __init__(
        self,
        asr: ASRComponent,
        sample_rate: int,
        on_partial: Callable[[str], None],
        in_step: bool,
        grammar: Grammar | None = None,
        *,
        now_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Let the grammar guide recognition; None takes the assistant's own.

        `now_s` is the time of the clock.
        """
        self._asr = asr
        self._grammar = grammar
        self._sample_rate = sample_rate
        self._on_partial = on_partial
        self._in_step = in_step
        self._heard: list[Samples] = []
        self._now_s = now_s
        self.again_s: float | None = None
        """clock time from which on it was recognised again, freely; None when it was not"""
        self._attempt = self._started()

    def feed(self, samples: Samples) -> None:
        """Take int16 mono samples; they are copied."""
        block = samples.copy()
        self._heard.append(block)
        self._attempt.put(block)
        if self._in_step:
            self._in_step = self._attempt.wait_idle(_STALL_S)

    def end(self) -> None:
        """Say that the utterance is over."""
        self._attempt.put(None)

    def abandon(self) -> None:
        """Give the utterance up; returns at once."""
        self._attempt.cancel()

    def cancel(self) -> None:
        """Give the utterance up; blocks a little until its engine is free."""
        self._attempt.cancel()
        self._attempt.wait_idle(_CANCEL_S)

    async def result(self, timeout_s: float) -> Recognition:
        """Wait for the final text; a recogniser that misses the deadline is replaced by the next.

        Raises:
            ProviderFailedError: every recogniser failed or missed the deadline.
        """
        for tries_left in reversed(range(max(1, len(self._asr.slot.chain)))):
            try:
                text = asyncio.wrap_future(self._attempt.future)
                text.add_done_callback(_retrieve)
                return await asyncio.wait_for(asyncio.shield(text), timeout_s)
            except asyncio.TimeoutError:
                late = ProviderFailedError(f"no transcript within {timeout_s:g} s")
                self._attempt.cancel()
                self._asr.slot.chain.failed(self._attempt.provider, late)
                if tries_left:
                    self._start_over()
        raise ProviderFailedError(f"no recogniser gave a transcript within {timeout_s:g} s")

    def _start_over(self) -> None:
        """Give all audio to whichever provider serves now."""
        self._attempt = self._started()
        for block in self._heard:
            self._attempt.put(block)
        self._attempt.put(None)

    def _started(self) -> _Attempt:
        stream = self._asr.open(self._sample_rate, grammar=self._grammar)
        stream.on_again = self._note_again
        return _Attempt(stream, self._on_partial)

    def _note_again(self) -> None:
        self.again_s = self._now_s()


def _retrieve(text: asyncio.Future[Recognition]) -> None:
    """Look at the outcome, so that asyncio does not report a late failure that nobody wants."""
    if not text.cancelled():
        text.exception()


class _Attempt:
    """One worker thread with its queue of audio."""

    def __init__(self, stream: FallbackAsrStream, on_partial: Callable[[str], None]) -> None:
        self._on_partial = on_partial
        self._blocks: deque[Samples | None] = deque()
        self._changed = threading.Condition()
        self._busy = False
        self._ended = False
        self._cancelled = False
        self._stream = stream
        self.future: Future[Recognition] = start_daemon("asr", self._work)

    @property
    def provider(self) -> str:
        """Name of the provider that serves."""
        return self._stream.provider

    def put(self, block: Samples | None) -> None:
        """Queue a block; None asks for the final hypothesis."""
        with self._changed:
            self._blocks.append(block)
            self._changed.notify_all()

    def cancel(self) -> None:
        """Stop as soon as the engine returns."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def wait_idle(self, timeout_s: float) -> bool:
        """Block until everything queued has been processed; return False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: self._ended or self._idle(), timeout_s)

    def _idle(self) -> bool:
        return not (self._blocks or self._busy or self._cancelled)

    def _work(self) -> Recognition:
        try:
            return self._run(self._stream)
        finally:
            self._stream.close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _run(self, stream: FallbackAsrStream) -> Recognition:
        said = ""
        while not self._cancelled:
            block = self._next()
            if block is None:
                break
            partial = stream.accept(block)
            if self._cancelled:
                break
            if partial is not None and partial.text and partial.text != said:
                said = partial.text
                self._on_partial(said)
        if self._cancelled:
            raise ProviderFailedError("the utterance was cancelled")
        return stream.finish()

    def _next(self) -> Samples | None:
        """Return the next block; while it is being processed the worker counts as busy."""
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._blocks or self._cancelled)
            self._busy = True
            return None if self._cancelled else self._blocks.popleft()
