"""The assistant: from a configuration to a run of events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from irene.audio.plan import AudioPlan, make_plan
from irene.audio.streams import StreamTracks
from irene.components.asr import ASRComponent
from irene.components.assembly import Assembly
from irene.components.chain import ProviderChain
from irene.components.speech_activity import SpeechActivityListener
from irene.components.threads import in_thread, start_daemon
from irene.components.voice_trigger import VoiceTriggerComponent
from irene.config.loading import disabled_plugins, load_config
from irene.config.sections import Config
from irene.domain.audio import AudioFormat
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import Event, RunEnded, RunStarted, Warned
from irene.domain.kinds import Kind
from irene.errors import ProviderFailedError
from irene.pipeline.capture import Capture
from irene.pipeline.conversation import Conversation, Mouth
from irene.pipeline.event_stream import EventStream
from irene.pipeline.listener import Ear, Listener, keep_s
from irene.pipeline.run import Run, Talk
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
        self._registry = registry
        self._clock = clock or SystemClock()
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._events = EventStream(self._publish)
        assembly = Assembly(config, registry, self._events.emit)
        self._trigger: VoiceTriggerComponent | None = assembly.voice_trigger()
        self._vad = assembly.vad_slot()
        self._asr: ASRComponent = assembly.asr()
        self._inputs = assembly.inputs()
        self._mouth = Mouth(assembly.understanding(), assembly.voice(), assembly.outputs())
        self._converter = assembly.open_converter()
        self._resamplers = assembly.resamplers
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
            registry = ComponentRegistry.installed(disabled_plugins(source, overrides=overrides))
        return cls(load_config(source, registry=registry, overrides=overrides), registry)

    async def __aenter__(self) -> Assistant:
        self._loop = asyncio.get_running_loop()
        loading = (self._loaded(name, work) for name, work in self._loaders())
        # All of them are waited for: a process that ends while an engine loads may abort in it.
        for outcome in await asyncio.gather(*loading, return_exceptions=True):
            if isinstance(outcome, BaseException):
                await in_thread("close", self._close)
                raise outcome
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        await self._end_of(self._worker)
        await in_thread("close", self._close)

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
        source = self._inputs.current.provider
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

    def _begin_again(self) -> None:
        """Be ready for another run: its events and its audio time start from nothing."""
        self._queue = asyncio.Queue()
        self._capture = self._run = None
        self._events.begin_run()
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
        plan = self._plan(capture.format)
        conversation = Conversation(self.config.assistant, self._mouth, self._events, self._clock)
        talk = Talk(conversation, in_step)
        ear = await in_thread("listen", partial(self._ear, plan))
        listener = Listener(self.config, ear, self._events, talk, in_step)
        talk.on_answered = listener.hear_again
        conversation.on_nothing_said = listener.listen_on
        run = self._run = Run(capture, listener, talk, self._events)
        if self._stopping.is_set():
            run.stop()
        self._announce(plan)
        return start_daemon("capture", partial(self._listen, run, ear.costs))

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

    def _plan(self, source: AudioFormat) -> AudioPlan:
        consumers = [self._vad.consumer(), self._asr.slot.consumer()]
        if self._trigger is not None:
            consumers.append(self._trigger.slot.consumer())
        microphone = self._inputs.current.provider.live
        return make_plan(source, consumers, "inputs.microphone_config" if microphone else "")

    def _ear(self, plan: AudioPlan) -> Ear:
        tracks = StreamTracks(plan, keep_s(self.config), self._converter)
        return Ear(
            tracks=tracks,
            wake=self._trigger.open(tracks.of("voice_trigger")) if self._trigger else None,
            vad=SpeechActivityListener(self._vad.chain, tracks.of("vad")),
            asr=self._asr,
            clock=self._clock,
            costs=StageCosts(self._clock),
        )

    def _announce(self, plan: AudioPlan) -> None:
        for problem in (*map(str, self.config.warnings), *self._doubts(), *plan.warnings):
            self._events.emit(Warned(message=problem))
        names = {str(chain.kind): chain.current.name for chain in self._chains()}
        if self._mouth.understanding is not None:
            names[str(Kind.INTENT_RECOGNITION)] = self._mouth.understanding.recognizer
        self._events.emit(RunStarted(providers=names, config=self.config.name))

    def _doubts(self) -> list[str]:
        """Return a line for everything that will work less well than somebody may expect."""
        lines = [
            f"plugin {plugin.name!r} ({plugin.distribution or plugin.module}) is broken: "
            f"{plugin.error}"
            for plugin in self._registry.plugins
            if plugin.error
        ]
        language = self._asr.slot.section.language or self.config.assistant.language
        serving = self._asr.slot.chain.current
        known = serving.provider.capabilities.languages
        if known and language.split("-")[0] not in {one.split("-")[0] for one in known}:
            lines.append(
                f"assistant.language = {language!r}: asr provider {serving.name!r} knows "
                f"{', '.join(known)} only; it will misunderstand"
            )
        return lines

    def _chains(self) -> list[ProviderChain[Any]]:
        chains: list[ProviderChain[Any]] = [self._inputs, self._vad.chain, self._asr.slot.chain]
        if self._trigger is not None:
            chains.insert(1, self._trigger.slot.chain)
        if self._mouth.voice is not None:
            chains.append(self._mouth.voice.chain)
        return [*chains, self._mouth.outputs, self._resamplers]

    def _loaders(self) -> list[tuple[str, Callable[[], None]]]:
        """Return one blocking piece of work per component; they run side by side."""
        language = self.config.assistant.language
        loaders: list[tuple[str, Callable[[], None]]] = [
            (str(chain.kind), chain.warm_up) for chain in self._chains()
        ]
        if self._mouth.understanding is not None:
            loaders.append(("intents", partial(self._mouth.understanding.load, language)))
        return loaders

    async def _loaded(self, name: str, work: Callable[[], None]) -> None:
        limit_ms = self.config.assistant.load_timeout_ms
        try:
            await in_thread("load", work, limit_ms / 1000)
        except asyncio.TimeoutError as error:
            raise ProviderFailedError(
                f"{name} did not load within assistant.load_timeout_ms = {limit_ms}"
            ) from error

    def _close(self) -> None:
        """Free every engine, unless a thread hangs in one: its memory must stay."""
        if self._worker is not None and not self._worker.done():
            return
        for chain in self._chains():
            chain.close()
        if self._mouth.understanding is not None:
            self._mouth.understanding.close()

    def _publish(self, event: Event | None) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._queue.put_nowait, event)
