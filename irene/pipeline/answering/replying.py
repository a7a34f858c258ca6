"""From a text to a reply: intents, the handlers that answer them, and what is said otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from irene.components.threads import in_thread
from irene.components.understanding.component import UnderstandingComponent
from irene.config.sections import AssistantSection
from irene.domain.clock import Clock
from irene.domain.events import ErrorRaised, Event, IntentNotRecognized, IntentRecognized
from irene.domain.intents import FALLBACK_INTENT, Intent, Response
from irene.domain.languages import is_same_language, primary_language
from irene.errors import IreneError, ProviderFailedError
from irene.pipeline.answering.dialogue import Dialogue
from irene.providers.intent_recognition import Context
from irene.providers.intents import HandlerContext

T = TypeVar("T")

_GRACE_S = 0.25
"""time in which understanding tells who has not answered in time, before nobody waits any more"""
_APOLOGIES = {
    "en": "Sorry, I did not understand.",
    "de": "Das habe ich leider nicht verstanden.",
}
"""what is said when nobody understands, by language"""
_FAILURES = {
    "en": "Sorry, that did not work.",
    "de": "Das hat leider nicht geklappt.",
}
"""what is said after the answers to other commands when one fails, by language"""


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
    language: str = ""
    """language that it was said in, as a BCP 47 tag; empty: the assistant's"""


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
        self._one_at_a_time = asyncio.Lock()
        self.dialogue = Dialogue(settings.conversation_timeout_ms / 1000)
        """what the conversation is about"""

    @asynccontextmanager
    async def between_replies(self) -> AsyncIterator[None]:
        """Let nobody be replied to meanwhile; a reply in progress is waited for."""
        async with self._one_at_a_time:
            yield

    def renew(self, settings: AssistantSection, understanding: UnderstandingComponent) -> None:
        """Reply in another way from the next text on; the conversation goes on."""
        self._settings, self._understanding = settings, understanding
        self.dialogue.timeout_s = settings.conversation_timeout_ms / 1000

    def forget(self) -> None:
        """Begin anew: another time axis, and nothing that a command could refer to."""
        self.dialogue = Dialogue(self._settings.conversation_timeout_ms / 1000)

    async def reply(self, said: Said) -> Reply:
        """Return what to answer, one text after the other.

        Raises:
            ProviderFailedError: a handler failed, or there was no answer in time.
        """
        async with self._one_at_a_time:
            return await self._reply(said)

    async def _reply(self, said: Said) -> Reply:
        conversation = self.dialogue.begin(said.time_s)
        context = self.dialogue.context(said.time_s)
        intents = await self._in_time(lambda: self._understand(said, context))
        if not intents:
            return await self._reply_to_unknown(said, conversation)
        return Reply(True, _joined(await self._answers(intents, said, conversation)))

    async def _answers(
        self, intents: Sequence[Intent], said: Said, conversation: str
    ) -> list[Response | None]:
        """Have each command answered; what was done before one fails is told all the same."""
        responses: list[Response | None] = []
        for intent in intents:
            try:
                responses.append(await self._answer(intent, said, conversation))
            except IreneError as error:
                if not responses:
                    raise
                self._tell(said, error)
                responses.append(self._failure(said))
                break
        return responses

    def _understand(self, said: Said, context: Context) -> list[Intent]:
        found = self._understanding.understand_all(said.text, self._language(said), context)
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
        language = self._language(said)
        context = HandlerContext(
            now=self._clock.now(),
            language=language,
            last_response=self.dialogue.last_response,
            last_intent=self.dialogue.last_intent(said.time_s),
            conversation=conversation,
        )

        def answer() -> Response | None:
            examples = self._understanding.examples(language)
            return self._understanding.answer(intent, replace(context, examples=examples))

        return await self._in_time(answer)

    async def _reply_to_unknown(self, said: Said, conversation: str) -> Reply:
        """Ask the fallback handler, or apologise; who was not spoken to says nothing."""
        self._emit(IntentNotRecognized(session=said.session, text=said.text))
        if not said.was_asked:
            return Reply(False, None)
        if self._understanding.has_fallback:
            intent = Intent(FALLBACK_INTENT, said.text, self._language(said))
            try:
                response = await self._handled(intent, said, conversation)
            except IreneError as error:
                self._tell(said, error)
            else:
                self.dialogue.note(None, response, said.time_s)
                return Reply(True, response)
        return Reply(False, self._apology(said))

    def _apology(self, said: Said) -> Response:
        """Apologise; what was asked for is asked for once more."""
        return replace(self._regret(said), asks=self.dialogue.ask_again(said.time_s))

    def _regret(self, said: Said) -> Response:
        language, wanted = self._language(said), self._settings.apology
        if wanted is not None and is_same_language(language, self._settings.language):
            return Response(wanted, language)
        known = [one for one in (language, self._settings.language) if _apology_in(one)]
        if known:
            return Response(_apology_in(known[0]), known[0])
        return Response(_APOLOGIES["en"] if wanted is None else wanted, self._settings.language)

    def _failure(self, said: Said) -> Response:
        for language in (self._language(said), self._settings.language):
            if text := _FAILURES.get(primary_language(language)):
                return Response(text, language)
        return self._regret(said)

    def _language(self, said: Said) -> str:
        """Return the language that something was said in, and is answered in."""
        return said.language or self._settings.language

    def _tell(self, said: Said, error: IreneError) -> None:
        self._emit(ErrorRaised(session=said.session, code=error.code, message=str(error)))

    async def _in_time(self, work: Callable[[], T]) -> T:
        timeout_s = self._settings.intent_timeout_ms / 1000
        try:
            return await in_thread("intent", work, timeout_s + _GRACE_S)
        except asyncio.TimeoutError as error:
            raise ProviderFailedError(
                f"no answer within assistant.intent_timeout_ms = {timeout_s * 1000:g}"
            ) from error


def _apology_in(language: str) -> str:
    return _APOLOGIES.get(primary_language(language), "")


def _joined(responses: Sequence[Response | None]) -> Response | None:
    """Return the answers to several commands as one; it asks what the last one asks."""
    given = [response for response in responses if response is not None]
    if len(given) <= 1:
        return given[0] if given else None
    is_streamed = any(response.pieces is not None for response in given)
    return Response(
        text="" if is_streamed else " ".join(response.text for response in given if response.text),
        pieces=_in_turn(given) if is_streamed else None,
        language=given[-1].language,
        asks=given[-1].asks,
        listens=any(response.listens for response in given),
        data={"answers": [dict(response.data) for response in given]},
    )


def _in_turn(responses: Sequence[Response]) -> Iterator[str]:
    """Yield the pieces of several answers, one answer after the other."""
    for response in responses:
        yield from response.pieces if response.pieces is not None else [response.text]
