"""One utterance being recognised while it is spoken, as the listener and the answerer see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from irene.components.asr import ASRComponent
from irene.components.asr_stream import Recognition
from irene.components.utterances.told import Told
from irene.domain.audio import Samples
from irene.domain.grammar import Grammar
from irene.domain.speech import Hypothesis

_CANCEL_S = 1.0
"""longest wait for an engine to let go of an utterance that was given up"""
_STALL_S = 30.0
"""longest wait for a busy recogniser while a file is read in step with it"""


class LiveUtterance:
    """One utterance on its way through the recognisers.

    Audio goes in with `feed`, `end` asks for the final text, `result` waits for it. `in_step`
    makes `feed` wait until the audio has been processed, so that partial hypotheses of a file come
    in the same order in every run.
    """

    def __init__(
        self,
        asr: ASRComponent,
        sample_rate: int,
        on_partial: Callable[[Hypothesis], None],
        in_step: bool,
        grammar: Grammar | None = None,
        *,
        now_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Let the grammar guide recognition; None takes the assistant's own.

        `now_s` is the time of the clock.
        """
        self._on_partial = on_partial
        self._in_step = in_step
        self._said = ("", 0)
        self._now_s = now_s
        self.again_s: float | None = None
        """clock time from which on it was recognised again, freely; None when it was not"""
        told = Told(partial=self._tell, again=self._note_again)
        self._utterance = asr.open(sample_rate, grammar=grammar, told=told)

    def feed(self, samples: Samples) -> None:
        """Take int16 mono samples; they are copied."""
        self._utterance.feed(samples.copy())
        if self._in_step:
            self._in_step = self._utterance.wait_idle(_STALL_S)

    def end(self) -> None:
        """Say that the utterance is over."""
        self._utterance.end()

    def abandon(self) -> None:
        """Give the utterance up; returns at once."""
        self._utterance.stop("nobody wants it any more")

    def cancel(self) -> None:
        """Give the utterance up; blocks a little until its engine is free."""
        self.abandon()
        self._utterance.wait_over(_CANCEL_S)

    async def result(self) -> Recognition:
        """Wait for the final text.

        Raises:
            ProviderFailedError: every recogniser failed, or was too late.
        """
        text = asyncio.wrap_future(self._utterance.text)
        text.add_done_callback(_retrieve)
        return await asyncio.shield(text)

    def _tell(self, partial: Hypothesis) -> None:
        """Tell a partial hypothesis that is another one than the last, or is surer."""
        said = (partial.text, partial.stable)
        if partial.text and said != self._said:
            self._said = said
            self._on_partial(partial)

    def _note_again(self) -> None:
        self.again_s = self._now_s()


def _retrieve(text: asyncio.Future[Recognition]) -> None:
    """Look at the outcome, so that asyncio does not report a late failure that nobody wants."""
    if not text.cancelled():
        text.exception()
