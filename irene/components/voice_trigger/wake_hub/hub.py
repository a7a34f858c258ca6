"""One place that hears the wake words of hundreds of streams, with engines that they share."""

from __future__ import annotations

import itertools
import math
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from irene.audio.plan import make_plan
from irene.audio.streams import Track
from irene.components.assembly import Assembly
from irene.components.calls.watch import Relay, hung_s
from irene.components.clip_checks import rate_of
from irene.components.threads import start_daemon
from irene.components.voice_trigger.rule import WakeWordRule
from irene.components.voice_trigger.wake_hub.engines import EnginePool
from irene.components.voice_trigger.wake_hub.relief import Relief, Ticket
from irene.components.voice_trigger.wake_hub.stats import HubStats
from irene.components.voice_trigger.wake_hub.stream import HubStream
from irene.components.voice_trigger.wake_hub.stream_state import StreamState
from irene.components.voice_trigger.wake_hub.turn import Turn
from irene.config.loading import load_config, registry_for
from irene.config.sections import Config
from irene.domain.argument_checks import require_type
from irene.domain.audio import AudioFormat, Samples
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import Event, StreamWakeWordDetected, Warned
from irene.domain.speech import WakeWordDetection
from irene.errors import ConfigurationError, IreneError
from irene.plugin.registry import ComponentRegistry
from irene.telemetry.delays import Delays

_TURN_S = 0.002
"""time after which the hub looks for new audio while it hears"""
_TICK_S = 0.005
"""pause of the hub's thread: many blocks that arrive one by one are taken at once"""
_LOST_AFTER = 10
"""times `max_delay_s` after which audio is not even judged"""
_PIECE_S = 0.4
"""longest stretch of a block that is taken before engines get their turn"""
_SMOOTHING = 0.02
"""share of the newest window in the mean of what one costs"""

OnEvent = Callable[[Event], None]


