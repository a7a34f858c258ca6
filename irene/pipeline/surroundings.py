"""What an assistant takes from outside its configuration: live, or from a recording."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass

from irene.domain.clock import Clock


@dataclass(frozen=True)
class Surroundings:
    """The time of day that handlers see, and how a recorded input waits for what is said.

    The defaults are those of a live run.
    """

    clock: Clock
    """time as handlers see it: when something is due, and what time it is"""
    hold: Callable[[Future[None]], object] | None = None
    """told of every answer that is begun, on the capture thread: it returns when the input may go
    on. The input then takes as long as a live one: what is said during an answer is said to it.
    None: the input waits for the end of every answer"""
    hears_itself: bool = False
    """whether the input has heard what is played, though it is not live"""
    ready: Callable[[float], Awaitable[None]] | None = None
    """waits, before an utterance that was over at this audio time is looked into, until that may be
    done; None: at once"""
