"""What an isolated handler asks the assistant for: the same services, at the end of a pipe."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from irene.components.isolation.messages import ErrorFacts, error_of
from irene.domain.clock import Clock, SystemClock
from irene.domain.intents import Intent, IntentInfo, Response, whole

Wish = tuple[int, str, tuple[Any, ...]]
"""number, name and arguments of a service"""


class RemoteServices:
    """The `Services` of a handler in a worker; every call waits for the assistant's answer.

    Work that is to be done at some time stays here: the assistant keeps the time, and says when.
    """

    def __init__(self, session: int, language: str) -> None:
        """`session` is the number that the assistant knows this process by."""
        self._session = session
        self.language = language
        self.clock: Clock = SystemClock()
        self._numbers = itertools.count(1)
        self._wishes: queue.SimpleQueue[Wish] = queue.SimpleQueue()
        self._waiting: dict[int, Future[Any]] = {}
        self._works: dict[int, Callable[[], None]] = {}

    def next_wish(self, patience_s: float) -> Wish | None:
        """Return what is wanted next; None when nothing is for so long."""
        try:
            return self._wishes.get(timeout=patience_s)
        except queue.Empty:
            return None

    def granted(self, session: int, number: int, works: bool, value: Any) -> None:
        """Take the answer to a wish; those to a process before this one are dropped."""
        waiting = self._waiting.pop(number, None) if session == self._session else None
        if waiting is None:
            return
        if works:
            waiting.set_result(value)
        else:
            waiting.set_exception(error_of(ErrorFacts(*value)))

    def run(self, session: int, number: int) -> None:
        """Do what `call_at` was given, unless it was cancelled just now."""
        work = self._works.pop(number, None) if session == self._session else None
        if work is not None:
            work()

    @property
    def volume(self) -> float:
        """Loudness of the assistant's voice, 0 to 1."""
        return float(self._ask("volume"))

    @volume.setter
    def volume(self, value: float) -> None:
        self._ask("set_volume", float(value))

    @property
    def speaks(self) -> bool:
        """Whether announcements are spoken, and not only written."""
        return bool(self._ask("speaks"))

    def state_folder(self) -> Path:
        """Return the handler's folder, which both processes see."""
        return Path(self._ask("state_folder"))

    def call_at(self, when: datetime, work: Callable[[], None]) -> Callable[[], None]:
        """Have work done here at that time; return what cancels it."""
        number = next(self._numbers)
        self._works[number] = work
        self._ask("call_at", when.timestamp(), number)

        def cancel() -> None:
            if self._works.pop(number, None) is not None:
                self._ask("cancel", number)

        return cancel

    def announce(self, response: Response, *, rings: bool = False) -> bool:
        """Say something that nobody asked for just now; pieces are waited for here.

        Returns False when it will not be told.
        """
        return bool(self._ask("announce", whole(response), bool(rings)))

    def hush(self) -> None:
        """Stop what is being said, and what rings."""
        self._ask("hush")

    def answer(self, intent: Intent) -> Response | None:
        """Have another handler answer an intent."""
        response: Response | None = self._ask("answer", replace(intent, slots=dict(intent.slots)))
        return response

    def intents(self) -> Sequence[IntentInfo]:
        """Return what can be asked of all handlers."""
        found: list[IntentInfo] = self._ask("intents")
        return found

    def failed(self, message: str) -> None:
        """Tell whoever runs the assistant why what was asked did not work."""
        self._ask("failed", str(message))

    def warn(self, message: str) -> None:
        """Tell whoever runs the assistant what does not work."""
        self._ask("warn", str(message))

    def sentences_changed(self) -> None:
        """Say that the handler's sentences have changed."""
        self._ask("sentences_changed")

    def _ask(self, name: str, *arguments: Any) -> Any:
        number = next(self._numbers)
        waiting: Future[Any] = Future()
        self._waiting[number] = waiting
        self._wishes.put((number, name, arguments))
        try:
            return waiting.result()
        finally:
            with suppress(KeyError):
                del self._waiting[number]
