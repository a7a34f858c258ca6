"""Making a run: what listens and what answers, joined for one opened input."""

from __future__ import annotations

from functools import partial

from irene.audio.plan import AudioPlan
from irene.components.threads import in_thread
from irene.domain.clock import Clock
from irene.pipeline.answering.announcing import Announcer
from irene.pipeline.answering.answering_side import AnsweringSide
from irene.pipeline.answering.conversation import Conversation
from irene.pipeline.answering.conversation_answerer import ConversationAnswerer
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.capture import Capture
from irene.pipeline.listening.listener import Listener
from irene.pipeline.listening.unheard import Unheard
from irene.pipeline.parts import Parts
from irene.pipeline.run import Run
from irene.pipeline.surroundings import Surroundings
from irene.telemetry.costs import StageCosts


class RunMaker:
    """Makes the runs of one assistant, each from the components that it has then."""

    def __init__(
        self,
        events: EventStream,
        answering: AnsweringSide,
        announcer: Announcer,
        surroundings: Surroundings,
        clock: Clock,
    ) -> None:
        self._events = events
        self._answering = answering
        self._announcer = announcer
        self._surroundings = surroundings
        self._clock = clock

    async def made(
        self, parts: Parts, capture: Capture, plan: AudioPlan, in_step: bool
    ) -> tuple[Run, StageCosts]:
        """Return a run that can begin to listen, and where it counts what listening costs.

        Args:
            parts: the components, loaded.
            capture: the input, opened.
            plan: how audio flows from it.
            in_step: the input waits until a command is answered.
        """
        answerer = self._answerer(parts, in_step)
        live = parts.inputs.current.provider.live
        hears_itself = live or self._surroundings.hears_itself
        begin = partial(parts.own_voice.begin, capture.format.sample_rate, hears_itself)
        ear = await in_thread("listen", partial(parts.ear, plan, self._clock))
        try:
            await in_thread("echo", begin)
        except BaseException:
            await in_thread("close", ear.close)
            raise
        listener = Listener(parts.config, ear, self._events, answerer, in_step)
        answerer.on_answered = listener.attention.hear_again
        if self._surroundings.hold is not None:
            answerer.hold, listener.attention.takes_time = self._surroundings.hold, True
        listener.on_block = capture.prefer_block
        answerer.conversation.on_invitation = listener.attention.invite
        run = Run(capture, parts.own_voice, listener, answerer, self._events)
        run.unheard = None if live else Unheard(parts.config.voice_trigger, ear.wake)
        return run, ear.costs

    def _answerer(self, parts: Parts, in_step: bool) -> ConversationAnswerer:
        conversation = Conversation(
            parts.config.assistant,
            parts.understanding,
            self._answering.replier,
            parts.mouth,
            self._events,
        )
        conversation.grammar_of = parts.guide.grammar
        conversation.compiles_ahead = not in_step
        conversation.prepare, conversation.ready = parts.guide.prepare, self._surroundings.ready
        return ConversationAnswerer(conversation, self._announcer, in_step)
