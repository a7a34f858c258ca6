"""Telling an answer: as events for programs, and by mouth, piece by piece where it comes so."""

from __future__ import annotations

from functools import partial

from irene.domain.events import ResponseGiven, ResponsePartial, SpeechSynthesized
from irene.domain.intents import Response
from irene.pipeline.event_stream import EventStream
from irene.pipeline.speaking.mouth import Mouth, SpeechStages, Spoken


class Teller:
    """Brings the answers of one assistant to people and programs."""

    def __init__(self, mouth: Mouth, events: EventStream) -> None:
        self._mouth = mouth
        self._events = events

    async def tell(
        self, session: int, response: Response, since: int, stages: SpeechStages
    ) -> Spoken | None:
        """Tell an answer whose text is known before it is spoken, and else afterwards.

        None when somebody has interrupted `since`, before it was begun.

        Raises:
            ProviderFailedError: no voice could speak it, or its pieces failed.
            DeviceError: every output failed.
        """
        on_sentence = partial(self._tell_piece, session) if response.pieces is not None else None
        if on_sentence is None:
            self._tell(session, response, response.text)
        spoken = await self._mouth.say(response, since, stages, on_sentence)
        if spoken is None:
            return None
        if on_sentence is not None:
            self._tell(session, response, spoken.written)
        if spoken.provider:
            self._events.emit(
                SpeechSynthesized(
                    session=session,
                    seconds=spoken.seconds,
                    provider=spoken.provider,
                    cached=spoken.cached,
                )
            )
        return spoken

    def _tell(self, session: int, response: Response, text: str) -> None:
        if text:
            self._events.emit(
                ResponseGiven(session=session, text=text, asks=response.asks, data=response.data)
            )

    def _tell_piece(self, session: int, sentence: str) -> None:
        self._events.emit(ResponsePartial(session=session, text=sentence))
