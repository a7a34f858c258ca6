"""Handlers of what no sentence fits, such as language models: one stands in for another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from irene.components.chain.attempts import Attempts
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.routing.in_time import in_time
from irene.components.routing.lease import Lease
from irene.components.routing.outcome import Outcome
from irene.components.understanding.time_left import TimeLeft
from irene.domain.intents import Response
from irene.errors import IreneError
from irene.providers.border import ForeignCode
from irene.providers.intents import IntentHandler

FallbackChain = ProviderChain[IntentHandler[Any]]
Ask = Callable[[str, IntentHandler[Any]], "Response | None"]
"""Has a handler answer; its name comes first. Whatever it raises leaves as an expected error."""


class _Begun(Iterator[str]):
    """Pieces of an answer of which the first is known already."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._first: str | None = next(pieces, None)

    def __next__(self) -> str:
        first, self._first = self._first, None
        return next(self._pieces) if first is None else first

    def close(self) -> None:
        """Stop: nobody listens any more."""
        _close(self._pieces)


def answer_of(chain: FallbackChain, ask: Ask) -> Response | None:
    """Return the answer of the first handler that has one; who is first is the router's choice.

    One that raises, is late, or breaks off before its first piece is stood in for by the next.
    Those without a deadline of their own share the time that an answer may take.

    Raises:
        ProviderFailedError: all failed; it is what the last one raised.
    """
    attempts = Attempts(chain)
    left = TimeLeft(chain.sharing.limit(), chain.router.now_s)
    while True:
        lease = attempts.lease()
        n_left = len(chain) - len(attempts.tried)
        work = partial(_begun_answer, lease, ask, n_left > 1)
        try:
            response = in_time(lease, work, "handle", left.share(n_left))
        except IreneError as error:
            attempts.failed(lease, error)
        except BaseException:
            lease.end(Outcome.CANCELLED)
            raise
        else:
            lease.end(Outcome.EMPTY if response is None else Outcome.SUCCESS)
            return response


def _begun_answer(
    lease: Lease[Candidate[IntentHandler[Any]]], ask: Ask, has_others: bool
) -> Response | None:
    """Return an answer; where it matters when it begins, one whose first piece has come."""
    name = lease.candidate.name
    response = ask(name, lease.candidate.provider)
    if response is None or response.pieces is None:
        return response
    if has_others or lease.deadline_s is not None:
        with ForeignCode(f"intent handler {name!r} failed: "):
            response = replace(response, pieces=_begun(response.pieces))
    if lease.is_over:
        _close(response.pieces)  # it came too late: nobody listens
    return response


def _begun(pieces: Iterator[str]) -> Iterator[str]:
    begin = getattr(pieces, "begin", None)
    if begin is None:
        return _Begun(pieces)
    begin()
    return pieces


def _close(pieces: Iterator[str] | None) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()
