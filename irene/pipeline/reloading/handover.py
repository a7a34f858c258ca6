"""From the components of an assistant that runs to those that follow them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from irene.audio.plan import AudioPlan
from irene.components.making.model_memory import limits_of
from irene.components.threads import in_thread
from irene.domain.events import Event, Warned
from irene.errors import IreneError
from irene.memory.usage import usage_of
from irene.memory.watermark import MemoryWatermark
from irene.pipeline.answering.answering_side import AnsweringSide
from irene.pipeline.answering.conversation import Conversation
from irene.pipeline.reloading.ear_renewal import EarRenewal
from irene.pipeline.reloading.retirement import Retirement
from irene.pipeline.reloading.successor import Successor
from irene.pipeline.run import Run
from irene.providers.border import one_line


class Handover:
    """Lets successors take over, each at its moment: no text, reply or utterance is broken off.

    The mouth stays, as it may be speaking, and takes over voice, outputs and sounds for its next
    text. Handlers and sentences change between two replies, what listens between two utterances.
    """

    def __init__(
        self,
        answering: AnsweringSide,
        memory: MemoryWatermark,
        emit: Callable[[Event], None],
    ) -> None:
        self._emit = emit
        self._answering = answering
        self._memory = memory
        self._retirement = Retirement()

    async def follow(
        self,
        successor: Successor,
        plan: AudioPlan | None,
        run: Run | None,
        settle: Callable[[Successor], None],
    ) -> None:
        """Go on with a successor, which is loaded.

        Args:
            successor: the components, and their configuration.
            plan: how audio is to flow; None while no input is open.
            run: what listens now.
            settle: notes the successor as what the assistant consists of; called on the event loop.
        """
        async with self._answering.between_replies():
            self._exchange(successor)
            settle(successor)
            take = partial(self._answering.take, successor.config, successor.parts.understanding)
            await self._answering.in_time(take, successor.config)
            if run is not None:
                self._renew_conversation(run.answerer.conversation, successor)
        if successor.is_new("understanding") and not successor.is_new("asr"):
            await self._guide(successor)
        ended = successor.parts.mouth.wait_idle
        if run is not None and plan is not None:
            ended = partial(_ended, run, _renew_ear(run, successor, plan), ended)
        self._retirement.begin(successor, ended)

    async def _guide(self, successor: Successor) -> None:
        """Let the new sentences guide a recogniser that stays, which was got ready for them."""
        try:
            await in_thread("grammar", successor.parts.guide.renew)
        except IreneError as error:
            message = f"recognition is guided as it was: {one_line(error)}"
            self._emit(Warned(message=message))

    async def finish(self) -> None:
        """Close what has not been yet, as the assistant ends."""
        await self._retirement.finish()

    def _exchange(self, successor: Successor) -> None:
        """Speak and convert with other parts from now on."""
        config, parts, mouth = successor.config, successor.parts, successor.before.mouth
        mouth.renew(parts.mouth)
        parts.mouth = mouth
        if successor.changes.touch("tts.volume"):
            mouth.volume = config.tts.volume
        if successor.resamplers is not None:
            parts.resampling.renew(successor.resamplers)
        if successor.changes.touch("resampling"):
            section = config.resampling
            parts.resampling.set_limits(section.cache_size, int(section.cache_max_mb * 1e6))
        parts.models.limit(limits_of(config.memory))
        for chain in successor.new_chains:
            chain.probe_in_background()
        self._answering.on_sentences = parts.guide.renew
        self._memory.renew(usage_of(config.assistant.memory_limit_mb), parts.caches())

    def _renew_conversation(self, conversation: Conversation, successor: Successor) -> None:
        parts = successor.parts
        conversation.renew(successor.config.assistant, parts.understanding, self._answering.replier)
        conversation.grammar_of, conversation.prepare = parts.guide.grammar, parts.guide.prepare


def _renew_ear(run: Run, successor: Successor, plan: AudioPlan) -> asyncio.Event:
    """Have a run go on with other ears; the event comes when it does."""
    loop, applied = asyncio.get_running_loop(), asyncio.Event()

    def done() -> None:
        if run.unheard is not None:
            run.unheard.renew(successor.config.voice_trigger, run.listener.ear.wake)
        if not loop.is_closed():
            loop.call_soon_threadsafe(applied.set)

    afresh = successor.resamplers is not None
    renewal = EarRenewal(successor.config, successor.parts, plan, afresh, done)
    run.renew(renewal, successor.parts.own_voice)
    return applied


async def _ended(
    run: Run, applied: asyncio.Event, is_silent: Callable[[], Awaitable[None]]
) -> None:
    """Wait until nothing is done any more with the components before."""
    await applied.wait()
    await run.answerer.wait_given()
    await is_silent()
