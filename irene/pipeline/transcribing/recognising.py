"""What is said in the pieces of recordings: whose language it is, and as many at a time as pay."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial

from irene.components.asr.component import ASRComponent
from irene.components.language.component import LanguageComponent
from irene.components.threads import start_daemon, usable_cores
from irene.domain.audio import AudioChunk
from irene.errors import IreneError
from irene.pipeline.transcribing.segment import Piece, Segment
from irene.providers.asr import AsrCapabilities


class Recognising:
    """Recognises pieces of recordings, one after another or several at a time.

    A piece in which several languages are spoken is cut where they change; where nobody knows, it
    is the language of before.
    """

    def __init__(
        self, asr: ASRComponent, language: LanguageComponent | None, at_once: int | None
    ) -> None:
        """Recognise with these; `at_once` None: as many as the recogniser gains from."""
        self.asr = asr
        self.language = language
        """what identifies the language; None: there is only one"""
        self._at_once = at_once
        self._spoken = None if language is None else language.default

    @property
    def at_once(self) -> int:
        """How many pieces are recognised at a time."""
        if self._at_once is not None:
            return self._at_once
        return gainful(self.asr.slot.chain.current.provider.capabilities)

    def pieces(self, clip: AudioChunk) -> Iterator[Piece]:
        """Yield the stretches of a language in a piece of a recording, to be recognised."""
        if self.language is None:
            yield Piece(clip, None)
            return
        for run in self.language.runs_of_clip(clip):
            if run.probability > 0:  # otherwise nobody knows: it is the one of before
                self._spoken = run.language
            yield Piece(clip.between(run.start_s, run.end_s), self._spoken)

    def recognize(self, piece: Piece) -> Segment | None:
        """Return what is said in a piece; None when there are no words in it.

        Raises:
            ProviderFailedError: every recogniser has failed.
        """
        clip, language = piece.clip, piece.language
        recognition = self.asr.recognize(clip, language=language, at_once=self.at_once)
        hypothesis = recognition.hypothesis
        if not hypothesis.text.strip():
            return None
        return Segment(
            start_s=clip.start_s,
            end_s=clip.end_s,
            text=hypothesis.text.strip(),
            words=tuple(word.shifted(clip.start_s) for word in hypothesis.words),
            language=hypothesis.language or language,
            provider=recognition.provider,
        )

    def begun(self, piece: Piece) -> Future[Segment | None]:
        """Start on a piece, on a thread of its own where there are to be several at a time."""
        work = partial(self.recognize, piece)
        if self.at_once > 1:
            return start_daemon("transcribe", work)
        done: Future[Segment | None] = Future()
        try:
            done.set_result(work())
        except IreneError as error:
            done.set_exception(error)
        return done


def gainful(capabilities: AsrCapabilities) -> int:
    """Return how many utterances a recogniser gains from having at a time.

    Some work on several together, for less than the sum of their times: while they do, as many are
    to wait, or they would be taken one by one. For others, one for each core is enough.
    """
    n_waiting = 2 * capabilities.together if capabilities.together > 1 else 1
    return max(1, min(capabilities.max_concurrency, max(n_waiting, usable_cores())))
