"""From a text to a reply: intents, the handlers that answer them, and what is said otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from irene.components.threads import in_thread
from irene.components.understanding import UnderstandingComponent
from irene.config.sections import AssistantSection
from irene.domain.clock import Clock
from irene.domain.events import ErrorRaised, Event, IntentNotRecognized, IntentRecognized
from irene.domain.intents import FALLBACK_INTENT, Intent, Response
from irene.errors import IreneError, ProviderFailedError
from irene.pipeline.answering.dialogue import Dialogue
from irene.providers.intent_recognition import Context
from irene.providers.intents import HandlerContext

T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """A text that somebody said or wrote."""

    text: str
    session: int
    """number of the session"""
    time_s: float
    """when, on the time axis of the dialogue"""
    was_asked: bool = True
    """whether it surely was for the assistant; nobody apologises to a television"""


@dataclass(frozen=True)
class Reply:
    """What the assistant makes of a text."""

    understood: bool
    response: Response | None
    """None: there is nothing to say"""


class Replier:
    """Replies to one text after another; the dialogue remembers what they are about."""

    def __init__(
        self,
        settings: AssistantSection,
        understanding: UnderstandingComponent,
        emit: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._understanding = understanding
        self._emit = emit
        self._clock = clock
        self.dialogue = Dialogue(settings.conversation_timeout_ms / 1000)
        """what the conversation is about"""

    async def reply(self, said: Said) -> Reply:
        """Return what to answer.

        Raises:
            ProviderFailedError: a handler failed, or there was no answer in time.
        """
        conversation = self.dialogue.begin(said.time_s)
        context = self.dialogue.context(said.time_s)
        intents = await self._in_time(lambda: self._understand(said, context))
        if not intents:
            return await self._reply_to_unknown(said, conversation)
        responses = [await self._answer(intent, said, conversation) for intent in intents]
        return Reply(True, _joined(responses))

    def _understand(self, said: Said, context: Context) -> list[Intent]:
        found = self._understanding.understand_all(said.text, self._settings.language, context)
        return [self.dialogue.completed(intent, said.time_s) for intent in found[:1]] + found[1:]

    async def _answer(self, intent: Intent, said: Said, conversation: str) -> Response | None:
        self._emit(
            IntentRecognized(
                session=said.session, intent=intent.name, slots=intent.slots, text=intent.text
            )
        )
        response = await self._handled(intent, said, conversation)
        self.dialogue.note(intent, response, said.time_s)
        return response

    async def _handled(self, intent: Intent, said: Said, conversation: str) -> Response | None:
        language = self._settings.language
        context = HandlerContext(
            now=self._clock.now(),
            language=language,
            last_response=self.dialogue.last_response,
            last_intent=self.dialogue.last_intent(said.time_s),
            conversation=conversation,
            examples=self._understanding.examples(language),
        )
        return await self._in_time(lambda: self._understanding.answer(intent, context))

    async def _reply_to_unknown(self, said: Said, conversation: str) -> Reply:
        """Ask the fallback handler, or apologise; who was not spoken to says nothing."""
        self._emit(IntentNotRecognized(session=said.session, text=said.text))
        if not said.was_asked:
            return Reply(False, None)
        if self._understanding.has_fallback:
            intent = Intent(FALLBACK_INTENT, said.text, self._settings.language)
            try:
                response = await self._handled(intent, said, conversation)
            except IreneError as error:
                self._emit(ErrorRaised(session=said.session, code=error.code, message=str(error)))
            else:
                self.dialogue.note(None, response, said.time_s)
                return Reply(True, response)
        return Reply(False, self._apology(said))

    def _apology(self, said: Said) -> Response:
        """Apologise; what was asked for is asked for once more."""
        apology = Response(self._settings.apology, self._settings.language)
        return replace(apology, asks=self.dialogue.ask_again(said.time_s))

    async def _in_time(self, work: Callable[[], T]) -> T:
        timeout_s = self._settings.intent_timeout_ms / 1000
        try:
            return await in_thread("intent", work, timeout_s)
        except asyncio.TimeoutError as error:
            raise ProviderFailedError(
                f"no answer within assistant.intent_timeout_ms = {timeout_s * 1000:g}"
            ) from error


def _joined(responses: Sequence[Response | None]) -> Response | None:
    """Return the answers to several commands as one; it asks what the last one asks."""
    given = [response for response in responses if response is not None]
    if len(given) <= 1:
        return given[0] if given else None
    return Response(
        text=" ".join(response.text for response in given if response.text),
        language=given[-1].language,
        asks=given[-1].asks,
        listens=any(response.listens for response in given),
        data={"answers": [dict(response.data) for response in given]},
    )
