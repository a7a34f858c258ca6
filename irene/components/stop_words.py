"""Words that stop the assistant while it makes a sound, without the wake word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from irene.audio.streams import Track
from irene.components.chain import Candidate, ProviderChain, Report
from irene.components.wake_words import WakeWordListener
from irene.config.sections import VoiceTriggerSection
from irene.domain.kinds import Kind
from irene.domain.speech import WakeWordDetection
from irene.errors import ConfigurationError
from irene.providers.voice_trigger import VoiceTrigger


class StopWordListener:
    """Listens only while there is something to stop; state and position, no threads."""

    def __init__(self, listener: WakeWordListener, is_sounding: Callable[[], bool]) -> None:
        self._listener = listener
        self._is_sounding = is_sounding
        self._listening = False

    def listen(self) -> WakeWordDetection | None:
        """Process what has arrived while the assistant sounds; return a word that stops it."""
        if not self._is_sounding():
            self._listening = False
            return None
        if not self._listening:
            self._listening = True
            self._listener.reset()
        return self._listener.listen()

    def close(self) -> None:
        """Free the engine's stream."""
        self._listener.close()


class StopWordComponent:
    """The provider that hears the words of `voice_trigger.stop_words`."""

    def __init__(
        self, provider: Candidate[VoiceTrigger[Any]], section: VoiceTriggerSection, report: Report
    ) -> None:
        self.chain = ProviderChain(Kind.VOICE_TRIGGER, [provider], report)
        """the one provider"""
        self._section = replace(section, enabled=True, wake_words=section.stop_words)

    def open(self, track: Track, is_sounding: Callable[[], bool]) -> StopWordListener:
        """Get ready on a track.

        Args:
            track: what is listened to.
            is_sounding: says whether there is something to stop; asked on the capture thread.

        Raises:
            ConfigurationError: the provider does not know a word, or does not take the track's
                rate.
            ProviderUnavailableError: it cannot be loaded.
        """
        serving = self.chain.current
        rates = serving.provider.capabilities.sample_rates
        if rates and track.sample_rate not in rates:
            raise ConfigurationError(
                f"voice_trigger.stop_words: provider {serving.name!r} takes "
                f"{', '.join(map(str, rates))} Hz; set voice_trigger.sample_rate = {rates[0]}"
            )
        return StopWordListener(WakeWordListener(self.chain, self._section, track), is_sounding)
