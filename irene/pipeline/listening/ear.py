"""The parts that listen to one input."""

from __future__ import annotations

from dataclasses import dataclass, field

from irene.audio.streams import StreamTracks, Track
from irene.components.asr.component import ASRComponent
from irene.components.calls.watch import CallWatch
from irene.components.language.listening import LanguageListener
from irene.components.speech_activity import SpeechActivityListener
from irene.components.voice_trigger.listener import WakeWordListener
from irene.components.voice_trigger.stop_words import StopWordListener
from irene.config.sections import Config
from irene.domain.clock import Clock
from irene.telemetry.costs import StageCosts

_DECISION_S = 5.0
"""wake word, its latest end, and what arrives while they are looked at"""


def keep_s(config: Config) -> float:
    """Return how much audio each track keeps: the longest pre-roll and the time of decisions."""
    pre_roll_ms = max(config.voice_trigger.pre_roll_ms, config.vad.pre_roll_ms)
    return pre_roll_ms / 1000 + config.vad.onset_ms / 1000 + _DECISION_S


@dataclass(frozen=True)
class Ear:
    """The parts that a listener works with."""

    tracks: StreamTracks
    wake: WakeWordListener | None
    """None: every utterance is for the assistant"""
    stop: StopWordListener | None
    """None: only the wake word stops the assistant"""
    vad: SpeechActivityListener
    asr: ASRComponent
    clock: Clock
    costs: StageCosts
    """processing time of the stages that run once per chunk"""
    watch: CallWatch = field(default_factory=CallWatch)
    """the call into an engine that the capture thread is in"""
    languages: LanguageListener | None = None
    """None: only one language is spoken"""

    @property
    def gate_track(self) -> Track:
        """What the energy gate judges: what is heard first."""
        return self.tracks.of("voice_trigger" if self.wake else "vad")

    @property
    def language_track(self) -> Track | None:
        """What the language is heard in, if that is not what the words are heard in."""
        if self.languages is None:
            return None
        track = self.tracks.of("language")
        return None if track is self.tracks.of("asr") else track

    def close(self) -> None:
        """Free the streams of the engines, and what converts for them."""
        self.tracks.close()
        self.vad.close()
        if self.wake is not None:
            self.wake.close()
        if self.stop is not None:
            self.stop.close()
