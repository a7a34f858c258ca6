"""Who answers in one assistant: the handler host and the replier, while there are any."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from irene.components.threads import in_thread
from irene.components.understanding.component import UnderstandingComponent
from irene.config.sections import Config
from irene.domain.clock import Clock
from irene.domain.events import Event, Warned
from irene.pipeline.answering.announcing import Announcement, Announcer
from irene.pipeline.answering.handler_host import HandlerHost
from irene.pipeline.answering.replying import Replier
from irene.pipeline.speaking.mouth import Mouth, Unmeasured


class AnsweringSide:
    """The handler host and the replier; both are None where speech is only transcribed."""

    def __init__(
        self, mouth: Mouth, announcer: Announcer, emit: Callable[[Event], None], clock: Clock
    ) -> None:
        self._mouth = mouth
        self._announcer = announcer
        self._emit = emit
        self._clock = clock
        self.host: HandlerHost | None = None
        """serves the handlers"""
        self.replier: Replier | None = None
        """replies to what was said"""
        self.on_sentences: Callable[[], None] = lambda: None
        """called when the sentences have changed"""
        self.is_ending: Callable[[], bool] = lambda: False
        """says whether nothing is announced any more, for this run; from any thread"""

    def take(self, config: Config, understanding: UnderstandingComponent | None) -> None:
        """Answer with this understanding from now on; blocks until its handlers have begun.

        Host and replier are kept, with the handlers that stay; None closes them.
        """
        if understanding is None:
            self.close()
            self.host = self.replier = None
            return
        if self.host is None or self.replier is None:
            self.host = HandlerHost(config, understanding, self._announcer, self._emit, self._clock)
            self.host.mouth = self._mouth
            self.host.on_sentences = self._tell_sentences
            self.host.is_ending = self.is_ending
            self.replier = Replier(config.assistant, understanding, self._emit, self._clock)
            return
        self.replier.renew(config.assistant, understanding)
        self.host.renew(config, understanding)

    async def in_time(self, start: Callable[[], None], config: Config) -> None:
        """Do what lets handlers begin to work; who takes too long is not waited for."""
        limit_ms = config.assistant.load_timeout_ms
        try:
            await in_thread("handlers", start, limit_ms / 1000)
        except asyncio.TimeoutError:
            late = f"handlers did not start within assistant.load_timeout_ms = {limit_ms}"
            self._emit(Warned(message=late))

    @asynccontextmanager
    async def between_replies(self) -> AsyncIterator[None]:
        """Reply to nothing inside of the `async with` block."""
        if self.replier is None:
            yield
            return
        async with self.replier.between_replies():
            yield

    async def deliver(self, announcement: Announcement) -> bool:
        """Speak an announcement; without a voice its event has told it already.

        Returns whether people have heard it; False when somebody wanted silence before.
        """
        if self.replier is not None:  # what was said last can be repeated, and answered
            self.replier.dialogue.last_response = announcement.response
        response, since = announcement.response, self._mouth.interruptions
        if announcement.rings:
            return await self._mouth.ring(response, since) is not None
        return await self._mouth.say(response, since, Unmeasured()) is not None

    def close(self) -> None:
        """Serve the handlers no more."""
        if self.host is not None:
            self.host.close()

    def _tell_sentences(self) -> None:
        self.on_sentences()
