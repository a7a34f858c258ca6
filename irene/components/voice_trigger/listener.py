"""Listening for wake words on one track, with an engine of its own."""

from __future__ import annotations

import sys
from typing import Any

from irene.audio.streams import Track
from irene.components.calls.watch import CallWatch
from irene.components.chain.failover import FailoverStream
from irene.components.chain.provider_chain import ProviderChain
from irene.components.voice_trigger.ear import NearMiss, WakeWordEar, WakeWordEngine
from irene.components.voice_trigger.rule import WakeWordRule
from irene.config.sections import VoiceTriggerSection
from irene.domain.speech import WakeWordDetection
from irene.providers.voice_trigger import VoiceTrigger


class WakeWordListener:
    """The wake-word stream of one input, with an engine of its own; no threads."""

    def __init__(
        self,
        chain: ProviderChain[VoiceTrigger[Any]],
        section: VoiceTriggerSection,
        track: Track,
        from_start: bool = False,
        watch: CallWatch | None = None,
    ) -> None:
        """Listen from the newest sample on, or from the first one that is kept.

        Args:
            chain: the providers that may listen.
            section: the settings.
            track: what is listened to.
            from_start: whether to begin with what the track holds already.
            watch: sees the calls of the thread that listens, if somebody looks at them.
        """
        self._track = track
        self.section = section
        """the settings"""
        self._ear = WakeWordEar(WakeWordRule(section), track, from_start)
        self._engine: WakeWordEngine = FailoverStream(
            chain,
            lambda provider: provider.open_stream(section.wake_words),
            watch,
            chain.sharing.hung_s,
        )
        self.due = self._ear.due(self._engine)
        """number of the sample behind the next window"""

    @property
    def provider(self) -> str:
        """Name of the provider that listens."""
        return self._engine.serving.name

    @property
    def chain(self) -> ProviderChain[VoiceTrigger[Any]]:
        """The providers that may listen."""
        return self._engine.chain

    @property
    def track(self) -> Track:
        """What is listened to."""
        return self._track

    def adjust(self, section: VoiceTriggerSection) -> None:
        """Go by other thresholds and times from the next window on; the words are the same."""
        self.section = section
        self._ear.rule = WakeWordRule(section)

    def follow(self, before: WakeWordListener) -> None:
        """Go on where another listener of the same stream is."""
        self._ear.follow(before._ear, self._engine.serving.provider.capabilities.window)
        self.due = self._ear.due(self._engine)

    @property
    def near_miss(self) -> NearMiss | None:
        """What came nearest to its threshold without reaching it; None before any score."""
        return self._ear.near_miss

    def skip(self, keep_s: float, end: int | None = None) -> None:
        """Pass over audio unheard, all but the last `keep_s` seconds before a sample, or now."""
        self._ear.skip(keep_s, self._engine.serving.provider.capabilities.window, end)
        self.due = self._ear.due(self._engine)

    def listen(self, before: int = sys.maxsize) -> WakeWordDetection | None:
        """Process every whole window that has arrived, up to the first detection.

        Args:
            before: the sample behind the last window, at most: up to where there is sound.
        """
        found, end = None, self._track.history.end
        end = end if end < before else before  # no call of `min`: this is done for every step
        while found is None and self.due <= end:
            found = self._ear.hear(self._engine)
            self.due = self._ear.due(self._engine)
        return found

    def reset(self, from_s: float | None = None) -> None:
        """Forget all audio and start again at this audio time, seconds; now, unless given."""
        now_s = self._track.end_s
        self._engine.reset(now_s)
        self._ear.go_to_time(now_s if from_s is None else min(from_s, now_s))
        self.due = self._ear.due(self._engine)

    def close(self) -> None:
        """Free the engine's stream."""
        self._engine.close()
