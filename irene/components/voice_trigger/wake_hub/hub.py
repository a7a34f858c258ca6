"""One place that hears the wake words of hundreds of streams, with engines that they share."""

from __future__ import annotations

import itertools
import math
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

from irene.audio.plan import make_plan
from irene.audio.streams import Track
from irene.components.assembly import Assembly
from irene.components.calls.watch import Relay, hung_s
from irene.components.clip_checks import rate_of
from irene.components.threads import start_daemon
from irene.components.voice_trigger.rule import WakeWordRule
from irene.components.voice_trigger.wake_hub.engines import EnginePool
from irene.components.voice_trigger.wake_hub.stats import HubStats
from irene.components.voice_trigger.wake_hub.stream import HubStream
from irene.components.voice_trigger.wake_hub.stream_state import StreamState
from irene.components.voice_trigger.wake_hub.turn import Turn
from irene.components.voice_trigger.wake_hub.work import HubWork, OnEvent
from irene.config.loading import load_config, registry_for
from irene.config.sections import Config
from irene.domain.argument_checks import require_type
from irene.domain.audio import AudioFormat, Samples
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import Event, Warned
from irene.errors import ConfigurationError, IreneError
from irene.plugin.registry import ComponentRegistry

_TICK_S = 0.005
"""pause of the hub's thread: many blocks that arrive one by one are taken at once"""


