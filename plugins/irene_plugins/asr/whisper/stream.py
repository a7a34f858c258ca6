"""One utterance on any engine for Whisper models: in windows, in pauses, and at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from irene import AsrStream, Grammar, Hypothesis, Samples
from irene_plugins.asr.whisper.pace import Pace
from irene_plugins.asr.whisper.passages import RATE, Passage, joined
from irene_plugins.asr.whisper.pauses import PauseEar, is_audible
from irene_plugins.asr.whisper.query import Query, WindowEngine
from irene_plugins.asr.whisper.sentences import is_sentence
from irene_plugins.asr.whisper.windows import PauseCutter


@dataclass(frozen=True)
class Hearing:
    """How utterances are recognised; the same for all of a provider."""

    least_confidence: float = 0.0
    """0 to 1; a sentence of the grammar counts as something else below it"""
    carry_text: bool = True
    """whether the text of one window is the prompt of the next one"""
    in_pauses: bool = True
    """whether what was said so far is recognised when somebody pauses"""


@dataclass(frozen=True)
class _Early:
    """What was recognised in a pause, in case that nothing follows."""

    passage: Passage
    n_frames: int
    """frames of 20 ms that had come by then"""


class WhisperStream(AsrStream):
    """The state of one utterance; holds no more than one window of its audio.

    Models see 30 s at a time. A longer utterance is cut at pauses, and each piece is recognised as
    soon as it is whole. While somebody speaks live, what has come of the last piece is recognised
    in each pause: if nothing but quiet follows, that is the final text, and `finish` takes no time.
    """

    def __init__(
        self,
        engine: WindowEngine,
        query: Query,
        hearing: Hearing,
        grammar: Grammar | None = None,
        *,
        clock: Callable[[], float],
    ) -> None:
        """`clock` tells live speech from recordings; returns seconds since any moment."""
        self._engine = engine
        self._query = query
        self._hearing = hearing
        self._grammar = grammar
        self._pace = Pace(clock)
        self._cutter = PauseCutter()
        self._ear = PauseEar()
        self._done: list[Passage] = []
        self._early: _Early | None = None
        self._text = ""

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take float32 samples; return a partial hypothesis when its text has changed."""
        is_live = self._pace.waited_for(len(samples))
        self._take(samples)
        if is_live and self._is_worth_it():
            self._early = _Early(self._heard(self._cutter.rest), self._ear.n_frames)
        self._pace.done()
        return self._partial()

    def finish(self) -> Hypothesis:
        """Return the final hypothesis; words have times from the first sample of the utterance.

        With a grammar, `in_grammar` is True when the text, written in plain words, is one of its
        sentences, and the model is sure enough of it. The grammar only leads the model, so anything
        else that is heard is what was said, or near it.
        """
        if self._early is not None and self._ear.is_quiet_since(self._early.n_frames):
            passage = joined([*self._done, self._early.passage])
        else:
            passage = joined([*self._done, self._heard(self._cutter.rest)])
        return Hypothesis(
            passage.text,
            True,
            passage.words,
            passage.language,
            passage.confidence if passage.text else None,
            self._is_in_grammar(passage),
        )

    def _take(self, samples: Samples) -> None:
        pieces = self._cutter.add(samples)
        for piece in pieces:
            self._done.append(self._heard(piece.samples, piece.start))
        if pieces:
            self._early, self._ear = None, PauseEar()
            self._ear.add(self._cutter.rest)
        else:
            self._ear.add(samples)

    def _is_worth_it(self) -> bool:
        """Whether there is a pause, and something was said since the last one."""
        if not self._hearing.in_pauses or not self._ear.is_pause:
            return False
        return self._early is None or not self._ear.is_quiet_since(self._early.n_frames)

    def _heard(self, samples: Samples, start: int | None = None) -> Passage:
        """Return what is said in samples, with times from the beginning of the utterance."""
        if not is_audible(samples):
            return Passage(language=self._query.language)
        start = self._cutter.start if start is None else start
        passage = self._engine.recognise(samples, self._query_now())
        return self._query.effort.guards.cleaned(passage).shifted(start / RATE)

    def _query_now(self) -> Query:
        """Return the query; its prompt is the text before, if there is any to rely on."""
        before = self._done[-1] if self._done else None
        if self._query.prompt or before is None or not self._hearing.carry_text:
            return self._query
        if self._query.effort.guards.is_doubtful(before) or before.temperature > _RELIABLE:
            return self._query
        return replace(self._query, prompt=before.text)

    def _partial(self) -> Hypothesis | None:
        passages = [*self._done, *([self._early.passage] if self._early else [])]
        passage = joined(passages)
        if passage.text == self._text:
            return None
        self._text = passage.text
        return Hypothesis(passage.text, False, passage.words, passage.language)

    def _is_in_grammar(self, passage: Passage) -> bool | None:
        if self._grammar is None or not passage.text:
            return None
        is_sure = passage.confidence >= self._hearing.least_confidence
        return is_sure and is_sentence(self._grammar, passage.text)


_RELIABLE = 0.5
"""temperature up to which openai-whisper hands text on to the next window"""
