"""The assistant in writing: the same sentences, handlers and memory, without ears and mouth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from irene.components.assembly import Assembly
from irene.components.chain.provider_chain import ProviderChain
from irene.components.threads import in_thread
from irene.config.loading import load_config, registry_for
from irene.config.sections import Config
from irene.domain.argument_checks import require_type
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import ErrorRaised, Event, ProviderFailed, SessionEnded, Warned
from irene.domain.intents import Response
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, IreneError, ProviderFailedError
from irene.pipeline.answering.announcing import Announcement, Announcer
from irene.pipeline.answering.handler_host import HandlerHost
from irene.pipeline.answering.replying import Replier, Reply, Said
from irene.pipeline.answering.telling import Teller
from irene.pipeline.event_stream import EventStream
from irene.pipeline.figures.taking import Figures
from irene.pipeline.speaking.mouth import Mouth, Unmeasured
from irene.plugin.registry import ComponentRegistry
from irene.telemetry.metrics import Reading
from irene.telemetry.trace import Trace

if TYPE_CHECKING:
    from irene.pipeline.provider_reports import ProviderReport
    from irene.pipeline.recording.flight import FlightRecorder
    from irene.pipeline.state import RunState


class TypedAssistant:
    """Answers texts; loads neither audio nor recognition, so it is ready at once.

    ::

        async with TypedAssistant.from_config("default") as assistant:
            reply = await assistant.ask("what time is it")

    Everything that happens goes to `on_event`, on the event loop: a timer may be due at any time.
    """

    def __init__(
        self,
        config: Config,
        registry: ComponentRegistry,
        on_event: Callable[[Event], None] = lambda event: None,
        clock: Clock | None = None,
    ) -> None:
        """Take a configuration.

        Raises:
            ConfigurationError: it understands nothing.
        """
        self.config = config
        self.registry = registry
        """the providers that there are"""
        self._clock = clock or SystemClock()
        self._failures: RunState | None = None
        self._figures: Figures | None = None
        self._events = EventStream(self._tell)
        assembly = Assembly(config, registry, self._events.emit, self._clock)
        self.recorder = assembly.recorder
        """takes the figures of the assistant"""
        understanding = assembly.understanding()
        if understanding is None:
            raise ConfigurationError(
                "intent_recognition.enabled = false: nothing can be understood; set it to true"
            )
        self._understanding = understanding
        self._figures = Figures.wanted(config, self.recorder, self._readings)
        self._replier = Replier(config.assistant, understanding, self._events.emit, self._clock)
        timeout_s = config.assistant.response_timeout_ms / 1000
        self._mouth = Mouth(None, ProviderChain(Kind.OUTPUT, (), self._events.emit), timeout_s)
        self._teller = Teller(self._mouth, self._events)
        self._announcer = Announcer(self._events, self._deliver)
        self._host = HandlerHost(
            config, understanding, self._announcer, self._events.emit, self._clock
        )
        self._on_event = on_event
        self._loop: asyncio.AbstractEventLoop | None = None
        self._began_s = self._clock.monotonic()
        self._sessions = 0
        self._flight = self._made_flight() if config.recorder.enabled else None

    @classmethod
    def from_config(
        cls,
        source: str | Path | Mapping[str, Any] | None = None,
        *,
        overrides: Sequence[str] = (),
        on_event: Callable[[Event], None] = lambda event: None,
    ) -> TypedAssistant:
        """Return the assistant of a profile name, a path, a mapping, or the user's own file.

        Raises:
            ConfigurationError: the configuration is wrong; every problem is listed.
        """
        registry = registry_for(source, overrides=overrides)
        return cls(load_config(source, registry=registry, overrides=overrides), registry, on_event)

    async def __aenter__(self) -> TypedAssistant:
        self._loop = asyncio.get_running_loop()
        language, limit_ms = self.config.assistant.language, self.config.assistant.load_timeout_ms
        try:
            warnings = await in_thread("load", partial(self._load, language), limit_ms / 1000)
        except asyncio.TimeoutError as error:
            raise ProviderFailedError(
                f"intents did not load within assistant.load_timeout_ms = {limit_ms}"
            ) from error
        with suppress(asyncio.TimeoutError):  # who takes too long is not waited for
            await in_thread("handlers", self._host.start, limit_ms / 1000)
        self._announcer.run()
        for warning in warnings:
            self.report(Warned(message=warning))
        return self

    def _load(self, language: str) -> list[str]:
        """Load what understands; return what it will not understand although it should."""
        self._understanding.load(language)
        return self._understanding.warnings(language)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._host.close()
        self._announcer.close()
        if self._flight is not None:
            await in_thread("recorder", self._flight.close)
        await in_thread("close", self._understanding.close)
        await asyncio.sleep(0)  # what was published last is told before the loop goes on

    async def ask(self, text: str) -> Reply | None:
        """Answer a text; None when that failed, which an `error` event tells.

        Raises:
            TypeError: it is no text.
        """
        require_type("text", text, str, "a text (str)")
        self._sessions += 1
        number, now_s = self._sessions, self._clock.monotonic() - self._began_s
        if number > 1:  # a single question seldom needs them, a conversation does sooner or later
            self._understanding.open_tiers()
        trace = Trace("session", self._clock)
        self._events.advance(now_s)
        self._events.enter_session(number)
        if self._flight is not None:
            self._flight.typed(number, now_s, text)
        reply: Reply | None = None
        reason = "failed"
        try:
            with trace.span("intent"):
                reply = await self._replier.reply(Said(text, number, now_s))
                reply = replace(reply, response=await self._told(number, reply.response))
            reason = "answered" if reply.understood else "not_understood"
        except IreneError as error:
            self._events.emit(ErrorRaised(code=error.code, message=str(error)))
        except asyncio.CancelledError:
            reason = "cancelled"
            raise
        finally:
            spans = trace.to_dict()
            self._events.emit(SessionEnded(session=number, reason=reason, spans=spans))
            self._events.leave_session(number)
        await asyncio.sleep(0)  # its events are told before the caller goes on
        return reply

    def providers(self) -> list[ProviderReport]:
        """Return how each provider does now, in the order of the slots; from any thread."""
        from irene.pipeline.provider_reports import chain_reports
        from irene.pipeline.state import RunState

        chains = (self._understanding.recognizers, self._understanding.fallbacks)
        return chain_reports(chains, self.config, self._failures or RunState(self._clock))

    def report(self, event: Event) -> None:
        """Tell an event that somebody outside has noticed; it belongs to no session. Any thread.

        Raises:
            TypeError: it is no event.
        """
        require_type("event", event, Event, "an Event, such as Warned(message=...),")
        self._events.emit_apart(event)

    async def _told(self, session: int, response: Response | None) -> Response | None:
        """Tell an answer, piece by piece where it comes in pieces; return it whole."""
        if response is None:
            return None
        told = await self._teller.tell(session, response, self._mouth.interruptions, Unmeasured())
        if told is None or response.pieces is None:
            return response
        whole = replace(response, text=told.written, pieces=None)
        self._replier.dialogue.last_response = whole
        return whole

    async def _deliver(self, announcement: Announcement) -> bool:
        """Its event has told it already; it can be repeated, and answered."""
        self._replier.dialogue.last_response = announcement.response
        return True

    def _readings(self) -> Iterable[Reading]:
        """Return what the parts have counted; imported once somebody asks, not before an answer."""
        from irene.pipeline.figures.of_parts import readings_in_writing

        return readings_in_writing(self._understanding)

    def _tell(self, event: Event) -> None:
        if isinstance(event, ProviderFailed):
            self._remember(event)
        if self._figures is not None:
            self._figures.note(event)
        if self._flight is not None:
            self._flight.note(event)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_event, event)

    def _made_flight(self) -> FlightRecorder:
        """Return what keeps the requests; imported where somebody wants that."""
        from irene.pipeline.recording.flight import FlightRecorder

        def report(line: str) -> None:
            self._events.emit_apart(Warned(message=line))

        return FlightRecorder(self.config, self.registry, self._clock, report)

    def _remember(self, failure: ProviderFailed) -> None:
        from irene.pipeline.state import RunState

        self._failures = self._failures or RunState(self._clock)
        self._failures.note(failure)
