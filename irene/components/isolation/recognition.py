"""Isolated recognisers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from irene.components.isolation.proxy import IsolatedProvider
from irene.components.isolation.talk import Talk
from irene.domain.audio import Samples
from irene.domain.grammar import Grammar
from irene.domain.speech import Hypothesis
from irene.errors import ProviderFailedError
from irene.providers.asr import Asr, AsrRequest, AsrStream


class IsolatedAsr(IsolatedProvider, Asr[Any]):
    """A recogniser in workers: each takes as many utterances as it would here."""

    _original: Asr[Any]

    def open_stream(self, request: AsrRequest) -> AsrStream:
        """Start on a new utterance in the worker that has least to do."""
        talk = self.pool.talk()
        try:
            with talk.grammar(request.grammar) as grammar:
                asked = replace(request, grammar=grammar)  # type: ignore[arg-type] # a reference
                talk.provider("open_stream", asked)
        except BaseException:
            talk.close()
            raise
        return _Utterance(talk, self.name, request.sample_rate)

    def prepare(self, grammar: Grammar) -> None:
        """Have every worker compile a grammar, now and whenever it is started again."""
        self.pool.prepare(grammar)

    def unknown_words(self, words: Iterable[str]) -> tuple[str, ...]:
        """Ask a worker; before anything is loaded, what the provider says here."""
        return tuple(self._asked("unknown_words", tuple(words)))


_GRANTED = 2.0
"""seconds by which calls may take longer per second of audio heard: a recogniser may do all its
work at the end of a long recording"""


class _Utterance(AsrStream):
    def __init__(self, talk: Talk, provider: str, sample_rate: int) -> None:
        self._talk = talk
        self._provider = provider
        self._rate = sample_rate

    def accept(self, samples: Samples) -> Hypothesis | None:
        self._talk.grant(_GRANTED * samples.size / self._rate)
        partial = self._talk.stream("accept", audio=(samples,))
        return None if partial is None else self._known(partial)

    def finish(self) -> Hypothesis:
        return self._known(self._talk.stream("finish"))

    def close(self) -> None:
        self._talk.end_stream()

    def _known(self, answer: object) -> Hypothesis:
        if not isinstance(answer, Hypothesis):
            raise ProviderFailedError(f"{self._provider} returned {answer!r}, no hypothesis")
        return answer
