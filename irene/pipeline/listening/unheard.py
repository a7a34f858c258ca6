"""Why a whole input held nothing for the assistant: it was silent, or nobody said the wake word."""

from __future__ import annotations

from irene.audio.samples import SILENCE_DB, level_db, to_mono
from irene.components.voice_trigger.listener import WakeWordListener
from irene.config.sections import VoiceTriggerSection
from irene.domain.audio import AudioChunk

_WINDOW_S = 0.1
"""stretch over which a level is taken: about a syllable"""
_SILENT_DB = -60.0
"""level that speech exceeds even through a poor microphone, dBFS"""


class Unheard:
    """Follows an input from its beginning to its end, and can then say why nothing came of it."""

    def __init__(self, section: VoiceTriggerSection, wake: WakeWordListener | None) -> None:
        """`wake` is what listens for the wake word; None when none is needed."""
        self._section = section
        self._wake = wake
        self._loudest_db = SILENCE_DB
        self._end_s = 0.0

    def renew(self, section: VoiceTriggerSection, wake: WakeWordListener | None) -> None:
        """Go on with what is listened for now."""
        self._section, self._wake = section, wake

    def note(self, chunk: AudioChunk) -> None:
        """Take the next audio of the input, of any length and format."""
        levels = (level_db(to_mono(part.samples)) for part in chunk.pieces(_WINDOW_S))
        self._loudest_db = max(self._loudest_db, *levels, SILENCE_DB)
        self._end_s = chunk.end_s

    def explained(self) -> str:
        """Return one line: what was listened for, how near it came, and what can be done."""
        heard = f"{self._end_s:.1f} s of audio, loudest {self._loudest_db:.0f} dBFS"
        if self._end_s <= 0:
            return "the input holds no audio"
        if self._loudest_db <= _SILENT_DB:
            return f"the input is silent: {heard}; check the recording, or the microphone's level"
        if self._wake is None:
            return f"nobody spoke: {heard}"
        return (
            f"no wake word was heard: {heard}; {self._listened(self._wake)}; "
            "--set voice_trigger.enabled=false takes all speech as commands"
        )

    def _listened(self, wake: WakeWordListener) -> str:
        names = (word.replace("_", " ") for word in self._section.wake_words)
        words = " or ".join(f'"{name}"' for name in names)
        listened = f"{wake.provider} listened for {words}"
        miss = wake.near_miss
        if miss is None:
            return listened
        return f"{listened} (best score {miss.score:.2f}, {miss.threshold:.2f} is needed)"
