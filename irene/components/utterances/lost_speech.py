"""What is said live is never thrown away: it is on the disk until it has a text."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import partial
from weakref import ref

from irene.components.chain.news import Report
from irene.components.utterances.callbacks import UtteranceCallbacks
from irene.components.utterances.pending_speech import Circumstances, PendingSpeech
from irene.components.utterances.spool import Spool, recover
from irene.components.utterances.utterance import Utterance
from irene.domain.clock import Clock
from irene.domain.events import UtteranceKept, Warned
from irene.errors import IreneError
from irene.providers.border import one_line


class LostSpeech:
    """Keeps utterances in a folder that no recogniser could recognise, or that were broken off."""

    def __init__(self, pending: PendingSpeech | None, report: Report, clock: Clock) -> None:
        """`pending` is the folder; None: what is lost is lost."""
        self._pending = pending
        self._report = report
        self._clock = clock

    def guard(self, utterance: Utterance, callbacks: UtteranceCallbacks) -> None:
        """Keep the audio of an utterance if every recogniser fails; sets `callbacks.lost`."""
        said_at = self._clock.now()
        callbacks.lost = partial(self._keep, ref(utterance), said_at)
        if self._pending is not None:
            request = utterance.request
            digest = None if request.grammar is None else request.grammar.digest
            known = Circumstances(said_at, request.language, digest)
            spool = Spool(utterance.audio, request.sample_rate, self._pending, known)
            utterance.text.add_done_callback(lambda text: spool.discard())

    def keep_left(self) -> None:
        """Keep what was being said when an assistant before this one was killed; blocks.

        So it counts among what may be kept, also when nobody ever asks for it.
        """
        if self._pending is not None:
            with suppress(IreneError):
                recover(self._pending)

    def _keep(self, lost: ref[Utterance], said_at: datetime) -> None:
        """Put an utterance on the disk that nobody could recognise."""
        utterance = lost()
        if self._pending is None or utterance is None:
            return
        request, audio = utterance.request, utterance.audio
        grammar = None if request.grammar is None else request.grammar.digest
        known = Circumstances(said_at, request.language, grammar, utterance.reasons)
        self.keep_left()
        try:
            path, n_dropped = self._pending.keep(list(audio), request.sample_rate, known)
        except IreneError as error:
            self._report(Warned(message=f"what was said is lost: {one_line(error)}"))
            return
        seconds = audio.n_samples / request.sample_rate
        self._report(
            UtteranceKept(path=str(path), seconds=seconds, reasons=known.reasons, dropped=n_dropped)
        )
