"""What may be done with an assistant now: it is entered once, and does one run at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from irene.domain.deadlines import within

_TURNS = 5
"""turns of the event loop in which a run that was left with `break` begins to end: it takes two"""

_LONGEST_END_S = 20.0
"""longest wait for a run that is ending: it waits for an engine itself, but not for so long"""
_ONE_AT_A_TIME = "an assistant does one run at a time: end the other one first"


class Admission:
    """Lets an assistant be entered once, and one run after the other begin until it is left."""

    def __init__(self, is_ending: Callable[[], bool]) -> None:
        """`is_ending` says whether the run in progress has begun to end."""
        self._is_ending = is_ending
        self._was_entered = False
        self._run_over: asyncio.Event | None = None
        self.is_entered = False
        """whether it may run and be reloaded: from `enter` to `leave`; for reading"""

    def enter(self) -> None:
        """Let it run from now on.

        Raises:
            RuntimeError: it was entered before: its engines, handlers and files are done with.
        """
        if self._was_entered:
            raise RuntimeError("an assistant is entered once: make another one to go on")
        self._was_entered = self.is_entered = True

    def leave(self) -> None:
        """Let nothing begin any more."""
        self.is_entered = False

    def require(self, what: str) -> None:
        """Refuse what it cannot do now, such as "runs".

        Raises:
            RuntimeError: it is not entered.
        """
        if not self.is_entered:
            raise RuntimeError(f"an assistant {what} inside `async with assistant:`")

    async def begin_run(self) -> None:
        """Take the place of the run in progress; call `end_run` in any case.

        A run that is ending is waited for. So is one that was left with `break`, which the event
        loop ends a moment later: otherwise that end would be the next run's.

        Raises:
            RuntimeError: it is not entered, or another run goes on, or nobody iterates it to its
                end.
        """
        self.require("runs")
        turns = 0
        while (over := self._run_over) is not None:
            if self._is_ending():
                try:
                    await within(_LONGEST_END_S, over.wait())
                except asyncio.TimeoutError:
                    raise RuntimeError(_ONE_AT_A_TIME) from None
            elif turns < _TURNS:
                turns += 1
                await asyncio.sleep(0)
            else:
                raise RuntimeError(_ONE_AT_A_TIME)
        self._run_over = asyncio.Event()

    def end_run(self) -> None:
        """Let another run begin."""
        over, self._run_over = self._run_over, None
        if over is not None:
            over.set()
