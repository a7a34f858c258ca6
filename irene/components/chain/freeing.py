"""Freeing providers, in which a thread may hang still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irene.components.calls.abandoned import AbandonedCall, AbandonedCalls
from irene.components.calls.deadline import CLOSE_S, LateError, Limit, timed
from irene.components.chain.news import Report
from irene.domain.events import ProviderFailed
from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.providers.border import one_line
from irene.providers.provider import Provider


class Freeing:
    """Closes the providers of a slot; one in which a thread hangs, when that has come back.

    While a thread hangs in an engine, its memory must stay. But where closing ends calls that hang,
    that is what brings it back.
    """

    def __init__(
        self,
        kind: Kind,
        report: Report,
        now_s: Callable[[], float],
        load_s: float | None,
    ) -> None:
        """`load_s` is how long a provider may take to load, seconds: closing it takes no longer."""
        self.abandoned = AbandonedCalls(kind, report)
        """calls that did not return in time"""
        self._kind = kind
        self._report = report
        self._now_s = now_s
        self._load_s = load_s
        self._to_close: dict[str, Provider[Any]] = {}

    def abandon(self, name: str, error: LateError) -> None:
        """Count and name the thread that is still in an engine."""
        call = AbandonedCall(name, error.call, self._now_s() - error.allowed_s)
        self.abandoned.give_up(call, self._now_s())

        def returned() -> None:
            self.abandoned.returned(call, self._now_s(), has_result=False)
            self._close_late(name)

        error.on_return(returned)

    def free(self, name: str, provider: Provider[Any]) -> None:
        """Close a provider; one that hangs in that is counted and named, one that raises is told.

        Neither keeps the others from being closed.
        """
        if self.abandoned.hangs(name) and not provider.ends_calls:
            self._to_close[name] = provider
            self._close_late(name)  # it may have come back just now
            return
        limit_s = None if self._load_s is None else min(CLOSE_S, self._load_s)
        try:
            timed(provider.close, "close", Limit(limit_s))
        except LateError as error:
            self.abandon(name, error)
        except IreneError as error:
            reason = one_line(error)
            self._report(ProviderFailed(kind=str(self._kind), provider=name, reason=reason))

    def _close_late(self, name: str) -> None:
        if not self.abandoned.hangs(name):
            provider = self._to_close.pop(name, None)
            if provider is not None:
                self.free(name, provider)
