"""Hearing one utterance: endpointing and, from the pre-roll on, recognition while it is spoken."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from irene.audio.streams import Track
from irene.components.speech_activity import SpeechActivityListener
from irene.config.sections import VadSection
from irene.domain.events import SpeechEnded, SpeechStarted
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.endpointing import Endpointer, SpeechEnd, SpeechOnset
from irene.pipeline.listening.utterance import LiveUtterance
from irene.telemetry.costs import StageCosts

_VAD_WARM_UP_S = 2.5
"""audio before the cut that a recurrent VAD hears first: reset in the middle of a wake word, Silero
takes the silence after it for speech (six of six scenes with 0.5 s or 1 s, none with 2.5 s)"""


@dataclass(frozen=True)
class Heard:
    """An utterance that is over; its recogniser still has to give the final text."""

    utterance: LiveUtterance
    audio_start_s: float
    """audio time of the first sample that the recogniser was given"""
    end: SpeechEnd
    decided_s: float
    """clock time of the decision that it is over"""


class Hearing:
    """Looks for one utterance after another in the VAD's and the recogniser's tracks."""

    def __init__(
        self,
        settings: VadSection,
        vad: SpeechActivityListener,
        vad_track: Track,
        asr_track: Track,
        costs: StageCosts,
    ) -> None:
        self._settings = settings
        self._vad = vad
        self._vad_track = vad_track
        self._asr_track = asr_track
        self._costs = costs
        self._in_vad = costs.measure("vad")
        self._endpointer = Endpointer(settings)
        self.cut_s = 0.0
        """audio time from which on speech is looked for: nothing before it is heard any more"""
        self._warm_s = 0.0
        self._utterance: LiveUtterance | None = None
        self._audio_start_s = 0.0
        self._fed = self._language_fed = 0
        self.language_track: Track | None = None
        """what the language is heard in, if it is another track than the recogniser's"""

    @property
    def is_idle(self) -> bool:
        """Whether nobody speaks, nor has begun to."""
        return self._endpointer.is_idle

    def renew(
        self, settings: VadSection, vad: SpeechActivityListener, vad_track: Track, asr_track: Track
    ) -> None:
        """Go on with other settings, another VAD, or other tracks; while it `is_idle`."""
        if vad is not self._vad:
            self._warm_s = self._vad.position_s
            vad.follow(self._vad, _VAD_WARM_UP_S)
        if settings != self._settings:
            self._endpointer = Endpointer(settings)
        self._settings, self._vad = settings, vad
        self._vad_track, self._asr_track = vad_track, asr_track

    @property
    def silent_until_s(self) -> float:
        """Audio time before which nobody has begun what may still become an utterance."""
        if self._utterance is not None:
            return -math.inf
        return min(self._vad.position_s, self._endpointer.since_s)

    @property
    def position_s(self) -> float:
        """Audio time up to which both tracks have arrived."""
        track = self._asr_track
        if self._vad_track is track:
            return track.time_s(track.history.end)
        return min(self._vad_track.end_s, track.end_s)

    def begin(self, cut_s: float) -> None:
        """Look for speech from this audio time on; nothing before it belongs to an utterance."""
        self.cut_s = cut_s
        self._endpointer = Endpointer(self._settings)
        self._vad.rewind(cut_s - _VAD_WARM_UP_S)

    def skip(self, keep_s: float, end: int) -> None:
        """Pass over audio unheard, all but the last `keep_s` seconds before a sample."""
        self._vad.skip(keep_s, end)

    def advance(
        self, events: EventStream, open_utterance: Callable[[float], LiveUtterance | None]
    ) -> Heard | None:
        """Process what has arrived; return an utterance when one is over.

        `open_utterance` is told the audio time at which speech began; None leaves it unheard.
        """
        while (outcome := self._next_outcome()) is not None:
            if isinstance(outcome, SpeechEnd):
                return self._conclude(outcome, events)
            utterance = open_utterance(outcome.start_s)
            if utterance is None:
                return None
            self._begin(outcome, utterance, events)
        if self._utterance is not None:
            self._feed(self._asr_track.end_s)
        return None

    def finish(self, events: EventStream) -> Heard | None:
        """End an utterance in progress, because the input is over."""
        end = self._endpointer.finish(self._vad_track.end_s)
        return self._conclude(end, events) if end else None

    def cancel(self) -> None:
        """Give up an utterance in progress; blocks a little until its engine is free."""
        utterance, self._utterance = self._utterance, None
        if utterance is not None:
            utterance.cancel()

    def _next_outcome(self) -> SpeechOnset | SpeechEnd | None:
        """Hear what has arrived up to the next decision; None: there is none in it."""
        next_window, endpointer = self._vad.next_window, self._endpointer
        outcome = None
        began_s = self._in_vad.now()
        while outcome is None and (window := next_window(endpointer.least)) is not None:
            if window.start_s >= self.cut_s and window.start_s >= self._warm_s:
                outcome = endpointer.feed(window)
        self._in_vad.took(began_s)
        return outcome

    def _begin(self, onset: SpeechOnset, utterance: LiveUtterance, events: EventStream) -> None:
        self._utterance = utterance
        events.emit(SpeechStarted(time_s=onset.time_s, start_s=onset.start_s))
        self._audio_start_s = self._pre_roll(onset)
        self._fed = self._asr_track.index(self._audio_start_s)
        if self.language_track is not None:
            self._language_fed = self.language_track.index(self._audio_start_s)

    def _pre_roll(self, onset: SpeechOnset) -> float:
        """Return the audio time from which the recogniser is fed."""
        kept_s = self._asr_track.time_s(self._asr_track.history.start)
        return max(self.cut_s, kept_s, onset.start_s - self._settings.pre_roll_ms / 1000)

    def _feed(self, until_s: float) -> None:
        if self._utterance is None:
            return
        end = min(self._asr_track.index(until_s), self._asr_track.history.end)
        if end > self._fed:
            with self._costs.measure("asr_streaming"):
                self._utterance.feed(self._asr_track.history.view(self._fed, end))
            self._fed = end
        if self.language_track is not None:
            self._feed_language(self._utterance, self.language_track, until_s)

    def _feed_language(self, utterance: LiveUtterance, track: Track, until_s: float) -> None:
        start = max(self._language_fed, track.history.start)
        end = min(track.index(until_s), track.history.end)
        if end > start:
            utterance.feed_language(track.history.view(start, end))
            self._language_fed = end

    def _conclude(self, end: SpeechEnd, events: EventStream) -> Heard | None:
        """Close the utterance, or drop one that was too short to be speech."""
        self._feed(end.time_s)
        self.cut_s = end.time_s
        events.emit(SpeechEnded(time_s=end.time_s, start_s=end.start_s, end_s=end.end_s))
        utterance, self._utterance = self._utterance, None
        if utterance is None:
            return None
        if end.voiced_s < self._settings.min_speech_ms / 1000:
            utterance.cancel()
            return None
        decided_s = self._costs.now_s()
        utterance.end(end.voiced_s)
        return Heard(utterance, self._audio_start_s, end, decided_s)
