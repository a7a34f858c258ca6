"""The ear of another configuration: every listener that can go on does, others follow."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from irene.audio.plan import AudioPlan
from irene.components.calls.watch import hung_s
from irene.components.language.listening import LanguageListener
from irene.components.speech_activity import SpeechActivityListener
from irene.components.voice_trigger.listener import WakeWordListener
from irene.components.voice_trigger.stop_words import STOP_WORDS, StopWordListener
from irene.config.sections import Config
from irene.pipeline.listening.ear import Ear, keep_s
from irene.pipeline.listening.renewal import Renewal
from irene.pipeline.parts import Parts


class EarRenewal:
    """Makes the next ear out of the one that listens; see `Listener.renew`."""

    def __init__(
        self,
        config: Config,
        parts: Parts,
        plan: AudioPlan,
        afresh: bool,
        on_done: Callable[[], None],
    ) -> None:
        """Follow the plan; `afresh` opens every conversion of rates anew."""
        self.config = config
        """what the listener goes by"""
        self._parts = parts
        self._plan = plan
        self.afresh = afresh
        """whether every conversion of rates is opened anew"""
        self._on_done = on_done
        self._superseded: Renewal | None = None

    def supersede(self, other: Renewal) -> None:
        """Take over what another renewal was to do, which this one replaces before its moment."""
        self._superseded = other
        self.afresh |= other.afresh

    def done(self) -> None:
        """Tell that nothing of the ear before is used any more."""
        self._on_done()
        if self._superseded is not None:
            self._superseded.done()

    def renewed(self, ear: Ear) -> Ear:
        """Return the ear to listen with instead of this one; on the capture thread.

        Raises:
            ProviderFailedError: no engine can listen any more; what was opened is closed again.
        """
        ear.watch.limit_s = hung_s(self.config)
        open_converter = self._parts.watched_converter(ear.watch)
        ear.tracks.renew(self._plan, keep_s(self.config), open_converter, self.afresh)
        with ExitStack() as undo:  # the ear before is closed by whoever listens with it
            wake = self._wake(ear)
            if wake is not None:
                undo.callback(wake.close)
            stop = self._stop(ear)
            if stop is not None:
                undo.callback(stop.close)
            vad = self._vad(ear)
            undo.pop_all()
        languages = self._languages(ear)
        return replace(ear, wake=wake, stop=stop, vad=vad, asr=self._parts.asr, languages=languages)

    def _languages(self, ear: Ear) -> LanguageListener | None:
        component, before = self._parts.language, ear.languages
        if component is None or (before is not None and before.component is component):
            return None if component is None else before
        listener = LanguageListener(component)
        if before is not None:
            listener.follow(before)
        return listener

    def _wake(self, ear: Ear) -> WakeWordListener | None:
        trigger, before = self._parts.trigger, ear.wake
        if trigger is None:
            if before is not None:
                before.close()
            return None
        slot, track = trigger.slot, ear.tracks.of("voice_trigger")
        if before is None:
            return trigger.open(track, ear.watch)
        goes_on = before.chain is slot.chain and before.track is track
        if goes_on and before.section.wake_words == slot.section.wake_words:
            before.adjust(slot.section)
            return before
        before.close()  # first, as an engine may have room for one
        listener = trigger.open(track, ear.watch)
        listener.follow(before)
        return listener

    def _stop(self, ear: Ear) -> StopWordListener | None:
        component, before = self._parts.stop_words, ear.stop
        if component is not None and before is not None:
            track = ear.tracks.of(STOP_WORDS)
            if before.listener.chain is component.chain and before.listener.track is track:
                return before
        if before is not None:
            before.close()
        return self._parts.open_stop_words(ear.tracks, ear.watch)

    def _vad(self, ear: Ear) -> SpeechActivityListener:
        chain, track = self._parts.vad.chain, ear.tracks.of("vad")
        if ear.vad.chain is chain and ear.vad.track is track:
            return ear.vad
        ear.vad.close()
        return SpeechActivityListener(chain, track, ear.watch)