class _Block(NamedTuple):
    """Audio on its way to the hub's thread; None for samples: the stream is over."""

    state: StreamState
    samples: Samples | None
    due_s: float


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
        self._max_delay_s = max_delay_s
        self._states: dict[str, StreamState] = {}
        self._numbers = itertools.count(1)
        self._arrived: deque[_Block] = deque()
        self._tickets: deque[Ticket] = deque()
        pre_roll_s = self._slot.section.pre_roll_ms / 1000
        self._relief: Relief | None = None
        if max_delay_s is not None:
            self._relief = Relief(
                max_delay_s,
                self._states,
                self._tickets,
                self._pool,
                pre_roll_s=pre_roll_s,
                on_event=self._note,
            )
        self._window_s = 0.0
        longest_s = _PIECE_S if max_delay_s is None else max_delay_s
        self._most_waiting_s = pre_roll_s + longest_s
        self._delays = Delays()
        self._working = Turn()
        self._worker = 0
        self._at: Ticket | None = None
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
        state = StreamState(
            number, name, track, sample_rate, section=self._slot.section, rule=self._rule
        )
        if self._states.setdefault(name, state) is not state:  # in one step: any thread may open
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
        piece = state.samples_in(_PIECE_S)
        if samples is None or samples.shape[0] <= piece:
            self._arrived.append(_Block(state, samples, due_s))
        else:
            for start in range(0, samples.shape[0], piece):
                self._arrived.append(_Block(state, samples[start : start + piece], due_s))
        if not self._alarm.is_set():
            self._alarm.set()

    def work(self) -> None:
        """Judge and hear everything that has been fed; blocks.

        Raises:
            ProviderFailedError: every provider has failed again and again.
        """
        with self._working:
            try:
                while self._arrived or self._tickets or self._untold:
                    self._work_some()
            except IreneError:
                self._tell()
                raise

    def stats(self, forget: bool = False) -> HubStats:
        """Return what has happened since the start; with `forget`, delays are counted anew."""
        with self._working:
            states, delays = list(self._states.values()), self._delays
            stats = HubStats(
                n_streams=len(states),
                n_hearing=sum(state.has_engine for state in states),
                n_set_aside=sum(state.is_aside for state in states),
                n_windows=delays.n,
                p50_delay_s=delays.quantile(0.5),
                p99_delay_s=delays.quantile(0.99),
                longest_delay_s=delays.longest_s,
                skipped_s=sum(state.skipped_s for state in states),
                lost_s=sum(state.lost_s for state in states),
            )
            if forget:
                delays.clear()
        return stats

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
            for state in list(self._states.values()):
                state.is_over = True
                self._let_go(state)
            self._pool.close()
            self._slot.chain.close()
            if self._relief is not None:
                self._relief.end()
            self._tell()

    def __enter__(self) -> WakeWordHub:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> None:
        self._worker = threading.get_ident()
        while not self._is_stopping:
            self._alarm.wait()
            self._alarm.clear()
            self.work()
            while self._recycle() and not self._arrived:
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
        if self._at is not None:
            self._at.state.n_ticketed += 1
            self._tickets.appendleft(self._at)
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
        return Track(rate, self._most_waiting_s + _PIECE_S + last_s, converter)

    def _work_some(self) -> None:
        self._take_in()
        self._hear_some()
        if self._relief is not None:
            self._relief.watch(self._clock.monotonic(), self._window_s)
        if not self._tickets:
            self._pool.recycle()
        self._tell()

    def _take_in(self) -> None:
        """Judge every block that has arrived; note what is to be heard."""
        arrived, now_s = self._arrived, self._clock.monotonic()
        lost_s = math.inf if self._max_delay_s is None else _LOST_AFTER * self._max_delay_s
        for _ in range(len(arrived)):
            state, samples, due_s = arrived[0]
            if self._tickets and state.is_behind(0.0 if samples is None else self._most_waiting_s):
                return  # engines have to hear what came before it is forgotten
            arrived.popleft()
            if samples is None:
                self._end(state, due_s)
            elif now_s - due_s > lost_s and not state.is_ending:
                state.lose(samples.shape[0])
            else:
                new = state.take(samples, self._pool, now_s)
                if new:
                    self._queue(due_s, state, new)
                elif state.has_engine and not state.is_open:
                    self._queue(due_s, state, 0)

    def _queue(self, due_s: float, state: StreamState, n_windows: int) -> None:
        self._tickets.append(Ticket(due_s, state, n_windows))

    def _end(self, state: StreamState, due_s: float) -> None:
        """Append a second of silence to a stream, in which engines decide; after that, drop it."""
        if not state.is_ending:
            self._queue(due_s, state, state.finish(self._pool, due_s))
            self._arrived.appendleft(_Block(state, None, due_s))
            pause = [_Block(state, silence, due_s) for silence in state.pause()]
            self._arrived.extendleft(pause)
        else:
            self._let_go(state)

    def _let_go(self, state: StreamState) -> None:
        """Drop a stream, and give its engine back."""
        state.leave(self._pool)
        self._states.pop(state.name, None)
        if self._relief is not None:
            self._relief.note_gone(state)

    def _hear_some(self) -> None:
        """Hear the windows that have waited longest, for a short time."""
        tickets, clock = self._tickets, self._clock
        began_s = before_s = clock.monotonic()
        while tickets and before_s - began_s < _TURN_S:
            due_s, state, n_windows = tickets.popleft()
            if n_windows and not state.is_aside:
                self._hear(due_s, state, n_windows)
                after_s = clock.monotonic()
                self._delays.add(after_s - due_s, n_windows)
                self._window_s += _SMOOTHING * ((after_s - before_s) / n_windows - self._window_s)
                before_s = after_s
                if again := state.without_ticket():
                    tickets.appendleft(Ticket(due_s, state, again))
            if not state.is_open and not state.n_ticketed:
                state.release(self._pool)

    def _hear(self, due_s: float, state: StreamState, n_windows: int) -> None:
        for n_left in range(n_windows, 0, -1):
            self._at = Ticket(due_s, state, n_left)
            if (found := state.hear()) is not None:
                self._note_found(state.name, found)
        self._at = None

    def _note_found(self, stream: str, found: WakeWordDetection) -> None:
        self._note(
            StreamWakeWordDetected(
                time_s=found.time_s,
                stream=stream,
                wake_word=found.wake_word,
                score=found.score,
                provider=found.provider,
            )
        )

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
