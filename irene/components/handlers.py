"""The handlers of one assistant: all that is asked of them but an answer, each call in time."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from irene.components.chain import Candidate, ProviderChain
from irene.components.routing.deadline import LOAD_KEY, LateError, Limit, timed
from irene.components.sharing import Sharing
from irene.components.time_left import TimeLeft
from irene.domain.intents import IntentInfo
from irene.errors import ConfigurationError, IreneError, ProviderFailedError
from irene.providers.border import ForeignCode
from irene.providers.intent_recognition import SentenceSource
from irene.providers.intents import IntentHandler, Services

T = TypeVar("T")


class Handlers:
    """Handlers by name; one that raises or hangs is told, and the others go on.

    A call that hangs is counted and named, and not made again until it has come back.
    """

    def __init__(
        self,
        handlers: Mapping[str, IntentHandler[Any]],
        chain: ProviderChain[IntentHandler[Any]],
        sharing: Sharing,
        tell_failure: Callable[[str, IreneError], None],
    ) -> None:
        """`chain` counts the calls that hang; `sharing` says how long a call may take."""
        self.by_name = dict(handlers)
        """all of them"""
        self._chain = chain
        self._sharing = sharing
        self._tell_failure = tell_failure

    def load(self, name: str) -> None:
        """Load a handler.

        Raises:
            ProviderUnavailableError: something is missing.
            ProviderFailedError: it raised, or hangs; the message names it.
        """
        self._in_load_time(name, self.by_name[name].load, "load")

    def start(self, services_of: Callable[[str], Services], without: Container[str]) -> None:
        """Let them begin to work, but for those named in `without`."""
        for name, handler in self.by_name.items():
            if name in without:
                continue
            start = partial(handler.start, services_of(name))
            try:
                with ForeignCode(f"intent handler {name!r} did not start: "):
                    self._in_load_time(name, start, "start")
            except IreneError as error:
                self._tell_failure(name, error)

    def sources(
        self, language: str, before: Mapping[str, SentenceSource]
    ) -> dict[str, SentenceSource]:
        """Return the sentences of each that has some; of one that fails, those before.

        Raises:
            ConfigurationError: it says itself that its sentences are wrong.
        """
        found = {}
        for name, handler in self.by_name.items():
            ask = partial(handler.sentences, language)
            try:
                with ForeignCode(f"intent handler {name!r}: sentences: "):
                    content = self._in_load_time(name, ask, "sentences")
            except ConfigurationError:
                raise
            except IreneError as error:
                self._tell_failure(name, error)
                source = before.get(name)
            else:
                origin = f"handler {name!r}"
                source = None if content is None else SentenceSource(origin, language, content)
            if source is not None:
                found[name] = source
        return found

    def examples(self, language: str) -> list[str]:
        """Return one sentence per handler that a person may say."""
        return self._gathered("examples", lambda one: list(one.examples(language))[:1])

    def describe(self) -> list[IntentInfo]:
        """Return what can be asked of all of them."""
        return self._gathered("describe", lambda one: list(one.describe()))

    def free(self, name: str) -> None:
        """Close a handler; one that hangs in that is left."""
        self._chain.free(Candidate(name, self.by_name[name]))

    def _gathered(self, call: str, ask: Callable[[IntentHandler[Any]], Iterable[T]]) -> list[T]:
        """Return what they say together: they share the time, and leave some for the answer."""
        left = TimeLeft(self._sharing.limit(), self._chain.router.now_s)
        gathered: list[T] = []
        for n_asked, (name, handler) in enumerate(self.by_name.items()):
            limit = left.share(len(self.by_name) - n_asked + 1)
            try:
                with ForeignCode(f"intent handler {name!r}: {call}: "):
                    gathered.extend(self._in_time(name, partial(ask, handler), call, limit))
            except IreneError as error:
                self._tell_failure(name, error)
        return gathered

    def _in_load_time(self, name: str, work: Callable[[], T], call: str) -> T:
        return self._in_time(name, work, call, Limit(self._sharing.load_s, LOAD_KEY))

    def _in_time(self, name: str, work: Callable[[], T], call: str, limit: Limit) -> T:
        who = f"{self._chain.kind} provider {name!r}"
        if self._chain.abandoned.hangs(name, call):
            raise ProviderFailedError(f"{who} still hangs in `{call}`")
        try:
            return timed(work, call, limit)
        except LateError as error:
            self._chain.abandon(name, error)
            raise ProviderFailedError(error.told_of(who)) from error
