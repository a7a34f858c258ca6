"""Beginning to recognise an utterance: in which language, with which grammar, told to whom."""

from __future__ import annotations

from irene.components.utterances.callbacks import UtteranceCallbacks
from irene.components.utterances.utterance import Utterance
from irene.config.sections import Config
from irene.domain.events import TranscriptPartial
from irene.domain.speech import Hypothesis
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.command import Answerer
from irene.pipeline.listening.ear import Ear
from irene.pipeline.listening.utterance import LiveUtterance


class Openings:
    """Opens the utterances of one input; for the capture thread."""

    def __init__(
        self, config: Config, ear: Ear, events: EventStream, answerer: Answerer, in_step: bool
    ) -> None:
        """`in_step` lets a recogniser hear each block before the next is read."""
        self._events = events
        self._answerer = answerer
        self._in_step = in_step
        self.renew(config, ear)

    def renew(self, config: Config, ear: Ear) -> None:
        """Open the next ones by another configuration, with another ear."""
        self._config, self._ear = config, ear

    def open(self, session: int, position_s: float) -> LiveUtterance:
        """Begin to recognise what is said in a session, from this audio time on."""
        ear, partials = self._ear, self._config.asr.partials
        rate = ear.tracks.of("asr").sample_rate
        grammar = self._answerer.grammar(position_s)

        def tell_partial(heard: Hypothesis) -> None:
            if partials:
                self._events.emit(
                    TranscriptPartial(session=session, text=heard.text, stable=heard.stable)
                )

        def recognise(language: str | None, callbacks: UtteranceCallbacks) -> Utterance:
            return ear.asr.open(rate, language, grammar, callbacks)

        return LiveUtterance(
            recognise,
            tell_partial,
            self._in_step,
            languages=ear.languages,
            hears_apart=ear.language_track is not None,
            now_s=ear.costs.now_s,
        )
