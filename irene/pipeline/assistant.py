"""The assistant: from a configuration to a run of events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import aclosing
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from irene.audio.plan import AudioPlan
from irene.components.calls.watch import hung_s
from irene.components.threads import in_thread
from irene.config.loading import load_config, registry_for
from irene.config.sections import Config
from irene.domain.argument_checks import require_type
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import Event, InputAwaited, RunEnded, RunStarted, Warned
from irene.domain.intents import Response
from irene.errors import ConfigurationError, IreneError
from irene.memory.usage import usage_of
from irene.memory.watermark import MemoryWatermark
from irene.pipeline.admission import Admission
from irene.pipeline.answering.announcing import Announcement, Announcer
from irene.pipeline.answering.answering_side import AnsweringSide
from irene.pipeline.current_run import CurrentRun
from irene.pipeline.draining import Drain
from irene.pipeline.event_queue import EventQueue
from irene.pipeline.event_stream import EventStream
from irene.pipeline.figures.of_parts import readings_of
from irene.pipeline.figures.taking import Figures
from irene.pipeline.input_plan import input_plan
from irene.pipeline.listening.capture import Capture
from irene.pipeline.listening.mute_switch import MuteSwitch
from irene.pipeline.listening.patience import Patience
from irene.pipeline.parts import Parts
from irene.pipeline.preflight import Preflight
from irene.pipeline.provider_reports import ProviderReport, provider_reports
from irene.pipeline.recording.flight import FlightRecorder
from irene.pipeline.recording.layout import Pace
from irene.pipeline.reloading.following import Following
from irene.pipeline.reloading.handover import Handover
from irene.pipeline.reloading.reloader import ReadConfig, Reloader, Running
from irene.pipeline.reloading.report import ReloadReport
from irene.pipeline.reloading.successor import BuildContext, Successor
from irene.pipeline.run_making import RunMaker
from irene.pipeline.setup_warnings import SetupWarnings
from irene.pipeline.state import RunState
from irene.pipeline.status import Status, status_of
from irene.pipeline.surroundings import Surroundings
from irene.plugin.registry import ComponentRegistry
from irene.providers.border import one_line
from irene.telemetry import catalogue
from irene.telemetry.metrics import Reading


class Assistant:
    """A voice assistant that runs what one configuration describes.

    ::

        async with Assistant.from_config("demo") as assistant:
            async for event in assistant.run():
                ...

    Entering loads and warms up every provider; leaving closes them. A run ends with its input, or
    when `stop()` is called.
    """

    def __init__(
        self,
        config: Config,
        registry: ComponentRegistry,
        clock: Clock | None = None,
        read: ReadConfig | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        """Make every part of the assistant; nothing is loaded yet.

        Args:
            config: what it runs.
            registry: the providers that there are.
            clock: measures time and waits; the machine's own unless given.
            read: returns the configuration anew, for `reload`; unless given, its file is read.
            surroundings: stands for the present time and a live input when a recording is repeated.

        Raises:
            ConfigurationError: a slot cannot be filled.
        """
        self.config = config
        self._clock = clock or SystemClock()
        self._surroundings = surroundings or Surroundings(self._clock)
        self._queue = EventQueue()
        self._state = RunState(self._clock)
        self._events = EventStream(self._tell)
        report_apart = self._events.emit_apart
        self._flight = FlightRecorder(
            config, registry, self._clock, lambda line: report_apart(Warned(message=line))
        )
        self._microphone = MuteSwitch(report_apart, self._clock)
        self._parts = Parts(config, registry, self._events.emit, self._clock)
        self.recorder = self._parts.recorder
        """takes the figures of the assistant; the same one for its whole life"""
        self._figures = Figures.wanted(config, self.recorder, self._readings)
        self._announcer = Announcer(self._events, self._deliver)
        self._events.on_quiet = self._attend
        day_clock = self._surroundings.clock
        self._answering = AnsweringSide(
            self._parts.mouth, self._announcer, self._events.emit, day_clock
        )
        self._answering.on_sentences = self._parts.guide.renew
        self._answering.is_ending = lambda: self._current.is_stopping
        self._answering.take(config, self._parts.understanding)
        self._runs = RunMaker(
            self._events, self._answering, self._announcer, self._surroundings, self._clock
        )
        self._memory = self._made_watermark()
        context = BuildContext(registry, self._clock)
        self._reloader = Reloader(
            self._running, self._take_over, context, read or self._read, self._events.emit
        )
        self._following = Following(
            self._reloader, lambda: self.config, lambda: self._queue.loop, self._clock
        )
        self._drain = Drain(self._events, self._announcer, self._clock, self.stop)
        self._handover = Handover(self._answering, self._memory, self._events.emit)
        self.registry = registry
        """the providers that there are"""
        self._warnings = SetupWarnings(report_apart)
        self._current = CurrentRun(self._queue)
        self._admission = Admission(lambda: self._current.is_stopping)

    @classmethod
    def from_config(
        cls,
        source: str | Path | Mapping[str, Any] | None = None,
        *,
        overrides: Sequence[str] = (),
        registry: ComponentRegistry | None = None,
    ) -> Assistant:
        """Return the assistant of a profile name, a path, a mapping, or the user's own file.

        Raises:
            ConfigurationError: the configuration is wrong; every problem is listed.
        """
        if registry is None:
            registry = registry_for(source, overrides=overrides)
        config = load_config(source, registry=registry, overrides=overrides)
        place = config.path or source
        read = partial(load_config, place, registry=registry, overrides=overrides)
        return cls(config, registry, read=read)

    async def __aenter__(self) -> Assistant:
        self._admission.enter()
        self._queue.enter()
        try:
            async with self._reloader.still():
                await in_thread("files", self._following.begin)
                await Preflight(self._parts, self.config, self.registry).require_in_time()
                await self._parts.load()
        except BaseException:  # then nobody leaves it
            self._following.end()
            self._admission.leave()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._admission.leave()
        self.stop()
        self._following.end()
        await self._current.ended()
        self._answering.close()
        self._announcer.close()  # nobody waits for what will not be said any more
        await in_thread("recorder", self._flight.close)
        if self._current.is_over:
            await self._handover.finish()
            await self._parts.close()  # else a thread hangs in an engine: its memory must stay

    async def run(self, realtime: bool = False) -> AsyncIterator[Event]:
        """Listen and answer until the input is over; yield everything that happens.

        Args:
            realtime: read a file at the speed at which it was spoken.

        Raises:
            AudioFormatError: the input is no audio, or is damaged (what came before it has been
                answered).
            DeviceError: the microphone cannot be opened.
            ConfigurationError: strict validation forbids a conversion that the input needs.
            RuntimeError: it is not inside of its `async with`, or another run goes on.
        """
        await self._admission.begin_run()
        try:
            source = self._parts.inputs.current.provider
            capture = Capture(source, self._events, self._clock, realtime)
            if source.live:  # whoever writes a file or a pipe may take their time
                capture.patience = self._patience()
            async with aclosing(self._current.opening(capture, self._await_input)) as opening:
                async for early in opening:
                    yield early
            if self._current.is_stopping:
                yield RunEnded(reason="stopped")
                return
            in_step = not source.live and not realtime
            async with self._reloader.still():
                await self._start(capture, in_step)
            while (event := await self._queue.get()) is not None:
                yield event
            await self._current.ended()
            if not self._current.is_over:
                yield RunEnded(reason="stopped")
        finally:
            self.stop()
            try:
                await self._current.ended()
            finally:
                self._begin_again()
                self._admission.end_run()
        self._current.check()

    def stop(self) -> None:
        """End the run: nothing more is read or said; may be called from any thread."""
        self._current.stop()

    def drain(self) -> bool:
        """End the run when what is in progress is done; return False when nothing was.

        That is an utterance, heard to its end and answered, and what is announced; it may take
        `assistant.drain_ms`. Nothing else is begun. For the event loop that the run is on.
        """
        if self._current.run is None:
            self.stop()
            return False
        return self._drain.begin(self.config.assistant.drain_ms / 1000)

    def pulse(self) -> int | None:
        """Return a count that grows with the audio that a device brings; from any thread.

        None while none need to come: before and after a run, of a file, and while a device is away.
        One that stands still for seconds means that the listening thread hangs.
        """
        return self._current.pulse

    def status(self) -> Status:
        """Return what it does now; from any thread, and also before and after a run.

        Blocks for some milliseconds: files are looked for, and processes asked for their memory.
        """
        muted, audio_s = self._microphone.is_on, self._events.now_s
        return status_of(self.config, self._state, self._parts, muted, audio_s)

    def providers(self) -> list[ProviderReport]:
        """Return how each provider does now, in the order of the slots; from any thread."""
        return provider_reports(self._parts, self.config, self._state)

    def mute(self) -> bool:
        """Ignore the input until `unmute`; return False when it was ignored already.

        What is being said counts as ended. From any thread, and also before a run.
        """
        return self._microphone.turn(on=True)

    def unmute(self) -> bool:
        """Hear the input again; return False when it was not ignored. From any thread."""
        return self._microphone.turn(on=False)

    def say(self, text: str, language: str = "") -> Future[bool]:
        """Speak a text when nobody talks to the assistant; from any thread.

        Args:
            text: what is said; an `announcement` event tells it at once.
            language: BCP 47 tag; the assistant's own unless given.

        Returns:
            A future that is done when the text has been said: False when somebody wanted silence,
            the run ended before, or the assistant was left; the error when no voice or output
            could say it.

        Raises:
            ConfigurationError: there is no voice.
            TypeError: text or language is no text.
        """
        require_type("text", text, str, "a text (str)")
        require_type("language", language, str, "a BCP 47 tag such as 'en', a text,")
        if self._parts.mouth.voice is None:
            raise ConfigurationError("tts.enabled = false: there is no voice; set it to true")
        response = Response(text, language or self.config.assistant.language)
        return self._announcer.announce(response, rings=False)

    def report(self, event: Event) -> None:
        """Tell an event that somebody outside has noticed; it belongs to no session. Any thread.

        Raises:
            TypeError: it is no event.
        """
        require_type("event", event, Event, "an Event, such as Warned(message=...),")
        self._events.emit_apart(event)

    def hush(self) -> None:
        """Stop what is being said or rings, and give up the answer in the making.

        From any thread. What is announced and was not begun comes later.
        """
        self._parts.mouth.interrupt()

    @property
    def is_entered(self) -> bool:
        """Whether it is inside of its `async with`: there it can run, and be reloaded."""
        return self._admission.is_entered

    async def reload(self, config: Config | None = None) -> ReloadReport:
        """Go on with another configuration, or with the one that its file holds now.

        The input stays open, and what was begun is finished with what it was begun with. Only what
        changed is made anew. A configuration that is wrong, or would not work, is refused: the
        assistant goes on as it was. Nothing of that is raised; the report and an event tell it.

        Raises:
            RuntimeError: the assistant has not been entered with `async with`.
            TypeError: it is no configuration.
        """
        require_type("config", config, (Config, type(None)), "a Config or None")
        self._admission.require("is reloaded")
        return await self._reloader.reload(config)

    def _read(self) -> Config:
        """Read the file of the configuration again."""
        if self.config.path is None:
            raise ConfigurationError("the configuration has no file that could be read again")
        return load_config(self.config.path, registry=self.registry)

    def _running(self) -> Running:
        return Running(self.config, self._parts, self._current.source)

    async def _take_over(self, successor: Successor, plan: AudioPlan | None) -> None:
        await self._handover.follow(successor, plan, self._current.run, self._settle)
        try:  # what fails from here on is no reason to go back
            await in_thread(
                "warnings", partial(self._warnings.tell, self.config, self._parts, plan)
            )
        except IreneError as error:
            self._events.emit_apart(Warned(message=one_line(error)))

    def _settle(self, successor: Successor) -> None:
        self.config, self._parts = successor.config, successor.parts
        self._flight.renew(successor.config)
        self._following.renew()

    def _made_watermark(self) -> MemoryWatermark:
        read = usage_of(self.config.assistant.memory_limit_mb)
        return MemoryWatermark(read, self._parts.caches(), self._events.emit_apart, self._clock)

    async def _deliver(self, announcement: Announcement) -> bool:
        return await self._answering.deliver(announcement)

    def _attend(self, is_quiet: bool) -> None:
        """Turn other sound down while somebody talks to the assistant."""
        self._announcer.set_quiet(is_quiet)
        ducking = self._parts.mouth.ducking
        ducking.restore(self) if is_quiet else ducking.lower(self)

    def _begin_again(self) -> None:
        """Be ready for another run: its events and its audio time start from nothing."""
        self._queue.begin_again()
        self._current.begin_again()
        self._warnings.forget()
        self._drain.give_up()
        self._events.begin_run()
        if self._answering.replier is not None:
            self._answering.replier.forget()

    def _patience(self) -> Patience:
        """Return how long a live input may take."""
        inputs = self._parts.inputs
        abandon = partial(inputs.abandon, inputs.current.name)
        return Patience(hung_s(self.config), inputs.sharing.load_s, abandon)

    def _await_input(self) -> None:
        self._events.emit(InputAwaited(provider=self._parts.inputs.current.name))

    async def _start(self, capture: Capture, in_step: bool) -> None:
        """Plan the audio, open the engines' streams, and begin to read."""
        plan = input_plan(self._parts, capture.format)
        run, costs = await self._runs.made(self._parts, capture, plan, in_step)
        run.on_heard = self._memory.check
        run.microphone, run.flight = self._microphone, self._flight
        pace: Pace = "in_step" if in_step else "live"
        self._flight.begin_run(capture.format, pace, self._parts.mouth.is_heard)
        self._current.take(run)
        try:
            await in_thread("warnings", partial(self._announce, plan))
            if self._answering.host is not None:
                await self._answering.in_time(self._answering.host.start, self.config)
        except BaseException:
            await in_thread("close", run.close)
            raise
        self._parts.mouth.nobody_listens = False
        if not self._current.is_stopping:
            self._announcer.run()
        self._current.listen(run, costs)
        self._parts.open_tiers()

    def _announce(self, plan: AudioPlan) -> None:
        self._warnings.tell(self.config, self._parts, plan)
        self._events.emit(RunStarted(providers=self._parts.serving(), config=self.config.name))

    def _readings(self) -> Iterator[Reading]:
        yield from readings_of(self._parts)
        yield Reading(catalogue.AUDIO_POSITION, (), self._events.now_s)
        yield Reading(catalogue.EVENTS_WAITING, (), self._queue.n_waiting)

    def _tell(self, event: Event) -> None:
        self._state.note(event)
        if self._figures is not None:
            self._figures.note(event)
        if self._flight.is_on:
            self._flight.note(event)
        self._queue.put(event)
