"""One utterance on any engine for Whisper models: in windows, in pauses, and at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from irene import AsrStream, Grammar, Hypothesis, PauseEar, PerformanceMetrics, Samples
from irene_plugins.asr.whisper.audible import is_audible
from irene_plugins.asr.whisper.growing import GrowingPiece
from irene_plugins.asr.whisper.pace import Pace
from irene_plugins.asr.whisper.passages import RATE, Passage, between_words, joined
from irene_plugins.asr.whisper.query import Query, WindowEngine
from irene_plugins.asr.whisper.schedule import PartialSchedule
from irene_plugins.asr.whisper.sentences import is_sentence, normalised
from irene_plugins.asr.whisper.windows import PauseCutter


@dataclass(frozen=True)
class Hearing:
    """How utterances are recognised; the same for all of a provider."""

    least_confidence: float = 0.0
    """0 to 1; a sentence of the grammar counts as something else below it"""
    confirm: bool = False
    """whether a sentence of the grammar has to be heard without the grammar's prompt as well"""
    carry_text: bool = True
    """whether the text of one window is the prompt of the next one"""
    in_pauses: bool = True
    """whether what was said so far is recognised when somebody pauses"""
    partial_every_s: float = 0.0
    """seconds of live speech from one partial hypothesis to the next; 0: only in pauses"""
    partial_share: float = 0.25
    """most of the time that partial hypotheses may take, above 0, up to 1"""

    @property
    def is_streaming(self) -> bool:
        """Whether anything is recognised before the end."""
        return self.in_pauses or self.partial_every_s > 0


@dataclass(frozen=True)
class _Early:
    """What was recognised in a pause, in case that nothing follows."""

    passage: Passage
    n_frames: int
    """frames of 20 ms that had come by then"""
    n_samples: int
    """samples of the piece that had come by then"""


