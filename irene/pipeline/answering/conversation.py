"""Answering: from the end of an utterance to the end of the spoken answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, wait
from dataclasses import replace
from functools import partial

from irene.components.asr.stream import Recognition
from irene.components.language.listening import Identified
from irene.components.threads import in_thread, start_daemon
from irene.components.understanding.component import UnderstandingComponent
from irene.config.sections import AssistantSection
from irene.domain.events import (
    ErrorRaised,
    LanguageChanged,
    LanguageIdentified,
    SessionEnded,
    Transcript,
)
from irene.domain.grammar import Grammar
from irene.domain.intents import Response
from irene.domain.speech import Hypothesis
from irene.errors import IreneError
from irene.pipeline.answering.replying import Replier, Reply, Said
from irene.pipeline.answering.telling import Teller
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.command import Command, Invitation, Session
from irene.pipeline.listening.wake_cut import without_wake_word
from irene.pipeline.speaking.mouth import Mouth
from irene.providers.intent_recognition import Context
from irene.telemetry.trace import Span, Trace


class Conversation:
    """Answers one command at a time, and says whether the next one needs a wake word."""

    def __init__(
        self,
        settings: AssistantSection,
        understanding: UnderstandingComponent | None,
        replier: Replier | None,
        mouth: Mouth,
        events: EventStream,
    ) -> None:
        """Without an understanding and its replier, speech is only transcribed."""
        self._settings = settings
        self._understanding = understanding
        self._replier = replier
        self._mouth = mouth
        self._teller = Teller(mouth, events)
        self._events = events
        self._expected: Grammar | None = None
        self._compile: Callable[[], None] = lambda: None
        self._compiling: Future[None] | None = None
        self._exchanges = 0
        self.on_invitation: Callable[[Invitation], None] = lambda invitation: None
        """takes the leave to speak without a wake word; called on the event loop"""
        self.compiles_ahead = True
        """whether what may be said next is compiled while the answer is spoken; else, when the
        input waits anyway, as soon as somebody speaks: most recordings hold a single command"""
        self.grammar_of: Callable[[Context, str], Grammar | None] = lambda context, language: None
        """returns what may be said in a context, in a language; blocks"""
        self.prepare: Callable[[Grammar], None] = lambda grammar: None
        """has recognition ready for what may be said next; blocks"""
        self.ready: Callable[[float], Awaitable[None]] | None = None
        """waits until an utterance that was over at an audio time may be answered; None: at once"""

    def renew(
        self,
        settings: AssistantSection,
        understanding: UnderstandingComponent | None,
        replier: Replier | None,
    ) -> None:
        """Answer in another way from the next command on."""
        self._settings, self._understanding, self._replier = settings, understanding, replier
        self._expected = None  # it was made of other sentences

    def grammar(self, now_s: float) -> Grammar | None:
        """Return what may be said now, where the conversation so far makes a difference."""
        if self._replier is None or not self._replier.dialogue.context(now_s):
            return None
        if not self.compiles_ahead:
            wait((self._compiled(),))
        return self._expected

    async def answer(self, command: Command) -> None:
        """Answer a command; whatever happens, the session ends with an event."""
        session = command.session
        invitation: Invitation | None = None
        try:
            reason, response = await self._exchange(command)
            if reason == "empty_transcript" and session.is_invited:
                self.on_invitation(
                    Invitation(session.number, command.heard.end.time_s, 0.0, resumed=session)
                )
                return
            invitation = self._invitation(command, reason, response)
        except asyncio.CancelledError:
            self.give_up(command)
            return
        except IreneError as error:
            reason = "failed"
            self._events.emit(
                ErrorRaised(session=session.number, code=error.code, message=str(error))
            )
            await self._mouth.signal("error")
        except BaseException:  # a bug keeps its traceback, but nobody waits for its session
            self._end(session, "failed")
            raise
        self._end(session, reason, stays_open=invitation is not None)
        if invitation is not None:
            self.on_invitation(invitation)
            self._prepare()

    def give_up(self, command: Command) -> None:
        """End the session of a command without an answer."""
        command.heard.utterance.abandon()
        self._end(command.session, "cancelled")

    def interrupt(self) -> None:
        """Stop speaking, and do not begin to; may be called from any thread."""
        self._mouth.interrupt()

    def input_is_over(self) -> None:
        """Let nothing ring that nobody could stop."""
        self._mouth.nobody_listens = True

    async def listen(self) -> None:
        """Show that a command is waited for."""
        await self._mouth.signal("listening")

    def _end(self, session: Session, reason: str, stays_open: bool = False) -> None:
        """Tell the end of a session; `stays_open` keeps announcements from what follows it."""
        spans = session.trace.to_dict()
        self._events.emit(SessionEnded(session=session.number, reason=reason, spans=spans))
        if not stays_open:
            self._events.leave_session(session.number)

    def _invitation(
        self, command: Command, reason: str, response: Response | None
    ) -> Invitation | None:
        """Return the leave to go on without a wake word, if there is one."""
        wanted = self._settings.follow_up
        if wanted == "never" or response is None or reason not in ("answered", "not_understood"):
            return None
        asked = bool(response.asks) or response.listens
        if not asked and (wanted != "always" or reason == "not_understood"):
            return None
        timeout_s = self._settings.follow_up_timeout_ms / 1000
        number, from_s = command.session.number, command.heard.end.time_s
        return Invitation(number, from_s, timeout_s, response.asks, asked)

    async def _exchange(self, command: Command) -> tuple[str, Response | None]:
        """Go through the stages; return why the session ends, and what was answered."""
        session, interruptions = command.session, self._mouth.interruptions
        if self.ready is not None:
            await self.ready(command.heard.end.time_s)
        endpoint_s = command.heard.end.time_s - command.heard.end.end_s
        waited_s = session.trace.since(command.heard.decided_s)
        answering = session.trace.begin("response", earlier_s=waited_s + endpoint_s)
        session.trace.add("endpoint", endpoint_s, answering)
        text = await self._transcribe(command, answering)
        if not text:
            return "empty_transcript", None
        if self._replier is None:
            return "transcribed", None
        with session.trace.span("intent", answering):
            language = self._language_of(command)
            start_s = command.heard.end.start_s
            said = Said(text, session.number, start_s, session.was_asked, language)
            reply = await self._replier.reply(said)
        self._expect(self._replier.dialogue.context(said.time_s), language)
        if not await self._give(session, reply, answering, interruptions):
            return "interrupted", None
        return "answered" if reply.understood else "not_understood", reply.response

    def _language_of(self, command: Command) -> str:
        """Return the language that a command was given in."""
        identified = command.heard.utterance.identified
        return self._settings.language if identified is None else identified.language

    def _expect(self, context: Context, language: str) -> None:
        """Compile what may be said next while the answer is spoken, if that pays."""
        self._expected = None
        self._exchanges += 1
        exchange = self._exchanges

        def compile_grammar() -> None:
            grammar = self.grammar_of(context, language)
            if exchange == self._exchanges:
                self._expected = grammar

        self._compile, self._compiling = compile_grammar, None
        if self.compiles_ahead:
            self._compiled()

    def _compiled(self) -> Future[None]:
        """Return what is done when what may be said next is compiled; that begins at once."""
        if self._compiling is None:
            self._compiling = start_daemon("grammar", self._compile)
        return self._compiling

    def _prepare(self) -> None:
        """Have the engine ready for the reply that was invited.

        Not before: an engine may hold up every thread meanwhile, which would be heard in the
        answer; and not for every command: most are followed by none, and a grammar takes memory.
        """

        def prepare(compiling: Future[None], exchange: int) -> None:
            compiling.result()
            if self._expected is not None and exchange == self._exchanges:
                self.prepare(self._expected)

        start_daemon("grammar", partial(prepare, self._compiled(), self._exchanges))

    async def _give(
        self, session: Session, reply: Reply, answering: Span, interruptions: int
    ) -> bool:
        """Tell and speak the answer; return whether nobody interrupted it.

        `answering` ends with the first audio.
        """
        response = reply.response
        if response is None or not (response.text or response.pieces):
            if reply.understood or session.was_asked:
                await self._mouth.signal("done" if reply.understood else "error")
            return True
        stages = _SpeechStages(session.trace, answering)
        spoken = await self._teller.tell(session.number, response, interruptions, stages)
        if spoken is not None and response.pieces is not None and self._replier is not None:
            whole = replace(response, text=spoken.text, pieces=None)
            self._replier.dialogue.last_response = whole
        return spoken is not None and spoken.to_end

    async def _transcribe(self, command: Command, answering: Span) -> str:
        session, heard = command.session, command.heard
        waited_s = session.trace.since(heard.decided_s)
        with session.trace.span("asr", answering, waited_s) as span:
            recognition = await heard.utterance.result()
            if (again_s := heard.utterance.again_s) is not None:
                again = session.trace.begin("asr_again", span, session.trace.since(again_s))
                session.trace.finish(again)
        self._tell_language(session, heard.utterance.identified)
        text = await self._without_wake_word(command, recognition.hypothesis)
        event = _transcript(command, recognition, text, span.duration_s * 1e3)
        self._events.emit(event)
        return event.text

    def _tell_language(self, session: Session, identified: Identified | None) -> None:
        if identified is None:
            return
        opinion, language = identified.opinion, identified.language
        self._events.emit(
            LanguageIdentified(
                session=session.number,
                heard=opinion.language,
                probability=opinion.probability,
                shares=opinion.shares,
                provider=opinion.provider,
                language=language,
            )
        )
        if identified.has_changed:
            self._events.emit(
                LanguageChanged(session=session.number, language=language, before=identified.before)
            )

    async def _without_wake_word(self, command: Command, hypothesis: Hypothesis) -> str:
        """Return the text without what the recogniser made of the wake word."""
        session = command.session
        understanding, language = self._understanding, self._language_of(command)
        if not session.wake_word:
            return hypothesis.text
        ends_s = [word.end_s + command.heard.audio_start_s for word in hypothesis.words]
        readings = without_wake_word(
            hypothesis.text, session.wake_word, ends_s, session.phrase_end_s
        )
        if len(readings) == 1 or understanding is None:
            return readings[0]
        timeout_s = self._settings.intent_timeout_ms / 1000
        try:
            return await in_thread(
                "intent", lambda: understanding.first_understood(readings, language), timeout_s
            )
        except asyncio.TimeoutError:
            return readings[0]  # who understands nothing in time will be told so in a moment


class _SpeechStages:
    """The spans of a spoken answer: synthesis and start of playback end with the first audio."""

    def __init__(self, trace: Trace, answering: Span) -> None:
        self._trace = trace
        self._answering = answering
        self._open = [trace.begin("tts", answering)]

    def synthesized(self) -> None:
        """The voice has given its first block."""
        self._next("playback_start", self._answering)

    def heard(self) -> None:
        """The first piece has been written to the output."""
        self._trace.finish(self._answering)
        self._next("playback", None)

    def finish(self) -> None:
        """The answer is over."""
        self._trace.finish(self._open.pop())

    def _next(self, name: str, parent: Span | None) -> None:
        self._trace.finish(self._open.pop())
        self._open.append(self._trace.begin(name, parent))


def _transcript(
    command: Command, recognition: Recognition, text: str, latency_ms: float
) -> Transcript:
    """Return the event for a recognised utterance, on the input's time axis."""
    session, heard = command.session, command.heard
    hypothesis, identified = recognition.hypothesis, heard.utterance.identified
    dropped = len(hypothesis.text.split()) - len(text.split())
    return Transcript(
        session=session.number,
        text=text,
        provider=recognition.provider,
        language=hypothesis.language or (identified.language if identified else None),
        confidence=hypothesis.confidence,
        in_grammar=hypothesis.in_grammar,
        words=tuple(word.shifted(heard.audio_start_s) for word in hypothesis.words[dropped:]),
        start_s=heard.end.start_s,
        end_s=heard.end.end_s,
        latency_ms=latency_ms,
        rtf=recognition.rtf,
    )
