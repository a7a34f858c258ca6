"""One utterance being recognised while it is spoken, as the listener and the answerer see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from irene.components.asr.stream import Recognition
from irene.components.language.listening import Identified, LanguageListener
from irene.components.utterances.callbacks import UtteranceCallbacks
from irene.components.utterances.utterance import Utterance
from irene.domain.audio import Samples
from irene.domain.speech import Hypothesis
from irene.pipeline.listening.spoken_language import SpokenLanguage

_CANCEL_S = 1.0
"""longest wait for an engine to let go of an utterance that was given up"""
_STALL_S = 30.0
"""longest wait for a busy recogniser while a file is read in step with it"""

Recognise = Callable[[str | None, UtteranceCallbacks], Utterance]
"""Starts recognition of an utterance in a language; None is the configured one."""


class LiveUtterance:
    """One utterance on its way through the recognisers.

    Audio goes in with `feed`, `end` asks for the final text, `result` waits for it. `in_step`
    makes `feed` wait until the audio has been processed, so that partial hypotheses of a file come
    in the same order in every run.

    Where the language is identified, recognition begins in the one that was spoken before. When it
    turns out at the end that another one is spoken, everything that was said is recognised again in
    that one: from the kept audio, so none of it is lost.
    """

    def __init__(
        self,
        recognise: Recognise,
        on_partial: Callable[[Hypothesis], None],
        in_step: bool,
        *,
        languages: LanguageListener | None = None,
        hears_apart: bool = False,
        now_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`languages` tells which one is spoken; None: there is only one.

        What it hears is what the recogniser hears, unless it `hears_apart`: that comes with
        `feed_language`. `now_s` is the time of the clock.
        """
        self._recognise = recognise
        self._on_partial = on_partial
        self._in_step = in_step
        self._hears_apart = hears_apart
        self._said = ("", 0)
        self._now_s = now_s
        self.again_s: float | None = None
        """clock time from which on it was recognised again, freely or in another language; None
        when it was not"""
        self._language = None if languages is None else SpokenLanguage(languages)
        self._utterance: Utterance | None = None
        if self._language is None:
            self._utterance = recognise(None, self._callbacks())
        elif self._language.begins_at_once:
            self._utterance = recognise(self._language.expected, self._callbacks())

    @property
    def identified(self) -> Identified | None:
        """Which language it is in; None before `result`, and where there is only one."""
        return None if self._language is None else self._language.identified

    def feed(self, samples: Samples) -> None:
        """Take int16 mono samples; they are copied."""
        block = samples.copy()
        if self._utterance is not None:
            self._utterance.feed(block)
        if self._language is not None:
            self._language.keep(block)
            if not self._hears_apart:
                self._language.feed(block)
        if self._in_step:
            self._in_step = self._caught_up()

    def feed_language(self, samples: Samples) -> None:
        """Take int16 mono samples in which only the language is heard; they are copied."""
        if self._language is not None:
            self._language.feed(samples.copy())

    def end(self, speech_s: float = 0.0) -> None:
        """Say that the utterance is over, and how much speech there was in it, seconds.

        Where the language is identified, recognition comes to its end when that is known: whatever
        it did before might be in vain, and would hold up an engine that both share.
        """
        if self._language is not None:
            self._language.end(speech_s)
        elif self._utterance is not None:
            self._utterance.end()

    def abandon(self) -> None:
        """Give the utterance up; returns at once."""
        if self._language is not None:
            self._language.stop()
        if self._utterance is not None:
            self._utterance.stop("nobody wants it any more")

    def cancel(self) -> None:
        """Give the utterance up; blocks a little until its engine is free."""
        self.abandon()
        if self._utterance is not None:
            self._utterance.wait_over(_CANCEL_S)

    async def result(self) -> Recognition:
        """Wait for the final text.

        Raises:
            ProviderFailedError: every recogniser failed, or was too late.
        """
        utterance = self._utterance
        if self._language is not None:
            utterance = await self._in_its_language(self._language)
        if utterance is None:
            utterance = self._utterance = self._recognise(None, self._callbacks())
        text = asyncio.wrap_future(utterance.text)
        text.add_done_callback(_retrieve)
        return await asyncio.shield(text)

    async def _in_its_language(self, spoken: SpokenLanguage) -> Utterance:
        """Return the utterance as it is recognised in its language, as soon as that is known."""
        language = await spoken.settled()
        utterance = self._utterance
        if utterance is not None and language == spoken.expected:
            utterance.end()
            return utterance
        if utterance is not None:
            utterance.stop(f"{language} is spoken")
            self._note_again()
        self._said = ("", 0)
        self._utterance = again = self._recognise(language, self._callbacks())
        for block in spoken.kept:
            again.feed(block)
        again.end()
        return again

    def _caught_up(self) -> bool:
        has_heard = self._utterance is None or self._utterance.wait_idle(_STALL_S)
        return has_heard and (self._language is None or self._language.wait_idle(_STALL_S))

    def _callbacks(self) -> UtteranceCallbacks:
        return UtteranceCallbacks(partial=self._tell, again=self._note_again)

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