class WhisperStream(AsrStream):
    """The state of one utterance; holds no more than one window of its audio.

    Models see 30 s at a time. A longer utterance is cut at pauses, and each piece is recognised as
    soon as it is whole. While somebody speaks live, what has come of the last piece is recognised
    in each pause: if nothing but quiet follows, that is the final text, and `finish` takes no time.
    With `partial_every_s` it is recognised in between as well, and what two such decodings agree on
    is stable: every later hypothesis begins with it, and so does the final one.
    """

    def __init__(
        self,
        engine: WindowEngine,
        query: Query,
        hearing: Hearing,
        grammar: Grammar | None = None,
        *,
        clock: Callable[[], float],
        metrics: PerformanceMetrics | None = None,
    ) -> None:
        """Start.

        `clock` tells live speech from recordings, and what decoding costs; it returns seconds since
        any moment. `metrics` takes what it costs to store and read the audio.
        """
        self._metrics = metrics or PerformanceMetrics()
        self._engine = engine
        self._query = query
        self._hearing = hearing
        self._grammar = grammar
        self._clock = clock
        self._pace = Pace(clock)
        self._schedule = PartialSchedule(hearing.partial_every_s, hearing.partial_share)
        self._cutter = PauseCutter()
        self._ear = PauseEar()
        self._done: list[Passage] = []
        self._early: _Early | None = None
        self._growing = GrowingPiece()
        self._told = ("", 0)

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take float32 samples; return a partial hypothesis when it has changed."""
        is_live = self._pace.waited_for(len(samples))
        self._take(samples)
        if is_live:
            self._work_ahead()
        self._pace.done()
        return self._partial()

    def finish(self) -> Hypothesis:
        """Return the final hypothesis; words have times from the first sample of the utterance.

        With a grammar, `in_grammar` is True when the text, written in plain words, is one of its
        sentences, and the model is sure enough of it. The grammar only leads the model, so anything
        else that is heard is what was said, or near it.
        """
        heard = self._cutter.rest
        if self._early is not None and self._ear.is_quiet_since(self._early.n_frames):
            last, heard = self._early.passage, heard[: self._early.n_samples]
        else:
            last = self._rest(self._query_now())
        passage = self._whole(self._growing.concluded(last))
        return Hypothesis(
            passage.text,
            True,
            passage.words,
            passage.language,
            passage.confidence if passage.text else None,
            self._is_in_grammar(passage, heard),
        )

    @property
    def _heard_s(self) -> float:
        """Seconds of audio that have come."""
        return (self._cutter.start + len(self._cutter.rest)) / RATE

    def _take(self, samples: Samples) -> None:
        with self._metrics.measure("whisper.insert_audio"):
            pieces = self._cutter.add(samples)
        for piece in pieces:
            passage = self._recognised(piece.samples, self._query_now(), piece.start)
            before, self._growing = self._growing.cut((piece.start + len(piece.samples)) / RATE)
            self._done.append(before.concluded(passage))
        if pieces:
            self._early, self._ear = None, PauseEar()
            self._ear.add(self._cutter.rest)
        else:
            self._ear.add(samples)

    def _work_ahead(self) -> None:
        """Recognise what has come of the last piece: in a pause, or when it is time to."""
        if self._early is not None and self._ear.is_quiet_since(self._early.n_frames):
            return
        is_pause = self._hearing.in_pauses and self._ear.is_pause
        if not is_pause and not self._schedule.is_due(self._heard_s):
            return
        began_s, query = self._clock(), self._query_now()
        if is_pause:
            passage = self._rest(query)
            self._early = _Early(passage, self._ear.n_frames, len(self._cutter.rest))
        else:
            passage = self._rest(_quick(query))
        is_sure = not query.effort.guards.is_doubtful(passage)
        self._growing.hear(passage, self._heard_s, is_sure)
        self._schedule.decoded(self._heard_s, self._clock() - began_s)

    def _rest(self, query: Query) -> Passage:
        return self._recognised(self._cutter.rest, query, self._cutter.start)

    def _recognised(self, samples: Samples, query: Query, start: int) -> Passage:
        """Return what is said in samples, with times from the beginning of the utterance."""
        with self._metrics.measure("whisper.buffer_read"):
            is_speech = is_audible(samples)
        if not is_speech:
            return Passage(language=query.language)
        passage = self._engine.recognise(samples, query)
        return query.effort.guards.cleaned(passage).shifted(start / RATE)

    def _query_now(self) -> Query:
        """Return the query; its prompt is the text before, if there is any to rely on."""
        before = self._done[-1] if self._done else None
        query = self._query
        if self._hearing.partial_every_s or self._growing.stable_text:
            query = replace(query, word_times=True)  # to know what follows the stable words
        if query.prompt or before is None or not self._hearing.carry_text:
            return query
        if query.effort.guards.is_doubtful(before) or before.temperature > _RELIABLE:
            return query
        return replace(query, prompt=before.text)

    def _whole(self, last: Passage) -> Passage:
        """Return the pieces that are done, and the last one, as one passage."""
        passages = [passage for passage in [*self._done, last] if passage.text] or [last]
        between = between_words(passages[0].language)  # the same at every time
        text = between.join(passage.text for passage in passages)
        return replace(joined(passages), text=text)

    def _partial(self) -> Hypothesis | None:
        whole = self._whole(self._growing.passage)
        promised = self._whole(Passage(text=self._growing.stable_text))
        told = (whole.text, len(promised.text))
        if told == self._told:
            return None
        self._told = told
        return Hypothesis(whole.text, False, whole.words, whole.language, stable=told[1])

    def _is_in_grammar(self, passage: Passage, heard: Samples) -> bool | None:
        if self._grammar is None or not passage.text:
            return None
        is_sure = passage.confidence >= self._hearing.least_confidence
        if not is_sure or self._query.effort.guards.is_hardly_speech(passage):
            return False
        return is_sentence(self._grammar, passage.text) and self._is_confirmed(passage, heard)

    def _is_confirmed(self, passage: Passage, heard: Samples) -> bool:
        """Whether the last piece has the same words when nothing leads the model to them."""
        if not self._hearing.confirm or self._done or not self._query.prompt:
            return True
        again = self._recognised(heard, replace(self._query, prompt="", word_times=False), 0)
        return normalised(again.text) == normalised(passage.text)


_RELIABLE = 0.5
"""temperature up to which openai-whisper hands text on to the next window"""


def _quick(query: Query) -> Query:
    """Return the query for what is asked again soon: at one temperature."""
    effort = replace(query.effort, temperatures=query.effort.temperatures[:1])
    return replace(query, effort=effort)
