"""The assistant: from a configuration to a run of events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from irene.audio.plan import AudioPlan
from irene.components.threads import in_thread, start_daemon
from irene.config.loading import load_config, registry_for
from irene.config.sections import Config
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import Event, RunEnded, RunStarted, Warned
from irene.memory.usage import usage_of
from irene.memory.watermark import MemoryWatermark
from irene.pipeline.answering.announcing import Announcement, Announcer
from irene.pipeline.answering.conversation import Conversation
from irene.pipeline.answering.house import House
from irene.pipeline.answering.replying import Replier
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listening.capture import Capture
from irene.pipeline.listening.listener import Listener
from irene.pipeline.listening.unheard import Unheard
from irene.pipeline.parts import Parts
from irene.pipeline.preflight import Preflight
from irene.pipeline.run import Run, Talk
from irene.pipeline.speaking.mouth import Unmeasured
from irene.plugin.registry import ComponentRegistry
from irene.telemetry.costs import StageCosts

_STOP_POLL_S = 0.05
"""how often `stop()` is looked for while an input opens"""
_GRACE_S = 5.0
"""longest wait at the end of a run for an engine that does not return"""


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
        self, config: Config, registry: ComponentRegistry, clock: Clock | None = None
    ) -> None:
        self.config = config
        self._clock = clock or SystemClock()
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._events = EventStream(self._publish)
        self._parts = Parts(config, registry, self._events.emit, self._clock)
        self._preflight = Preflight(self._parts, config, registry)
        self._announcer = Announcer(self._events, self._deliver)
        self._events.on_quiet = self._attend
        self._house = self._made_house()
        self._replier = self._made_replier()
        self._memory = self._made_watermark()
        self._capture: Capture | None = None
        self._run: Run | None = None
        self._worker: Future[None] | None = None
        self._stopping = threading.Event()

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
        return cls(load_config(source, registry=registry, overrides=overrides), registry)

    async def __aenter__(self) -> Assistant:
        self._loop = asyncio.get_running_loop()
        await in_thread("check", self._preflight.require)
        await self._parts.load()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        await self._end_of(self._worker)
        if self._house is not None:
            self._house.close()
        if self._worker is None or self._worker.done():
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
            RuntimeError: the assistant has not been entered with `async with`.
        """
        if self._loop is None:
            raise RuntimeError("an assistant runs inside `async with assistant:`")
        source = self._parts.inputs.current.provider
        capture = self._capture = Capture(source, self._events, self._clock, realtime)
        try:
            if not await self._opened(capture):
                yield RunEnded(reason="stopped")
                return
            in_step = not source.live and not realtime
            self._worker = await self._started(capture, in_step)
            while (event := await self._queue.get()) is not None:
                yield event
            if not self._worker.done():
                await self._end_of(self._worker)
            if not self._worker.done():
                yield RunEnded(reason="stopped")
        finally:
            self.stop()
            await self._end_of(self._worker)
            self._begin_again()
        if self._worker is not None and self._worker.done():
            self._worker.result()

    def stop(self) -> None:
        """End the run: nothing more is read or said; may be called from any thread."""
        self._stopping.set()
        if self._loop is not None and not self._loop.is_closed():
            # An engine that hangs on the capture thread does not hold up whoever reads the events.
            self._loop.call_soon_threadsafe(self._give_up_later, self._queue)
        if self._capture is not None:
            self._capture.stop()
        if self._run is not None:
            self._run.stop()

    def _made_house(self) -> House | None:
        if self._parts.understanding is None:
            return None
        house = House(
            self.config,
            self._parts.understanding,
            self._announcer,
            self._events.emit,
            self._clock,
        )
        house.mouth = self._parts.mouth
        house.on_sentences = self._parts.guide
        return house

    def _made_replier(self) -> Replier | None:
        understanding = self._parts.understanding
        if understanding is None:
            return None
        return Replier(self.config.assistant, understanding, self._events.emit, self._clock)

    def _made_watermark(self) -> MemoryWatermark:
        read = usage_of(self.config.assistant.memory_limit_mb)
        report = partial(self._events.emit, in_session=False)
        return MemoryWatermark(read, self._parts.caches(), report, self._clock)

    async def _deliver(self, announcement: Announcement) -> bool:
        """Speak an announcement; without a voice its event has told it already."""
        if self._replier is not None:  # what was said last can be repeated, and answered
            self._replier.dialogue.last_response = announcement.response
        mouth = self._parts.mouth
        response, since = announcement.response, mouth.interruptions
        if announcement.rings:
            return await mouth.ring(response, since) is not None
        return await mouth.say(response, since, Unmeasured()) is not None

    def _attend(self, is_quiet: bool) -> None:
        """Turn other sound down while somebody talks to the assistant."""
        self._announcer.set_quiet(is_quiet)
        ducking = self._parts.mouth.ducking
        ducking.restore(self) if is_quiet else ducking.lower(self)

    def _begin_again(self) -> None:
        """Be ready for another run: its events and its audio time start from nothing."""
        self._queue = asyncio.Queue()
        self._capture = self._run = None
        self._events.begin_run()
        if self._replier is not None:
            self._replier.forget()
        self._stopping.clear()

    def _give_up_later(self, queue: asyncio.Queue[Event | None]) -> None:
        asyncio.get_running_loop().call_later(_GRACE_S, queue.put_nowait, None)

    async def _opened(self, capture: Capture) -> bool:
        """Open the input; return False when `stop()` is called before it has opened."""
        opening = asyncio.ensure_future(in_thread("open", capture.open))
        while not opening.done() and not self._stopping.is_set():
            await asyncio.wait({opening}, timeout=_STOP_POLL_S)
        if self._stopping.is_set():
            opening.cancel()
            return False
        await opening
        return True

    async def _started(self, capture: Capture, in_step: bool) -> Future[None]:
        """Plan the audio, open the engines' streams, and begin to read."""
        plan = self._parts.plan(capture.format)
        conversation = Conversation(
            self.config.assistant,
            self._parts.understanding,
            self._replier,
            self._parts.mouth,
            self._events,
        )
        talk = Talk(conversation, self._announcer, in_step)
        ear = await in_thread("listen", partial(self._parts.ear, plan, self._clock))
        listener = Listener(self.config, ear, self._events, talk, in_step)
        talk.on_answered = listener.hear_again
        listener.on_block = capture.prefer_block
        conversation.on_invitation = listener.invite
        conversation.grammar_of = self._parts.grammar
        conversation.prepare = self._parts.prepare
        own_voice = self._parts.own_voice
        live = self._parts.inputs.current.provider.live
        own_voice.begin(capture.format.sample_rate, live)
        run = self._run = Run(capture, own_voice, listener, talk, self._events)
        run.unheard = None if live else Unheard(self.config.voice_trigger, ear.wake)
        run.on_heard = self._memory.check
        if self._stopping.is_set():
            run.stop()
        self._announce(plan)
        await self._start_handlers()
        self._parts.mouth.nobody_listens = False
        if not self._stopping.is_set():
            self._announcer.run()
        return start_daemon("capture", partial(self._listen, run, ear.costs))

    async def _start_handlers(self) -> None:
        """Let the handlers begin to work; who takes too long is not waited for."""
        if self._house is None:
            return
        limit_ms = self.config.assistant.load_timeout_ms
        try:
            await in_thread("handlers", self._house.start, limit_ms / 1000)
        except asyncio.TimeoutError:
            late = f"handlers did not start within assistant.load_timeout_ms = {limit_ms}"
            self._events.emit(Warned(message=late))

    def _listen(self, run: Run, costs: StageCosts) -> None:
        """Run on the capture thread; whatever happens there, the last event is published."""
        try:
            run.listen(costs)
        finally:
            self._publish(None)

    async def _end_of(self, worker: Future[None] | None) -> None:
        """Wait for the capture thread, but not for an engine that hangs in it."""
        if worker is None or worker.done():
            return
        ended = asyncio.wrap_future(worker)
        ended.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait({ended}, timeout=_GRACE_S)

    def _announce(self, plan: AudioPlan) -> None:
        for problem in (*map(str, self.config.warnings), *self._parts.doubts(), *plan.warnings):
            self._events.emit(Warned(message=problem))
        names = self._parts.serving()
        self._events.emit(RunStarted(providers=names, config=self.config.name))

    def _publish(self, event: Event | None) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._queue.put_nowait, event)
