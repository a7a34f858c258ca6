"""Ducking: other programs are turned down while the assistant listens or speaks."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from functools import partial
from typing import Any

from irene.components.calls.deadline import LateError, timed
from irene.components.chain.news import Report
from irene.components.chain.provider_chain import ProviderChain
from irene.components.threads import start_daemon
from irene.domain.events import Warned
from irene.errors import IreneError
from irene.providers.border import ForeignCode, one_line
from irene.providers.output import Output

_LINGER_S = 0.6
"""how long it stays quiet after the last one is done: listening, thinking and speaking are one"""
_LAST_WAIT_S = 3.0
"""longest wait for the output at the end"""


class Ducking:
    """Keeps other sound low as long as anybody wants it; may be used from any thread.

    The output is asked on a thread of its own, so nobody waits for it. What was lowered is raised
    again at the end, whatever happened in between.
    """

    def __init__(self, outputs: ProviderChain[Output[Any]], report: Report) -> None:
        """Do nothing yet; `report` takes a warning when the output cannot do it."""
        self._outputs = outputs
        self._report = report
        self._owners: set[object] = set()
        self._changed = threading.Condition()
        self._is_closed = False
        self._worker: Future[None] | None = None
        self._output: Output[Any] | None = None

    def renew(self, outputs: ProviderChain[Output[Any]]) -> None:
        """Ask other outputs from the next time on; what is lowered is raised by who did it."""
        self._outputs = outputs

    def lower(self, owner: object) -> None:
        """Turn other sound down on behalf of somebody; a second call changes nothing."""
        candidates = self._outputs.candidates()
        if not candidates or not candidates[0].provider.can_duck:
            return  # it could do nothing
        with self._changed:
            self._output = candidates[0].provider
            self._owners.add(owner)
            if self._worker is None and not self._is_closed:
                self._worker = start_daemon("duck", self._work)
            self._changed.notify_all()

    def restore(self, owner: object) -> None:
        """Say that somebody needs no quiet any more."""
        with self._changed:
            self._owners.discard(owner)
            self._changed.notify_all()

    def close(self) -> None:
        """Raise what is lowered; blocks until it is, but not for an output that hangs."""
        with self._changed:
            self._owners.clear()
            self._is_closed = True
            self._changed.notify_all()
        if self._worker is not None:
            wait([self._worker], _LAST_WAIT_S)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._owners or self._is_closed)
                if self._is_closed:
                    return
                output = self._output
            self._ask(output, "duck")
            self._wait_for_quiet(output)
            self._ask(output, "unduck")
            output = None  # it may be exchanged while nobody needs it
            with self._changed:
                if not self._owners:
                    self._output = None

    def _wait_for_quiet(self, output: Output[Any] | None) -> None:
        """Wait until nobody wants it for a while; sound that began meanwhile is lowered, too."""
        while True:
            with self._changed:
                known = set(self._owners)
                self._changed.wait_for(
                    partial(self._is_other_than, known), None if known else _LINGER_S
                )
                if self._is_closed or not (known or self._owners):
                    return
                is_new = bool(self._owners - known)
            if is_new:
                self._ask(output, "duck")

    def _is_other_than(self, owners: set[object]) -> bool:
        return self._is_closed or self._owners != owners

    def _ask(self, output: Output[Any] | None, request: str) -> None:
        limit = self._outputs.sharing.limit()
        try:
            with ForeignCode(f"outputs: {request}: "):
                timed(getattr(output, request), request, limit)
        except IreneError as error:
            self._report(Warned(message=one_line(error)))
            if isinstance(error, LateError) and output is not None:
                self._outputs.abandon(output.configured_as or output.name, error)
