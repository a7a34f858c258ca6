"""Isolated providers that hear window by window: voice triggers, VADs, languages, echo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from irene.components.isolation.lane_lease import LaneLease
from irene.components.isolation.proxy import IsolatedProvider
from irene.domain.audio import Samples
from irene.providers.echo_cancellation import EchoCanceller, EchoCancellerStream
from irene.providers.language import LanguageIdentifier
from irene.providers.vad import Vad, VadStream
from irene.providers.voice_trigger import VoiceTrigger, VoiceTriggerStream


class IsolatedVoiceTrigger(IsolatedProvider, VoiceTrigger[Any]):
    """A voice trigger in workers."""

    _original: VoiceTrigger[Any]

    def open_stream(self, wake_words: Sequence[str]) -> VoiceTriggerStream:
        """Start listening in the worker that has least to do."""
        return _WakeStream(self.pool.open_stream(tuple(wake_words)))

    def available_wake_words(self) -> tuple[str, ...]:
        """Return what the provider says here."""
        return self._original.available_wake_words()

    def hears(self, phrase: str) -> bool:
        """Return what the provider says here."""
        return self._original.hears(phrase)

    def check_words(self, wake_words: Sequence[str]) -> None:
        """Say early what `open_stream` would say of these words."""
        self._original.check_words(wake_words)

    def threshold(self, wake_word: str) -> float:
        """Return what the provider says here."""
        return self._original.threshold(wake_word)


class _WakeStream(VoiceTriggerStream):
    def __init__(self, lease: LaneLease) -> None:
        self._lease = lease

    def process(self, window: Samples) -> Mapping[str, float]:
        scores: Mapping[str, float] = self._lease.stream("process", audio=(window,))
        return scores

    def reset(self) -> None:
        self._lease.stream("reset")

    def close(self) -> None:
        self._lease.end_stream()


class IsolatedVad(IsolatedProvider, Vad[Any]):
    """A voice activity detector in workers."""

    def open_stream(self) -> VadStream:
        """Start on a new stream in the worker that has least to do."""
        return _VadStream(self.pool.open_stream())


class _VadStream(VadStream):
    def __init__(self, lease: LaneLease) -> None:
        self._lease = lease

    def process(self, window: Samples) -> float:
        return float(self._lease.stream("process", audio=(window,)))

    def reset(self) -> None:
        self._lease.stream("reset")

    def close(self) -> None:
        self._lease.end_stream()


class IsolatedLanguage(IsolatedProvider, LanguageIdentifier[Any]):
    """A language identifier in workers."""

    def identify(self, window: Samples, live: bool = False) -> Mapping[str, float]:
        """Ask the worker that has least to do."""
        with self.pool.lease() as lease:
            shares: Mapping[str, float] = lease.provider("identify", live, audio=(window,))
            return shares


class IsolatedEchoCanceller(IsolatedProvider, EchoCanceller[Any]):
    """An echo canceller in workers."""

    def open_stream(self, sample_rate: int) -> EchoCancellerStream:
        """Start on a microphone in the worker that has least to do."""
        return _EchoStream(self.pool.open_stream(sample_rate))


class _EchoStream(EchoCancellerStream):
    def __init__(self, lease: LaneLease) -> None:
        self._lease = lease

    def process(self, captured: Samples, played: Samples) -> Samples:
        cleaned: Samples = self._lease.stream("process", audio=(captured, played))
        return cleaned

    def close(self) -> None:
        self._lease.end_stream()
