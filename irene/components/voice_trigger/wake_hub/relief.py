"""Setting streams aside when there is more to hear than the engines can follow."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from irene.components.voice_trigger.wake_hub.engines import EnginePool
from irene.components.voice_trigger.wake_hub.overload import Episode, Overload
from irene.components.voice_trigger.wake_hub.shedding import n_too_many, to_give_up
from irene.components.voice_trigger.wake_hub.stream_state import StreamState
from irene.domain.events import Event, Overloaded, OverloadEnded


class Ticket(NamedTuple):
    """Windows that wait for an engine; 0 of them: the engine may be given back."""

    due_s: float
    """clock time at which their audio arrived, seconds"""
    state: StreamState
    n_windows: int


class Relief:
    """Watches how long audio waits; gives up what is worth least, and takes it back when calm.

    Used by the thread that works for the hub; `tickets` and `states` are the hub's own.
    """

    def __init__(
        self,
        max_delay_s: float,
        states: Mapping[str, StreamState],
        tickets: deque[Ticket],
        pool: EnginePool,
        *,
        pre_roll_s: float,
        on_event: Callable[[Event], None],
    ) -> None:
        self._overload = Overload(max_delay_s)
        self._pre_roll_s = pre_roll_s
        self._episode: Episode | None = None
        self._states = states
        self._tickets = tickets
        self._pool = pool
        self._on_event = on_event
        self._aside_s = 0.0  # clock time at which somebody was set aside last
        self._gone_s = 0.0  # what streams had skipped that are over

    def note_gone(self, state: StreamState) -> None:
        """Note that a stream is over, so that what it skipped is still told at the end."""
        self._gone_s += state.skipped_s

    def watch(self, now_s: float, window_s: float) -> None:
        """Set streams aside when audio waits too long; take them back when it does not.

        Args:
            now_s: clock time, seconds.
            window_s: what one window costs an engine, seconds.
        """
        late_s = now_s - self._tickets[0].due_s if self._tickets else 0.0
        if self._overload.is_too_late(now_s, late_s):
            self._give_up(now_s, late_s, window_s)
        elif self._episode is not None:
            self._take_back(now_s, late_s, self._episode)

    def end(self) -> None:
        """Tell that an overload is over, if there is one: nothing is heard any more."""
        if self._episode is not None:
            self._tell_end(self._episode)

    def _give_up(self, now_s: float, late_s: float, window_s: float) -> None:
        waiting = {state.number: state for _, state, n in self._tickets if n and not state.is_aside}
        claims = [state.claim(now_s) for state in waiting.values()]
        n_waiting = sum(claim.n_windows for claim in claims)
        n_windows = n_too_many(n_waiting, window_s, self._overload.max_delay_s / 2)
        given_up = to_give_up(claims, n_windows)
        if not given_up:
            return
        self._note_episode(now_s, late_s, len(given_up))
        for claim in given_up:
            waiting[claim.stream].set_aside(self._pool)
        numbers = {claim.stream for claim in given_up}
        kept = [one for one in self._tickets if one.state.number not in numbers]
        self._tickets.clear()
        self._tickets.extend(kept)
        self._overload.note_given_up(now_s)
        self._aside_s = now_s

    def _note_episode(self, now_s: float, late_s: float, n_given_up: int) -> None:
        if self._episode is None:
            self._episode = Episode(now_s, skipped_s=-self._skipped_s())
            n_open = sum(state.is_open for state in list(self._states.values()))
            self._on_event(Overloaded(late_s=late_s, streams=n_open, set_aside=n_given_up))
        self._episode = replace(self._episode, set_aside=self._episode.set_aside + n_given_up)

    def _take_back(self, now_s: float, late_s: float, episode: Episode) -> None:
        aside = [state for state in list(self._states.values()) if state.is_aside]
        if not aside:
            if self._is_over(now_s, late_s):
                self._tell_end(episode)
            return
        self._aside_s = now_s
        aside.sort(key=lambda state: state.claim(now_s).value, reverse=True)
        for state in aside[: self._overload.n_returning(now_s, len(aside))]:
            self._tickets.append(Ticket(now_s, state, state.return_to(self._pool)))

    def _is_over(self, now_s: float, late_s: float) -> bool:
        """Whether all is heard again, and no pre-roll brings back what a stream gave up."""
        if not self._states:
            return True
        is_busy = self._overload.is_busy(late_s)  # the next one may begin at once
        return not is_busy and now_s - self._aside_s >= self._pre_roll_s

    def _tell_end(self, episode: Episode) -> None:
        self._overload.note_end()
        self._episode = None
        for state in list(self._states.values()):
            state.settle()
        self._on_event(
            OverloadEnded(
                seconds=self._aside_s - episode.began_s,
                set_aside=episode.set_aside,
                skipped_s=episode.skipped_s + self._skipped_s(),
            )
        )

    def _skipped_s(self) -> float:
        return self._gone_s + sum(state.skipped_s for state in list(self._states.values()))
