"""What is told of the providers of a slot: failures, who serves instead, and circuits."""

from __future__ import annotations

from collections.abc import Callable

from irene.components.routing.breaker import Transition
from irene.domain.events import CircuitChanged, Event, ProviderFailed, ProviderSwitched
from irene.domain.kinds import Kind
from irene.providers.border import one_line

Report = Callable[[Event], None]
"""Takes events as they happen; whoever passes it in stamps them with time and session."""


class ChainNews:
    """Tells what happens to the providers of one slot; any thread may call any method.

    That another one serves is told once it does, with the failure that led to it.
    """

    def __init__(self, kind: Kind, report: Report) -> None:
        self._kind = str(kind)
        self._report = report
        self.left: tuple[str, str] | None = None
        """name of the provider that was left and why, until it is told who serves instead"""

    def out(self, name: str, reason: str) -> None:
        """Tell of a provider that cannot serve in this run."""
        self._report(ProviderFailed(kind=self._kind, provider=name, reason=reason))

    def failed(self, name: str, error: BaseException, is_alone: bool) -> None:
        """Tell of a failure at work; where nobody else is there, nobody will serve instead."""
        reason = one_line(error)
        self._report(ProviderFailed(kind=self._kind, provider=name, reason=reason))
        if not is_alone:
            self.left = (name, reason)

    def serves(self, name: str) -> None:
        """Tell who serves now, if somebody else was left before."""
        left, self.left = self.left, None
        if left is not None and left[0] != name:
            self._report(ProviderSwitched(kind=self._kind, from_=left[0], to=name, reason=left[1]))

    def circuit_changed(self, name: str, transition: Transition) -> None:
        """Tell what became of a circuit."""
        self._report(
            CircuitChanged(
                kind=self._kind,
                provider=name,
                before=str(transition.before),
                after=str(transition.after),
                reason=transition.reason,
                open_s=transition.open_s,
            )
        )
