"""Words that stop the assistant while it makes a sound, without the wake word."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from irene.audio.plan import Consumer
from irene.audio.streams import Track
from irene.components.calls.watch import CallWatch
from irene.components.chain.candidate import Candidate
from irene.components.chain.news import Report
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.voice_trigger.listener import WakeWordListener
from irene.config.sections import VoiceTriggerSection
from irene.domain.kinds import Kind
from irene.domain.speech import WakeWordDetection
from irene.providers.voice_trigger import VoiceTrigger

STOP_WORDS = "stop_words"
"""name of their consumer in the audio plan"""


class StopWordListener:
    """Listens only while there is something to stop; state and position, no threads."""

    def __init__(self, listener: WakeWordListener, is_sounding: Callable[[], bool]) -> None:
        self._listener = listener
        self._is_sounding = is_sounding
        self._listening = False

    @property
    def due(self) -> int:
        """Number of the sample behind the next window; out of reach while nothing sounds."""
        return self._listener.due if self._listening else sys.maxsize

    def listen(self) -> WakeWordDetection | None:
        """Process what has arrived while the assistant sounds; return a word that stops it."""
        if not self._is_sounding():
            self._listening = False
            return None
        if not self._listening:
            self._listening = True
            self._listener.reset()
        return self._listener.listen()

    @property
    def listener(self) -> WakeWordListener:
        """What hears the words."""
        return self._listener

    def close(self) -> None:
        """Free the engine's stream."""
        self._listener.close()


class StopWordComponent:
    """The provider that hears the words of `voice_trigger.stop_words`."""

    def __init__(
        self,
        provider: Candidate[VoiceTrigger[Any]],
        section: VoiceTriggerSection,
        report: Report,
        sharing: Sharing | None = None,
    ) -> None:
        """`sharing` says how long its calls may take."""
        self.chain = ProviderChain(Kind.VOICE_TRIGGER, [provider], report, sharing)
        """the one provider"""
        self._section = replace(section, enabled=True, wake_words=section.stop_words)

    def consumer(self) -> Consumer:
        """Return what the provider, loaded, asks of the audio plan."""
        return self._consumer_for(self.chain.current)

    def expected_consumer(self) -> Consumer | None:
        """Return what `consumer` would, without loading the provider; None when there is none."""
        expected = self.chain.expected
        return None if expected is None else self._consumer_for(expected)

    def open(
        self, track: Track, is_sounding: Callable[[], bool], watch: CallWatch | None = None
    ) -> StopWordListener:
        """Get ready on a track.

        Args:
            track: what is listened to.
            is_sounding: says whether there is something to stop; asked on the capture thread.
            watch: sees the calls of that thread, if somebody looks at them.

        Raises:
            ConfigurationError: the provider does not know a word.
            ProviderUnavailableError: it cannot be loaded.
        """
        listener = WakeWordListener(self.chain, self._section, track, watch=watch)
        return StopWordListener(listener, is_sounding)

    def _consumer_for(self, serving: Candidate[VoiceTrigger[Any]]) -> Consumer:
        section, capabilities = self._section, serving.provider.capabilities
        table = section.providers.get(serving.name)
        own_rate = table.sample_rate if table else None
        own_key = f"{Kind.VOICE_TRIGGER}.providers.{serving.name}.sample_rate"
        return Consumer(
            section=STOP_WORDS,
            provider=serving.name,
            accepted_rates=capabilities.sample_rates,
            sample_rate=own_rate or section.sample_rate,
            quality=section.resample_quality,
            allow_resampling=section.allow_resampling,
            strict=section.strict_validation,
            dtype=capabilities.dtype,
            window=capabilities.window,
            table=str(Kind.VOICE_TRIGGER),
            rate_key=own_key if own_rate else "",
            rate_cure=own_key,
        )
