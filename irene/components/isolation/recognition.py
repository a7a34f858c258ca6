"""Isolated recognisers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from irene.components.isolation.lane_lease import LaneLease
from irene.components.isolation.proxy import IsolatedProvider
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
        lease = self.pool.lease()
        try:
            with lease.grammar(request.grammar) as grammar:
                asked = replace(request, grammar=grammar)  # type: ignore[arg-type] # a reference
                lease.provider("open_stream", asked)
        except BaseException:
            lease.close()
            raise
        return _Utterance(lease, self.name, request.sample_rate)

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
    def __init__(self, lease: LaneLease, provider: str, sample_rate: int) -> None:
        self._lease = lease
        self._provider = provider
        self._rate = sample_rate

    def accept(self, samples: Samples) -> Hypothesis | None:
        self._lease.grant(_GRANTED * samples.size / self._rate)
        partial = self._lease.stream("accept", audio=(samples,))
        return None if partial is None else self._known(partial)

    def finish(self) -> Hypothesis:
        return self._known(self._lease.stream("finish"))

    def close(self) -> None:
        self._lease.end_stream()

    def _known(self, answer: object) -> Hypothesis:
        if not isinstance(answer, Hypothesis):
            raise ProviderFailedError(f"{self._provider} returned {answer!r}, no hypothesis")
        return answer
