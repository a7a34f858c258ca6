"""What a hub does in one turn: blocks are judged and windows heard."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from irene.components.voice_trigger.wake_hub.engines import EnginePool
from irene.components.voice_trigger.wake_hub.relief import Relief, Ticket
from irene.components.voice_trigger.wake_hub.stats import HubStats
from irene.components.voice_trigger.wake_hub.stream_state import StreamState
from irene.domain.audio import Samples
from irene.domain.clock import Clock
from irene.domain.events import Event, StreamWakeWordDetected
from irene.domain.speech import WakeWordDetection
from irene.telemetry.delays import Delays

_TURN_S = 0.002
"""time after which the hub looks for new audio while it hears"""
_LOST_AFTER = 10
"""times `max_delay_s` after which audio is not even judged"""
_PIECE_S = 0.4
"""longest stretch of a block that is taken before engines get their turn"""
_SMOOTHING = 0.02
"""share of the newest window in the mean of what one costs"""

OnEvent = Callable[[Event], None]


class _Block(NamedTuple):
    """Audio that has arrived; None for samples: the stream is over."""

    state: StreamState
    samples: Samples | None
    due_s: float
    """clock time at which it arrived, seconds"""


class HubWork:
    """The streams of a hub, and what is to be done for them, in the order in which it came.

    Any thread may `add` a stream or a block. Everything else is done by one thread at a time, the
    one that has the hub's turn.
    """

    def __init__(
        self,
        pool: EnginePool,
        on_event: OnEvent,
        clock: Clock,
        *,
        max_delay_s: float | None,
        pre_roll_s: float,
    ) -> None:
        """Begin without a stream.

        Args:
            pool: the engines.
            on_event: notes wake words and the events of an overload; raises nothing.
            clock: where time comes from.
            max_delay_s: how long audio may wait, seconds; None: nothing is ever given up.
            pre_roll_s: audio that is heard from before a sound, seconds.
        """
        self._on_event = on_event
        self._pool = pool
        self._clock = clock
        self._states: dict[str, StreamState] = {}
        self._arrived: deque[_Block] = deque()
        self._tickets: deque[Ticket] = deque()
        self._delays = Delays()
        self._window_s = 0.0  # mean time that an engine takes for a window
        self._at: Ticket | None = None  # the windows that are being heard
        self._lost_s = math.inf if max_delay_s is None else _LOST_AFTER * max_delay_s
        self._most_waiting_s = pre_roll_s + (_PIECE_S if max_delay_s is None else max_delay_s)
        self._relief: Relief | None = None
        if max_delay_s is not None:
            self._relief = Relief(
                max_delay_s,
                self._states,
                self._tickets,
                pool,
                pre_roll_s=pre_roll_s,
                on_event=on_event,
            )

    @property
    def kept_s(self) -> float:
        """Seconds of audio that each stream has to keep, but for a window that is not whole."""
        return self._most_waiting_s + _PIECE_S

    @property
    def has_arrivals(self) -> bool:
        """Whether a block waits to be judged."""
        return bool(self._arrived)

    @property
    def is_waiting(self) -> bool:
        """Whether there is audio to be judged or heard."""
        return bool(self._arrived or self._tickets)

    def add_stream(self, state: StreamState) -> bool:
        """Take a stream; return False when one of its name is open. From any thread."""
        return self._states.setdefault(state.name, state) is state  # in one step: any thread may

    def add(self, state: StreamState, samples: Samples | None, due_s: float) -> None:
        """Take a block of a stream, or None at its end. From any thread.

        Args:
            state: the stream.
            samples: int16 or float32, shape (n,) or (n, channels).
            due_s: clock time at which it arrived, seconds.
        """
        piece = state.samples_in(_PIECE_S)
        if samples is None or samples.shape[0] <= piece:
            self._arrived.append(_Block(state, samples, due_s))
            return
        for start in range(0, samples.shape[0], piece):
            self._arrived.append(_Block(state, samples[start : start + piece], due_s))

    def do_some(self) -> None:
        """Judge what has arrived, and hear for a short time; blocks.

        Raises:
            ProviderFailedError: every provider has failed again and again.
        """
        self._take_in()
        self._hear_some()
        if self._relief is not None:
            self._relief.watch(self._clock.monotonic(), self._window_s)
        if not self._tickets:
            self._pool.recycle()

    def hear_again(self) -> None:
        """Put the windows back in which a thread hangs: another engine hears them."""
        if self._at is not None:
            self._at.state.n_ticketed += 1
            self._tickets.appendleft(self._at)

    def stats(self, forget: bool) -> HubStats:
        """Return what has happened since the start; with `forget`, delays are counted anew."""
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

    def drop_all(self) -> None:
        """End every stream, and give the engines back."""
        for state in list(self._states.values()):
            state.is_over = True
            self._drop(state)

    def end(self) -> None:
        """Tell that an overload is over, if there is one: nothing is heard any more."""
        if self._relief is not None:
            self._relief.end()

    def _take_in(self) -> None:
        """Judge every block that has arrived; note what is to be heard."""
        arrived, now_s = self._arrived, self._clock.monotonic()
        for _ in range(len(arrived)):
            state, samples, due_s = arrived[0]
            if self._tickets and state.is_behind(0.0 if samples is None else self._most_waiting_s):
                return  # engines have to hear what came before it is forgotten
            arrived.popleft()
            if samples is None:
                self._end(state, due_s)
            elif now_s - due_s > self._lost_s and not state.is_ending:
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
            self._drop(state)

    def _drop(self, state: StreamState) -> None:
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
                self._on_event(_event_of(state.name, found))
        self._at = None


def _event_of(stream: str, found: WakeWordDetection) -> Event:
    return StreamWakeWordDetected(
        time_s=found.time_s,
        stream=stream,
        wake_word=found.wake_word,
        score=found.score,
        provider=found.provider,
    )