class WakeWordHub:
    """Hears the wake words of many streams; engines are shared, the gate decides who gets one.

    ::

        with WakeWordHub.from_config(on_event=print) as hub:
            kitchen = hub.open("kitchen")
            kitchen.feed(samples)

    Windows are heard in the order in which they became complete, whatever their stream. When the
    oldest has waited longer than `max_delay_s`, the streams that are worth least are set aside
    (`shedding`) until it is calm again; an event says so, and another one when it is over.

    Inside `with`, a thread does the work; when an engine hangs in a window, another thread goes on
    (`assistant.hang_timeout_ms`). Without it nothing happens but in `work()`: for programs
    with a loop of their own, and for recordings. `on_event` is called on the thread that works.
    """

    def __init__(
        self,
        config: Config,
        registry: ComponentRegistry,
        *,
        on_event: OnEvent = lambda event: None,
        max_delay_s: float | None = 0.5,
        clock: Clock | None = None,
    ) -> None:
        """Take a configuration; its section `voice_trigger` counts.

        Args:
            config: what is listened for, and with what.
            registry: where providers are found.
            on_event: takes wake words, overloads, failures of providers.
            max_delay_s: how long audio may wait, seconds; None: for ever, nothing is given up.
            clock: where time comes from.

        Raises:
            ConfigurationError: the voice trigger is disabled, or `max_delay_s` is no time.
        """
        if max_delay_s is not None and not 0 < max_delay_s < math.inf:
            raise ConfigurationError(f"max_delay_s is {max_delay_s}: seconds above 0, or None")
        if not config.voice_trigger.enabled:
            raise ConfigurationError("voice_trigger.enabled is false: there is nothing to hear")
        self._on_event = on_event
        self._untold: deque[Event] = deque()
        self._alarm = threading.Event()
        assembly = Assembly(config, registry, self._note)
        self._slot = assembly.voice_trigger_slot()
        self._rule = WakeWordRule(self._slot.section)
        self._pool = EnginePool(self._slot.chain, self._slot.section.wake_words)
        self._pool.watch.limit_s = hung_s(config)
        self._clock = clock or SystemClock()
        self._work = HubWork(
            self._pool,
            self._note,
            self._clock,
            max_delay_s=max_delay_s,
            pre_roll_s=self._slot.section.pre_roll_ms / 1000,
        )
        self._numbers = itertools.count(1)
        self._working = Turn()
        self._worker = 0
        self._is_stopping = False
        self._thread: Future[None] | None = None
        self._tell()

    @classmethod
    def from_config(
        cls,
        source: str | Path | Mapping[str, Any] | None = None,
        *,
        overrides: Sequence[str] = (),
        registry: ComponentRegistry | None = None,
        on_event: OnEvent = lambda event: None,
        max_delay_s: float | None = 0.5,
    ) -> WakeWordHub:
        """Return the hub of a profile name, a path, a mapping, or the user's own file.

        Raises:
            ConfigurationError: the configuration is wrong, or its voice trigger is disabled.
        """
        if registry is None:
            registry = registry_for(source, overrides=overrides)
        config = load_config(source, registry=registry, overrides=overrides)
        return cls(config, registry, on_event=on_event, max_delay_s=max_delay_s)

    def open(self, name: str, sample_rate: int = 16000) -> HubStream:
        """Begin to hear a stream; any thread may.

        Args:
            name: what events call it; unique among those that are open.
            sample_rate: Hz; what the engine does not take is converted.

        Raises:
            AudioFormatError: there is no audio of this rate.
            ConfigurationError: there is a stream of this name, or strict validation forbids the
                conversion.
            ProviderUnavailableError: no voice trigger, or no resampler, can be loaded.
            TypeError: the name is no text.
        """
        require_type("name", name, str, "a text (str)")
        sample_rate = rate_of(sample_rate)
        track, number = self._track(sample_rate), next(self._numbers)
        self._tell()
        section, rule = self._slot.section, self._rule
        state = StreamState(number, name, track, sample_rate, section=section, rule=rule)
        if not self._work.add_stream(state):
            track.close()
            raise ConfigurationError(f"a stream called {name!r} is open; take another name")
        return HubStream(self.put, state)

    def warm_up(self, n_engines: int = 8) -> None:
        """Load the provider and have so many engines ready.

        Raises:
            ConfigurationError: a wake word is not known.
            ProviderUnavailableError: no voice trigger can be loaded.
        """
        with self._working:
            self._slot.chain.warm_up()
            self._pool.prepare(n_engines)
        self._tell()

    def put(self, state: StreamState, samples: Samples | None, due_s: float | None) -> None:
        """Take a block of a stream, or its end; see `HubStream`."""
        thread = self._thread
        if thread is not None and thread.done():
            thread.result()
        if due_s is None:
            due_s = self._clock.monotonic()
        self._work.add(state, samples, due_s)
        if not self._alarm.is_set():
            self._alarm.set()

    def work(self) -> None:
        """Judge and hear everything that has been fed; blocks.

        Raises:
            ProviderFailedError: every provider has failed again and again.
        """
        with self._working:
            try:
                while self._work.is_waiting or self._untold:
                    self._work.do_some()
                    self._tell()
            except IreneError:
                self._tell()
                raise

    def stats(self, forget: bool = False) -> HubStats:
        """Return what has happened since the start; with `forget`, delays are counted anew."""
        with self._working:
            return self._work.stats(forget)

    def start(self) -> None:
        """Begin to work on a thread of its own.

        Raises:
            ConfigurationError: a wake word is not known.
            ProviderUnavailableError: no voice trigger can be loaded.
        """
        if self._thread is None:
            self.warm_up()
            self._is_stopping = False
            relay = Relay("wake-hub", self._pool.watch)
            self._thread = start_daemon(
                "wake-hub-watch", partial(relay.run, self._run, self._go_on)
            )

    def close(self) -> None:
        """Hear what has been fed, then free every engine.

        Raises:
            ProviderFailedError: every provider had failed again and again.
        """
        thread, self._thread = self._thread, None
        self._is_stopping = True
        self._alarm.set()
        try:
            if thread is not None:
                thread.result()
            self.work()
        finally:
            self._work.drop_all()
            self._pool.close()
            self._slot.chain.close()
            self._work.end()
            self._tell()

    def __enter__(self) -> WakeWordHub:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _run(self) -> None:
        self._worker = threading.get_ident()
        while not self._is_stopping:
            self._alarm.wait()
            self._alarm.clear()
            self.work()
            while self._recycle() and not self._work.has_arrivals:
                pass
            self._clock.sleep(_TICK_S)
        self.work()

    def _recycle(self) -> bool:
        """Make an engine ready in an idle moment; return whether there was one to do so with."""
        with self._working:  # engines may share a model, and whoever calls `work` is another thread
            return self._pool.recycle()

    def _go_on(self, hung: object) -> None:
        """Work in place of a thread that hangs in a window; another engine hears that again."""
        self._working.take_away(self._worker)
        self._work.hear_again()
        self._alarm.set()
        self._run()

    def _track(self, sample_rate: int) -> Track:
        plan = make_plan(AudioFormat(sample_rate), [self._slot.consumer()])
        for warning in plan.warnings:
            self._note(Warned(message=warning))
        route = plan.routes[self._slot.name]
        converter = None
        if route.quality is not None:
            rates = route.source.sample_rate, route.target.sample_rate
            converter = self._slot.open_converter(*rates, route.quality)
        rate = route.target.sample_rate
        last_s = self._pool.window / rate  # the last window may not be whole yet
        return Track(rate, self._work.kept_s + last_s, converter)

    def _note(self, event: Event) -> None:
        """Have an event told soon; from any thread, in the middle of anything."""
        self._untold.append(event)
        self._alarm.set()

    def _tell(self) -> None:
        """Tell of what has happened when nothing is half done: whoever is told may raise."""
        while self._untold:
            try:
                event = self._untold.popleft()
            except IndexError:
                return  # another thread tells of it
            self._on_event(event)
