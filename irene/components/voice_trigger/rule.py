"""When a score counts as a wake word: thresholds and refractory time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irene.config.sections import VoiceTriggerSection
from irene.providers.voice_trigger import VoiceTrigger


class _Thresholds(dict[str, float]):
    """The scores from which one provider's words count as heard; each is looked up once."""

    def __init__(self, configured: Mapping[str, float], provider: VoiceTrigger[Any]) -> None:
        super().__init__()
        self._configured = configured
        self._provider = provider

    def __missing__(self, word: str) -> float:
        configured = self._configured.get(word, self._configured.get(""))
        self[word] = own = self._provider.threshold(word) if configured is None else configured
        return own


class _ThresholdsByProvider(dict[VoiceTrigger[Any], _Thresholds]):
    """The thresholds of every provider that was asked so far."""

    def __init__(self, configured: Mapping[str, float]) -> None:
        super().__init__()
        self._configured = configured

    def __missing__(self, provider: VoiceTrigger[Any]) -> _Thresholds:
        self[provider] = thresholds = _Thresholds(self._configured, provider)
        return thresholds


class WakeWordRule:
    """When a score counts as a wake word: the settings, shared by all inputs."""

    def __init__(self, section: VoiceTriggerSection) -> None:
        self.refractory_s = section.refractory_ms / 1000
        """time after a wake word in which none is heard"""
        self.thresholds: Mapping[VoiceTrigger[Any], Mapping[str, float]] = _ThresholdsByProvider(
            _by_word(section.confidence_threshold)
        )
        """by provider and word, the score from which it counts as heard"""


def _by_word(configured: float | Mapping[str, float] | None) -> dict[str, float]:
    """Return the configured thresholds by normalised word; one for all words stands under ""."""
    if isinstance(configured, Mapping):
        return {VoiceTrigger.word_name(word): float(value) for word, value in configured.items()}
    return {} if configured is None else {"": float(configured)}
