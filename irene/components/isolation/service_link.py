"""Granting an isolated handler the assistant's services, for as long as its process lives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from irene.components.isolation.lane_lease import LaneLease
from irene.components.isolation.messages import facts_of
from irene.components.isolation.pool import WorkerPool
from irene.components.threads import start_daemon
from irene.domain.clock import Clock
from irene.domain.intents import Intent, Response, whole
from irene.errors import IreneError
from irene.providers.border import ForeignCode
from irene.providers.intents import Services

_POLL_S = 2.0
"""time that the worker keeps the question what it wants; far below any limit of a call"""
_PAUSE_S = 1.0
"""pause before the next try when there is no worker that could be asked"""
_PROPERTIES = ("volume", "speaks")
_METHODS = ("hush", "failed", "warn", "sentences_changed")


class ServiceLink:
    """Asks the worker what its handler wants, and does it; each wish on a thread of its own.

    When the process dies, what it had ordered for later is cancelled. The handler is started again
    in the next one, as it is when the assistant is.
    """

    def __init__(self, pool: WorkerPool, services: Services, clock: Clock) -> None:
        self._pool = pool
        self._services = services
        self._clock = clock
        self._changed = threading.Condition()
        self._session = 0
        self._is_attached = False
        self._is_over = False
        self._refusal: IreneError | None = None
        self._cancels: dict[int, Callable[[], None]] = {}

    def start(self) -> None:
        """Connect, and let the handler begin to work; blocks until it has.

        Raises:
            IreneError: what the handler raised, or why it cannot be asked.
        """
        start_daemon("services", self._run)
        with self._changed:
            self._changed.wait_for(lambda: self._is_attached or self._refusal is not None)
            if self._refusal is not None:
                raise self._refusal
        with self._pool.lease() as lease:
            lease.provider("start")

    def close(self) -> None:
        """Grant nothing any more."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._cancel_all()

    def _run(self) -> None:
        while not self._is_over:
            try:
                with self._pool.lease() as lease:
                    self._serve(lease)
            except IreneError as error:
                self._lost(error)

    def _serve(self, lease: LaneLease) -> None:
        """Grant what one process wants, until it is gone."""
        with self._changed:
            self._session += 1
            session, is_again = self._session, self._is_attached
        lease.provider("attach", session, self._services.language)
        with self._changed:
            self._is_attached = True
            self._changed.notify_all()
        if is_again:
            start_daemon("start", self._start_again)
        while not self._is_over:
            wish = lease.provider("next_wish", _POLL_S)
            if wish is not None:
                start_daemon("wish", partial(self._grant, session, *wish))

    def _lost(self, error: IreneError) -> None:
        self._cancel_all()
        with self._changed:
            if not self._is_attached:
                self._refusal = error
                self._is_over = True
            self._changed.notify_all()
            if not self._is_over:
                self._clock.wait(self._changed, _PAUSE_S)

    def _start_again(self) -> None:
        try:
            with self._pool.lease() as lease:
                lease.provider("start")
        except IreneError as error:
            self._services.warn(f"{error}")

    def _grant(self, session: int, number: int, name: str, arguments: tuple[Any, ...]) -> None:
        """Do what was asked for, and answer, if the process is still there."""
        works, value = True, None
        try:
            with ForeignCode():
                value = self._done(session, name, arguments)
        except IreneError as error:
            works, value = False, facts_of(error)
        with suppress(IreneError), self._pool.lease() as lease:
            lease.provider("granted", session, number, works, value)

    def _done(self, session: int, name: str, arguments: tuple[Any, ...]) -> Any:
        services = self._services
        if name in _PROPERTIES:
            return getattr(services, name)
        if name in _METHODS:
            return getattr(services, name)(*arguments)
        return getattr(self, f"_{name}")(session, *arguments)

    def _set_volume(self, session: int, value: float) -> None:
        self._services.volume = value

    def _state_folder(self, session: int) -> str:
        return str(self._services.state_folder())

    def _announce(self, session: int, response: Response, rings: bool) -> bool:
        return self._services.announce(response, rings=rings)

    def _answer(self, session: int, intent: Intent) -> Response | None:
        response = self._services.answer(intent)
        return None if response is None else whole(response)

    def _intents(self, session: int) -> list[Any]:
        return [replace(one, slots=dict(one.slots)) for one in self._services.intents()]

    def _call_at(self, session: int, time_s: float, number: int) -> None:
        when = datetime.fromtimestamp(time_s, timezone.utc)
        cancel = self._services.call_at(when, partial(self._run_work, session, number))
        with self._changed:
            if session == self._session and not self._is_over:
                self._cancels[number] = cancel
                return
        cancel()  # its process is gone

    def _cancel(self, session: int, number: int) -> None:
        with self._changed:
            cancel = self._cancels.pop(number, None) if session == self._session else None
        if cancel is not None:
            cancel()

    def _run_work(self, session: int, number: int) -> None:
        """Have the worker do what is due; it is lost with the process, which orders it again."""
        with self._changed:
            self._cancels.pop(number, None)
        with self._pool.lease() as lease:
            lease.provider("run", session, number)

    def _cancel_all(self) -> None:
        with self._changed:
            cancels, self._cancels = list(self._cancels.values()), {}
        for cancel in cancels:
            cancel()
