"""Isolated voices."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from irene.components.isolation.lane_lease import LaneLease
from irene.components.isolation.proxy import IsolatedProvider
from irene.domain.audio import Samples
from irene.errors import IreneError
from irene.providers.tts import SpeechRequest, Tts


class IsolatedTts(IsolatedProvider, Tts[Any]):
    """A voice in workers: each says as many texts at once as it would here."""

    _original: Tts[Any]

    @property
    def sample_rate(self) -> int:
        """Hz, as the worker says."""
        if self.facts is None or self.facts.sample_rate is None:
            return self._original.sample_rate
        return self.facts.sample_rate

    def expected_rate(self) -> int | None:
        """Return what `sample_rate` will be, as far as the provider can say here."""
        return self.sample_rate if self.is_loaded else self._original.expected_rate()

    def check_voice(self, voice: str | None, language: str | None) -> None:
        """Ask a worker; before anything is loaded, what the provider says here."""
        self._asked("check_voice", voice, language)

    def synthesize(self, request: SpeechRequest) -> Iterator[Samples]:
        """Yield the worker's blocks; it makes the next one when that is asked for."""
        return self._blocks(request)

    def _blocks(self, request: SpeechRequest) -> Generator[Samples, None, None]:
        with self.pool.lease() as lease:
            lease.provider("synthesize", request)
            with _stopped(lease):
                while (block := lease.stream("next")) is not None:
                    yield block


@contextmanager
def _stopped(lease: LaneLease) -> Iterator[None]:
    """Stop what is being said, also when nobody wants to hear the rest."""
    try:
        yield
    except (IreneError, GeneratorExit):
        with suppress(IreneError):  # there is another one on its way, or nobody who wants it
            lease.end_stream()
        raise
    lease.end_stream()
