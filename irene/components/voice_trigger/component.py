"""The voice trigger slot."""

from __future__ import annotations

from typing import Any

from irene.audio.streams import Track
from irene.components.calls.watch import CallWatch
from irene.components.clip_checks import chunk_of
from irene.components.slot import AudioSlot
from irene.components.threads import in_thread
from irene.components.voice_trigger.listener import WakeWordListener
from irene.config.sections import VoiceTriggerSection
from irene.domain.audio import AudioChunk, AudioData
from irene.domain.speech import WakeWordDetection
from irene.providers.voice_trigger import VoiceTrigger

_TAIL_S = 1.0
"""silence after a clip: engines decide up to this long after the phrase"""

VoiceTriggerSlot = AudioSlot[VoiceTrigger[Any], VoiceTriggerSection]


class VoiceTriggerComponent:
    """Hears wake words with the configured providers; without arguments, with the defaults."""

    def __init__(self, slot: VoiceTriggerSlot | None = None) -> None:
        if slot is None:
            from irene.components.assembly import Assembly  # it builds on this module

            slot = Assembly.default().voice_trigger_slot()
        self.slot = slot

    def open(self, track: Track, watch: CallWatch | None = None) -> WakeWordListener:
        """Start listening on a track, from its newest sample on; see `FailoverStream`."""
        return WakeWordListener(self.slot.chain, self.slot.section, track, watch=watch)

    async def detect(self, audio: AudioData) -> WakeWordDetection | None:
        """Return the first wake word in a clip, or None.

        Raises:
            AudioFormatError: the clip is damaged, or holds a sample that is no number.
            ProviderUnavailableError: no voice trigger can be loaded.
        """
        return await in_thread("detect", lambda: self.find(chunk_of(audio)))

    def find(self, clip: AudioChunk) -> WakeWordDetection | None:
        """Return the first wake word in a clip, or None; blocks."""
        track = self.slot.clip_track(clip, _TAIL_S)
        chain, section = self.slot.chain, self.slot.section
        listener = WakeWordListener(chain, section, track, from_start=True)
        try:
            return listener.listen()
        finally:
            listener.close()
