"""The intent handlers: loaded, started, asked, and closed together, each call in time."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from irene.components.calls.deadline import LOAD_KEY, LateError, Limit, timed
from irene.components.chain.candidate import Candidate
from irene.components.chain.news import Report
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.understanding.fallbacks import FallbackChain, answer_of
from irene.components.understanding.time_left import TimeLeft
from irene.config.sections import IntentsSection
from irene.domain.events import ProviderFailed
from irene.domain.intents import FALLBACK_INTENT, Intent, IntentInfo, Response
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, IreneError, ProviderFailedError
from irene.providers.border import ForeignCode, one_line
from irene.providers.intent_recognition import SentenceSource
from irene.providers.intents import HandlerContext, IntentHandler, Services
from irene.providers.provider import Provider

T = TypeVar("T")


class Handlers:
    """Everybody who answers, by name; those of `intents.fallback` stand in for one another.

    One that raises or hangs is reported, and the others go on. A call that hangs is counted and
    named and, unless it is an answer, not made again until it has come back.
    """

    def __init__(
        self,
        by_name: Mapping[str, IntentHandler[Any]],
        section: IntentsSection,
        report: Report,
        sharing: Sharing,
        before: Handlers | None = None,
    ) -> None:
        """`sharing` says how the fall-backs share the work, and how long each may take.

        Fall-backs that worked `before` too are as well as they were.
        """
        self.by_name = dict(by_name)
        """the handlers, by the name of their table"""
        self._fallback_names = section.fallback
        self._report = report
        self._sharing = sharing
        fallbacks = [Candidate(one, by_name[one]) for one in section.fallback if one in by_name]
        self.fallbacks: FallbackChain = ProviderChain(
            Kind.INTENTS,
            fallbacks,
            report,
            sharing,
            beside=None if before is None else before.fallbacks,
        )
        """who answers what no sentence fits"""
        self._by_intent: dict[str, tuple[str, IntentHandler[Any]]] = {}

    @property
    def has_fallback(self) -> bool:
        """Whether somebody answers what no sentence fits."""
        return len(self.fallbacks) > 0

    def load(self) -> None:
        """Load all of them; a fall-back that cannot be loaded is stood in for by the others.

        Raises:
            ProviderUnavailableError: one cannot be loaded.
            ProviderFailedError: one hangs in it.
        """
        if self.has_fallback:
            self.fallbacks.load_all()
        left = {one.name for one in self.fallbacks.candidates()}
        for name, handler in self.by_name.items():
            if name in self._fallback_names and name not in left:
                continue  # it could not be loaded, and others stand in for it
            self._in_load_time(name, handler.load, "load")
            self._by_intent.update(dict.fromkeys(handler.intents, (name, handler)))

    def start(self, services_of: Callable[[str], Services], without: Container[str]) -> None:
        """Let them begin to work; one that fails is reported and answers all the same.

        Those that work already, named in `without`, are left alone.
        """
        for name, handler in self.by_name.items():
            if name in without:
                continue
            start = partial(handler.start, services_of(name))
            try:
                with ForeignCode(f"intent handler {name!r} did not start: "):
                    self._in_load_time(name, start, "start")
            except IreneError as error:
                self._tell_failure(name, error)

    def sentences(
        self, language: str, before: Mapping[str, SentenceSource]
    ) -> dict[str, SentenceSource]:
        """Return the sentences of each handler that has some; of one that fails, those before.

        Raises:
            ConfigurationError: the configured sentences of one are wrong.
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

    def intents(self) -> set[str]:
        """Return the names of the intents that they say they answer."""
        return {intent for handler in self.by_name.values() for intent in handler.intents}

    def wanted(self) -> dict[str, tuple[str, ...]]:
        """Return the intents that the configuration gives to handlers, by their names."""
        given = {
            name: getattr(handler.options, "intents", ()) for name, handler in self.by_name.items()
        }
        return {name: tuple(intents) for name, intents in given.items() if intents}

    def describe(self) -> list[IntentInfo]:
        """Return what can be asked of all of them."""
        return self._gathered("describe", lambda one: list(one.describe()))

    def examples(self, language: str) -> list[str]:
        """Return one sentence per handler that a person may say."""
        return self._gathered("examples", lambda one: list(one.examples(language))[:1])

    def _gathered(self, call: str, ask: Callable[[IntentHandler[Any]], Iterable[T]]) -> list[T]:
        """Return what all handlers say, in a row; one share of the time is left for the answer."""
        left = TimeLeft(self._sharing.limit(), self.fallbacks.router.now_s)
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
        """Have a handler do something; one that hangs in it is counted, named, and left alone.

        Raises:
            ProviderFailedError: it hangs, now or since before; the message names it.
            IreneError: what it raised.
        """
        who = f"{self.fallbacks.kind} provider {name!r}"
        if self.fallbacks.abandoned.hangs(name, call):
            raise ProviderFailedError(f"{who} still hangs in `{call}`")
        try:
            return timed(work, call, limit)
        except LateError as error:
            self.fallbacks.abandon(name, error)
            raise ProviderFailedError(error.told_of(who)) from error

    def has_one_for(self, intent_name: str) -> bool:
        """Whether one that is loaded is there for an intent, fall-backs left aside."""
        return intent_name in self._by_intent

    def answer(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Return the answer of the handler of an intent; None when it has none, or nobody is there.

        Raises:
            ProviderFailedError: the handler raised or was late; the message names it.
        """

        def ask(name: str, handler: IntentHandler[Any]) -> Response | None:
            return _handled(name, handler, intent, context)

        if intent.name == FALLBACK_INTENT and self.has_fallback:
            return answer_of(self.fallbacks, ask)
        if not self.has_one_for(intent.name):
            return None
        name, handler = self._by_intent[intent.name]
        deadline_s = self._sharing.deadline_s(name)
        try:
            return timed(partial(ask, name, handler), "handle", self._sharing.limit(), deadline_s)
        except IreneError as error:
            self._tell_failure(name, error)
            self.fallbacks.abandon_if_late(name, error)
            raise

    def close(self, without: Container[Provider[Any]]) -> None:
        """Close all but those that work on elsewhere."""
        self.fallbacks.stop_probing()
        for name, handler in self.by_name.items():
            if handler not in without:
                self.free(name)

    def free(self, name: str) -> None:
        """Close a handler; one that hangs in that is counted and named."""
        self.fallbacks.free(Candidate(name, self.by_name[name]))

    def _tell_failure(self, name: str, error: IreneError) -> None:
        kind = str(Kind.INTENTS)
        self._report(ProviderFailed(kind=kind, provider=name, reason=one_line(error)))


def _handled(
    name: str, handler: IntentHandler[Any], intent: Intent, context: HandlerContext
) -> Response | None:
    """Return the answer of a handler of this name.

    Raises:
        ProviderFailedError: it raised, or answered nonsense.
    """
    with ForeignCode(f"intent handler {name!r} failed: ", places=True):
        response: object = handler.handle(intent, context)
    if response is None:
        return None
    if not isinstance(response, Response):
        what = f"returned {response!r}, not a Response"
        raise ProviderFailedError(f"intent handler {name!r} {what}")
    if not isinstance(response.text, str):
        what = f"returned a Response with the text {response.text!r}; use a str"
        raise ProviderFailedError(f"intent handler {name!r} {what}")
    return response
